//! Help, wrong arguments, no GPU, nothing that finished.

use crate::common::{SMALL, files, folder, generate, report, run, trefoil};

#[test]
fn help_names_every_flag_with_a_sentence() {
    let folder = folder();
    let at = folder.path();
    let help = trefoil(at, "--help").well().out;
    for verb in ["train", "generate", "inspect", "bench"] {
        assert!(help.contains(&format!("  {verb} ")), "{help}");
    }
    let train = trefoil(at, "train --help").well().out;
    for flag in [
        "--data",
        "--modality",
        "--labels",
        "--group",
        "--objective",
        "--steps",
        "--seeds",
        "--seed ",
        "--executor",
        "--set",
        "--config",
        "--out",
    ] {
        let said = train.split_once(flag).expect(flag).1;
        let sentence = said.split("\n  -").next().unwrap_or_default();
        assert!(sentence.split_whitespace().count() > 4, "{flag}: {sentence}");
    }
    for default in ["[default: 500]", "[default: 5]", "[default: 0]", "[default: auto]"] {
        assert!(train.contains(default), "{default}: {train}");
    }
    for generator in ["xor", "hierarchy", "rus"] {
        let help = trefoil(at, &format!("generate {generator} --help")).well().out;
        assert!(help.contains("--seed") && help.contains("--out") && help.contains("--rows"));
    }
    let version = trefoil(at, "--version").well().out;
    assert_eq!(version.trim(), format!("trefoil {}", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_arguments_end_with_status_2_and_write_nothing() {
    let folder = folder();
    let at = folder.path();
    generate(at);
    std::fs::write(at.join("broken.json"), "{\n\"data\": 3\n}").expect("written");
    for (line, words) in [
        ("", "Usage"),
        ("train --out x", "--data DIR or --modality FILE"),
        ("train --data nowhere --out x", "nowhere is not a folder"),
        ("train --modality data/a.csv data/z.csv --out x", "data/z.csv: there is no such file"),
        ("train --data data --modality data/a.csv --out x", "cannot be used with"),
        ("train --data data --objective siglip --out x", "siglip"),
        ("train --data data --objective clip,clip --out x", "twice"),
        ("train --data data --set lr=fast --out x", "lr cannot be"),
        ("train --data data --set speed=1 --out x", "there is no setting"),
        ("train --data data --set lr --out x", "key=value"),
        ("train --data data --seeds 0 --out x", "seeds cannot be"),
        ("train --data data --steps none --out x", "none"),
        ("train --data data --executor tpu --out x", "tpu"),
        ("train --config broken.json --out x", "broken.json, row 2"),
        ("train --config gone.json --out x", "gone.json"),
        ("train --data data --out data/a.csv", "is a file"),
        ("train --data data", "--out"),
        ("train --data data --group nest --out x", "nest"),
        ("train --data data --labels gone.csv --out x", "gone.csv: The file could not be read"),
        ("generate xor --bits 99 --out x", "bits cannot be 99"),
        ("generate hierarchy --ranks a=2 --out x", "a+b:2"),
        ("generate rus --rows 3 --out x", "rows"),
        ("inspect", "--data DIR"),
    ] {
        let ended = trefoil(at, line);
        assert_eq!(ended.status, 2, "{line}: {}", ended.err);
        assert!(ended.err.contains(words), "{line}: {}", ended.err);
        assert!(!at.join("x").exists(), "{line} wrote something");
    }
    assert_eq!(files(&at.join("data")).len(), 5);
}

#[test]
fn bench_measures_each_objective_on_each_executor_as_table_and_json() {
    let folder = folder();
    let at = folder.path();
    let line = "bench --batch 16 --width 8 --seeds 2 --seconds 0.05";
    let ended = trefoil(at, line).well();
    let json: serde_json::Value = serde_json::from_str(&ended.out).expect("nothing but JSON");
    assert_eq!(
        (&json["batch"], &json["width"], &json["seeds"]),
        (&16.into(), &8.into(), &2.into())
    );
    let lines = json["lines"].as_array().expect("lines");
    for objective in ["clip", "symile", "hcl", "coral"] {
        for executor in ["cpu", "gpu"] {
            let line = lines.iter().find(|l| {
                l["objective"] == objective
                    && l["executor"].as_str().is_some_and(|e| e.starts_with(executor))
            });
            let line = line.expect("each objective on each executor");
            assert!(line["steps_per_second"].as_f64() > Some(0.0), "{line}");
            assert!(ended.err.lines().any(|l| l.starts_with(objective) && l.contains(executor)));
        }
    }
    let flops =
        |l: &&serde_json::Value| l["gflops"].as_f64().zip(l["milliseconds_per_step"].as_f64());
    let size = |lines: &[serde_json::Value]| {
        let clip =
            lines.iter().find(|l| l["objective"].as_str().is_some_and(|o| o.contains("clip")));
        clip.as_ref().and_then(flops).map(|(rate, time)| rate * time).expect("CLIP ran")
    };
    let narrow = size(lines);
    let own = "clip:depth=2:width=64";
    let said = trefoil(at, &format!("{line} --objective {own} --ops --json bench.json")).well();
    assert!(said.out.is_empty());
    let json: serde_json::Value =
        serde_json::from_str(&crate::common::text(at, "bench.json")).expect("JSON");
    // Its own settings are measured, not only named.
    assert!(size(json["lines"].as_array().expect("lines")) > 1.5 * narrow);
    for line in json["lines"].as_array().expect("lines") {
        assert_eq!(line["objective"], own);
        let ops = line["ops"].as_array().expect("a line for each dispatch");
        assert_eq!(Some(ops.len() as u64), line["dispatches_per_step"].as_u64());
        assert!(ops.iter().all(|op| op["seconds"].as_f64() > Some(0.0)), "{line}");
        assert!(ops.iter().any(|op| op["kernel"] == "nce" && op["flops"].as_f64() > Some(0.0)));
    }
    assert!(said.err.lines().any(|l| l.contains("nce_grad") && l.contains('%')), "{}", said.err);
}

/// A Vulkan loader that is told of one driver that is not there.
const NO_VULKAN: &[(&str, &str)] = &[
    ("VK_ICD_FILENAMES", "/nonexistent/driver.json"),
    ("VK_DRIVER_FILES", "/nonexistent/driver.json"),
    ("WGPU_BACKEND", "vulkan"),
];

#[test]
fn without_an_adapter_gpu_is_status_1_and_auto_says_that_it_is_the_cpu() {
    let folder = folder();
    let at = folder.path();
    generate(at);
    let line = "train --data data --objective clip --steps 3 --seeds 1 --set batch=16";
    let ended = run(at, &format!("{line} --executor gpu --out gpu"), NO_VULKAN);
    assert_eq!(ended.status, 1, "{}", ended.err);
    assert!(ended.err.contains("There is no GPU to run on"), "{}", ended.err);
    assert!(ended.err.contains("executor cpu or auto"), "{}", ended.err);
    assert!(!at.join("gpu").exists());
    let ended = run(at, &format!("{line} --executor auto --out auto"), NO_VULKAN).well();
    assert!(ended.err.contains("CPU") && ended.err.contains("adapter"), "{}", ended.err);
    let report = report(&at.join("auto"));
    assert_eq!(report.executor.kind, trefoil_protocol::ExecutorKind::Cpu);
    assert!(report.executor.reason.contains("adapter"), "{:?}", report.executor);
}

#[test]
fn an_objective_of_which_no_seed_finished_is_status_1_with_the_report_written() {
    let folder = folder();
    let at = folder.path();
    generate(at);
    // The logit scale leaves the numbers at the first step, upwards or downwards by the seed.
    let wild = "symile:lr=1:scale_lr=1000:width=8";
    let line =
        format!("train --data data --objective clip,{wild} --steps 8 {SMALL} --set warmup=0");
    let mut statuses = Vec::new();
    for (seeds, seed) in [(1, 0), (1, 1), (1, 2), (1, 3), (6, 0)] {
        let out = format!("out{seeds}-{seed}");
        let ended = trefoil(at, &format!("{line} --seeds {seeds} --seed {seed} --out {out}"));
        let report = report(&at.join(&out));
        let failed = report.objectives[1]
            .stopped
            .iter()
            .all(|s| *s == trefoil_protocol::StopReason::Diverged);
        assert_eq!(ended.status, i32::from(failed), "{}", ended.err);
        assert_eq!(ended.err.contains("every one diverged"), failed, "{}", ended.err);
        statuses.push(ended.status);
        // Only seeds that finished have a file.
        let finished = report.objectives[1]
            .stopped
            .iter()
            .filter(|s| **s != trefoil_protocol::StopReason::Diverged)
            .count();
        let folder = at.join(&out).join("embeddings/symile-lr-1-scale_lr-1000-width-8");
        let written = if folder.exists() { files(&folder).len() } else { 0 };
        assert_eq!(written, finished);
    }
    assert!(statuses.contains(&0) && statuses.contains(&1), "{statuses:?}");
}
