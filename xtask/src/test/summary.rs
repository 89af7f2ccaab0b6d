//! Reads the output of `cargo test`, natively and in the browser, for what passed and failed.

use super::Tally;

/// What has been read so far. Hand it every line, then ask for the [`Summary::tally`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    tally: Tally,
    /// Suites that began and did not say how they ended.
    lost: u64,
    /// The suite that is running.
    open: Option<String>,
    ignored: u64,
}

impl Summary {
    /// Reads one line.
    pub fn line(&mut self, line: &str) {
        // Cargo's own words are set flush right in twelve columns; tests print anything but that.
        let began =
            ["     Running ", "   Doc-tests "].iter().find_map(|word| line.strip_prefix(word));
        if let Some(suite) = began {
            self.close();
            self.open = Some(suite.to_owned());
        } else if let Some(result) = line.trim_start().strip_prefix("test result: ") {
            self.open = None;
            self.tally.passed += count(result, "passed");
            self.tally.failed += count(result, "failed");
            self.ignored += count(result, "ignored");
        } else if line == "no tests to run!" {
            // wasm-bindgen's runner, for a suite without tests.
            self.open = None;
        }
    }

    /// A suite that ended without a result crashed.
    fn close(&mut self) {
        if let Some(suite) = self.open.take() {
            eprintln!("error: {suite} ended without a result");
            self.lost += 1;
        }
    }

    /// What passed and failed, given whether the program that printed it succeeded. A failure that
    /// no suite told of (code that does not compile) is one failure.
    pub fn tally(mut self, succeeded: bool) -> Tally {
        self.close();
        if self.ignored > 0 {
            println!("note: {} ignored", self.ignored);
        }
        let mut tally = self.tally;
        tally.failed += self.lost;
        if !succeeded && tally.failed == 0 {
            tally.failed = 1;
        }
        tally
    }
}

/// The number before `word` in `ok. 3 passed; 0 failed; …`.
fn count(result: &str, word: &str) -> u64 {
    result
        .split([';', '.'])
        .find_map(|part| part.trim().strip_suffix(word)?.trim().parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, succeeded: bool) -> Tally {
        let mut summary = Summary::default();
        text.lines().for_each(|line| summary.line(line));
        summary.tally(succeeded)
    }

    #[test]
    fn suites_add_up() {
        let text = "
     Running unittests src/lib.rs (target/debug/deps/a-1)

running 2 tests
test x ... ok
test result: FAILED. 3 passed; 1 failed; 0 ignored; 0 measured; 4 filtered out; finished in 0.02s

   Doc-tests a
test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s
";
        let expected = Tally { passed: 15, failed: 1 };
        assert_eq!(read(text, false), expected);
    }

    #[test]
    fn a_suite_in_the_browser_counts() {
        let text = "
     Running tests/protocol.rs (target/wasm32-unknown-unknown/debug/deps/protocol-1.wasm)
Running headless tests in Chrome on `http://127.0.0.1:41537/`
    test result: ok. 7 passed; 0 failed; 0 ignored; 0 filtered out; finished in 0.05s
     Running unittests src/main.rs (target/wasm32-unknown-unknown/debug/deps/app-1.wasm)
no tests to run!
";
        let expected = Tally { passed: 7, failed: 0 };
        assert_eq!(read(text, true), expected);
    }

    #[test]
    fn a_crashed_suite_is_a_failure() {
        let text = "
     Running unittests src/lib.rs (target/debug/deps/a-1)
running 2 tests
     Running unittests src/lib.rs (target/debug/deps/b-1)
test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
     Running tests/c.rs (target/debug/deps/c-1)
error: test failed, to rerun pass `-p c --test c`
  process didn't exit successfully: `c-1` (signal: 6, SIGABRT: process abort signal)
";
        let expected = Tally { passed: 2, failed: 2 };
        assert_eq!(read(text, false), expected);
    }

    #[test]
    fn what_does_not_compile_is_a_failure() {
        assert_eq!(read("error: could not compile `a`", false), Tally::check(false));
        assert_eq!(read("", true), Tally::default());
    }
}
