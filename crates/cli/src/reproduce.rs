//! `trefoil reproduce`: headline results through the session that `trefoil train` uses.

use crate::Failure;
use crate::arguments::ReproduceArguments;
use crate::terminal::Terminal;
use pollster::block_on;
use std::collections::BTreeMap;
use trefoil_data::NamedBytes;
use trefoil_protocol::{Command, ExecutorChoice, Export, RunConfig, Split};
use trefoil_reproduce::{EXPERIMENTS, Experiment, Laboratory, Outcome, Table};
use trefoil_train::Session;

/// Runs the experiments that were asked for; fails where a rule is broken.
pub(crate) fn reproduce(arguments: &ReproduceArguments) -> Result<(), Failure> {
    if arguments.list {
        for experiment in EXPERIMENTS {
            println!("{}", experiment.name);
        }
        return Ok(());
    }
    if arguments.name.is_empty() {
        let lines: Vec<String> =
            EXPERIMENTS.iter().map(|e| format!("  {:16}{}", e.name, e.about)).collect();
        return Err(Failure::usage(format!("which result?\n\n{}", lines.join("\n"))));
    }
    let mut chosen: Vec<&Experiment> = Vec::new();
    for name in &arguments.name {
        chosen.push(Experiment::find(name).ok_or_else(|| {
            let names: Vec<&str> = EXPERIMENTS.iter().map(|e| e.name).collect();
            Failure::usage(format!(
                "there is no result \u{201c}{name}\u{201d}; there are {}",
                names.join(", ")
            ))
        })?);
    }
    let executor = arguments.executor.map_or(ExecutorChoice::Cpu, Into::into);
    let mut tables = Vec::new();
    for experiment in chosen {
        let clock = web_time::Instant::now();
        let mut bench = Bench { executor };
        let table = experiment
            .run(&mut bench, arguments.seeds)
            .map_err(|error| Failure::other(format!("{}: {error}", experiment.name)))?;
        if arguments.json {
            tables.push(table);
            continue;
        }
        print!("{table}");
        println!("\n{:.0} seconds.\n", clock.elapsed().as_secs_f64());
        tables.push(table);
    }
    if arguments.json {
        let text = serde_json::to_string_pretty(&tables)
            .map_err(|error| Failure::other(error.to_string()))?;
        println!("{text}");
    }
    let failed: Vec<&str> =
        tables.iter().filter(|t| !t.passes()).map(|t: &Table| t.name.as_str()).collect();
    if failed.is_empty() {
        Ok(())
    } else {
        Err(Failure::other(format!("a rule does not hold: {}", failed.join(", "))))
    }
}

/// A session for each run.
struct Bench {
    executor: ExecutorChoice,
}

impl Laboratory for Bench {
    fn run(
        &mut self,
        what: &str,
        files: &[NamedBytes],
        config: &RunConfig,
        embeddings: bool,
    ) -> Result<Outcome, String> {
        let config = RunConfig { executor: self.executor, ..config.clone() };
        let load = Command::Load { data: config.data.clone(), seed: config.seed };
        let script = vec![load, Command::Configure { config: config.clone() }, Command::Play];
        let memory: BTreeMap<String, Vec<u8>> = files
            .iter()
            .map(|file| (format!("{}/{}", trefoil_reproduce::WORLD, file.name), file.bytes.clone()))
            .collect();
        let mut session = Session::new(Terminal::with_files(script, memory, what));
        block_on(session.serve());
        let fault = |session: &Session<Terminal>| session.host().fault.take();
        if let Some(fault) = fault(&session) {
            return Err(fault.to_string());
        }
        let report = session.host().view.borrow().report.clone();
        let report = report.ok_or_else(|| "the run ended without a report".to_owned())?;
        let mut made = BTreeMap::new();
        if embeddings {
            for objective in 0..report.objectives.len() as u32 {
                let what = Export::Embeddings { objective, seed: None, rows: Some(Split::Test) };
                session.host().ask(Command::Export { what });
                block_on(session.serve());
                if let Some(fault) = fault(&session) {
                    return Err(fault.to_string());
                }
                let exports = session.host().exports.take();
                made.extend((0..).zip(exports).map(|(n, (_, text))| ((objective, n), text)));
            }
        }
        Ok(Outcome { report, embeddings: made })
    }
}
