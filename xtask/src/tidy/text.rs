//! Rules about single files.

use super::Files;

/// Lines that a file of code should have at most, and must.
const LONG: usize = 400;
const TOO_LONG: usize = 450;

const CODE: [&str; 4] = ["rs", "wgsl", "js", "css"];

/// Files of code that are too long to be read in one go; those that come close are printed.
pub(super) fn too_long(files: &Files) -> Vec<String> {
    let mut wrong = Vec::new();
    for (path, text) in files.of(&CODE) {
        let lines = text.lines().count();
        if lines > TOO_LONG {
            wrong.push(format!("{path} has {lines} lines, of at most {TOO_LONG}"));
        } else if lines > LONG {
            println!("note: {path} has {lines} lines; {LONG} is where to split");
        }
    }
    wrong
}

/// Marks of unfinished work. Written apart, or this file would have them.
const MARKS: [&str; 4] =
    [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X"), concat!("HA", "CK")];

/// Lines with a mark of unfinished work.
pub(super) fn left_for_later(files: &Files) -> Vec<String> {
    let mut wrong = Vec::new();
    for (path, text) in &files.texts {
        for (number, line) in text.lines().enumerate() {
            let mut words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            if words.any(|word| MARKS.contains(&word)) {
                wrong.push(format!("{path}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    wrong
}

/// Links in Markdown to files that are not there.
pub(super) fn dead_links(files: &Files) -> Vec<String> {
    let mut wrong = Vec::new();
    for (path, text) in files.of(&["md"]) {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for target in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')) {
            let target = target.0.split(['#', ' ']).next().unwrap_or_default();
            let elsewhere = target.is_empty() || target.contains(':');
            if !elsewhere && !files.root.join(folder).join(target).exists() {
                wrong.push(format!("{path} links to {target}"));
            }
        }
    }
    wrong
}

/// Shaders that no Rust in the same folder or the one above names, as `"stem"` or `stem.wgsl`. What
/// names one has to give its reference too, by the type of a kernel.
pub(super) fn lone_shaders(files: &Files) -> Vec<String> {
    let mut wrong = Vec::new();
    for (path, _) in files.of(&["wgsl"]) {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let above = folder.rsplit_once('/').map_or("", |(above, _)| above);
        let stem = format!("\"{}\"", name.trim_end_matches(".wgsl"));
        let named = files.of(&["rs"]).any(|(rust, text)| {
            let beside = rust.rsplit_once('/').map_or("", |(folder, _)| folder);
            [folder, above].contains(&beside) && (text.contains(&stem) || text.contains(name))
        });
        if !named {
            wrong.push(format!("{path} is named by no Rust beside it"));
        }
    }
    wrong
}

/// Rust that nothing compiles: the module above does not name it and no manifest has its path. Tests
/// in it would pass by never being run.
pub(super) fn lone_rust(files: &Files) -> Vec<String> {
    let text_of = |path: &str| files.of(&["rs"]).find(|(p, _)| *p == path).map(|(_, text)| text);
    let alone = |path: &str| {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let stem = name.trim_end_matches(".rs");
        // A crate's own tests are found by Cargo; those at the root are parts of a crate that lists
        // them.
        if folder.ends_with("/tests") || ["main", "lib", "mod", "build"].contains(&stem) {
            return false;
        }
        let module = format!("mod {stem};");
        let above = ["/mod.rs", "/lib.rs", "/main.rs", ".rs"].map(|end| format!("{folder}{end}"));
        let named = above.iter().filter_map(|path| text_of(path));
        let is_module = named.flat_map(str::lines).any(|line| line.trim().ends_with(&module));
        let is_target = files.of(&["toml"]).any(|(manifest, text)| {
            let root = manifest.trim_end_matches("Cargo.toml");
            path.strip_prefix(root).is_some_and(|path| text.contains(&format!("\"{path}\"")))
        });
        !is_module && !is_target
    };
    let alone = files.of(&["rs"]).filter(|(path, _)| alone(path));
    alone.map(|(path, _)| format!("{path} is compiled by nothing")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(texts: &[(&str, &str)]) -> Files {
        Files {
            texts: texts.iter().map(|(p, t)| ((*p).to_owned(), (*t).to_owned())).collect(),
            root: crate::root(),
        }
    }

    #[test]
    fn length_counts_lines() {
        let long = "x\n".repeat(TOO_LONG + 1);
        let just = "x\n".repeat(TOO_LONG);
        assert_eq!(too_long(&files(&[("a.rs", &just), ("b.md", &long)])), [""; 0]);
        assert_eq!(too_long(&files(&[("a.rs", &long)])).len(), 1);
    }

    #[test]
    fn a_mark_is_a_whole_word() {
        let mark = MARKS[0];
        assert_eq!(left_for_later(&files(&[("a.rs", &format!("// {mark}: x"))])).len(), 1);
        assert_eq!(left_for_later(&files(&[("a.rs", &format!("let a{mark}b;"))])), [""; 0]);
    }

    #[test]
    fn links_are_followed_from_their_document() {
        let text = "[a](../Cargo.toml) [b](lib.rs#x) [c](https://a.b/c) [d](#e) [f](nowhere.md)";
        let wrong = dead_links(&files(&[("xtask/README.md", text)]));
        assert_eq!(
            wrong,
            ["xtask/README.md links to lib.rs", "xtask/README.md links to nowhere.md"]
        );
    }

    #[test]
    fn a_shader_is_named_by_its_neighbour() {
        let kernel = ("plan/ops/add.rs", "ADD = \"add\", BACK = \"add_grad\"");
        let shaders = [("plan/ops/add.wgsl", ""), ("plan/ops/add_grad.wgsl", "")];
        assert_eq!(lone_shaders(&files(&[kernel, shaders[0], shaders[1]])), [""; 0]);
        let above = ("plan/shader.rs", "include_str!(\"ops/add.wgsl\")");
        assert_eq!(lone_shaders(&files(&[above, shaders[0]])), [""; 0]);
        let elsewhere = ("gpu/src/add.rs", kernel.1);
        assert_eq!(lone_shaders(&files(&[elsewhere, shaders[0]])).len(), 1);
        assert_eq!(
            lone_shaders(&files(&[("plan/ops/add.rs", "ADD = \"address\""), shaders[0]])).len(),
            1
        );
    }

    #[test]
    fn rust_is_a_module_or_a_target() {
        let root = ("a/src/lib.rs", "pub(crate) mod part;");
        let manifest = ("tests/Cargo.toml", "path = \"whole.rs\"");
        let used = [
            root,
            manifest,
            ("a/src/part.rs", "mod inner;"),
            ("a/src/part/inner.rs", ""),
            ("tests/whole.rs", ""),
            ("a/tests/found.rs", ""),
        ];
        assert_eq!(lone_rust(&files(&used)), [""; 0]);
        // Of the same name as others that are compiled.
        let lone = [root, manifest, ("tests/part.rs", ""), ("a/src/whole.rs", "")];
        assert_eq!(lone_rust(&files(&lone)).len(), 2);
    }
}
