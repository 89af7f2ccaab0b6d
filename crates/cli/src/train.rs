//! `trefoil train`

use crate::Failure;
use crate::arguments::{DataArguments, TrainArguments};
use crate::objectives::objectives;
use crate::terminal::Terminal;
use pollster::block_on;
use std::path::{Path, PathBuf};
use trefoil_protocol::{
    Command, DataSource, Export, FileRef, FileRole, ProbeKind, Report, RunConfig, StopReason,
};
use trefoil_train::Session;

/// Trains what the arguments ask for and writes what was found.
pub(crate) fn train(arguments: &TrainArguments) -> Result<(), Failure> {
    let config = config(arguments)?;
    if arguments.out.is_file() {
        let out = arguments.out.display();
        return Err(Failure::usage(format!("{out} is a file. Give --out a folder.")));
    }
    let load = Command::Load { data: config.data.clone(), seed: config.seed };
    let script = vec![load, Command::Configure { config: config.clone() }, Command::Play];
    let mut session = Session::new(Terminal::new(script));
    block_on(session.serve());
    if let Some(fault) = session.host().fault.take() {
        return Err(fault.into());
    }
    let report = session.host().view.borrow().report.clone();
    let Some(report) = report else {
        return Err(Failure::other("the run ended without a report"));
    };
    session.host().ask(Command::Export { what: Export::Losses });
    for objective in 0..report.objectives.len() as u32 {
        let what = Export::Embeddings { objective, seed: None, rows: None };
        session.host().ask(Command::Export { what });
    }
    block_on(session.serve());
    if let Some(fault) = session.host().fault.take() {
        return Err(fault.into());
    }
    write(&arguments.out, session.host(), &report)
        .map_err(|error| Failure::other(format!("{}: {error}", arguments.out.display())))?;
    let failed: Vec<&str> = report
        .objectives
        .iter()
        .filter(|o| o.stopped.iter().all(|s| *s == StopReason::Diverged))
        .map(|o| o.name.as_str())
        .collect();
    say_doubts(&report);
    if failed.is_empty() {
        eprintln!("wrote {}", arguments.out.join("report.json").display());
        return Ok(());
    }
    Err(Failure::other(format!("no seed of {} finished: every one diverged", failed.join(", "))))
}

/// Whether each objective could see synergy, as a zero in the report means something only then, and
/// what to doubt in HCL's blocks.
fn say_doubts(report: &Report) {
    for found in &report.objectives {
        let words = |probe| found.synergy_control.as_ref()?.words(probe);
        for words in [ProbeKind::Linear, ProbeKind::Mlp].into_iter().filter_map(words) {
            eprintln!("{}: {words}", found.name);
        }
        for doubt in &found.structure.doubts {
            eprintln!("{}: {doubt}", found.name);
        }
    }
}

/// Where the data is, by the arguments.
pub(crate) fn source(arguments: &DataArguments) -> Result<Option<DataSource>, Failure> {
    let text = |path: &PathBuf| path.to_string_lossy().into_owned();
    let labels = arguments.labels.as_ref().map(text);
    let (group, views) = (arguments.group.clone(), arguments.views.clone());
    if let Some(folder) = &arguments.data {
        if !folder.is_dir() {
            let folder = folder.display();
            return Err(Failure::usage(format!("{folder} is not a folder. Give --data a folder.")));
        }
        let path = text(folder);
        let labels = arguments.labels.as_deref().map(|labels| labels_beside(&path, labels));
        return Ok(Some(DataSource::Folder { path, files: Vec::new(), labels, group, views }));
    }
    if arguments.modality.is_empty() {
        return Ok(None);
    }
    let file = |role| move |name: String| FileRef { role, name, sha256: String::new() };
    let mut files: Vec<FileRef> =
        arguments.modality.iter().map(text).map(file(FileRole::Modality)).collect();
    files.extend(labels.map(file(FileRole::Labels)));
    if let Some(missing) = files.iter().find(|f| !Path::new(&f.name).is_file()) {
        return Err(Failure::usage(format!("{}: there is no such file.", missing.name)));
    }
    Ok(Some(DataSource::Files { files, group, views }))
}

/// The path of the labels; by that of the folder if they lie in it, however they are named, so that
/// they are not taken for a modality too.
fn labels_beside(folder: &str, labels: &Path) -> String {
    let text = || labels.to_string_lossy().into_owned();
    let Some(name) = labels.file_name().and_then(|name| name.to_str()) else { return text() };
    let inside = format!("{}/{name}", folder.trim_end_matches('/'));
    let same = labels.canonicalize().ok().zip(Path::new(&inside).canonicalize().ok());
    if same.is_some_and(|(given, inside)| given == inside) { inside } else { text() }
}

fn config(arguments: &TrainArguments) -> Result<RunConfig, Failure> {
    let usage = |error: &dyn std::fmt::Display| Failure::usage(error.to_string());
    let mut config = match &arguments.config {
        Some(path) => read_config(path)?,
        None => RunConfig::default(),
    };
    match source(&arguments.data)? {
        Some(data) => config.data = data,
        None if arguments.config.is_none() => {
            return Err(Failure::usage("no data: give --data DIR or --modality FILE..."));
        }
        None => override_labels(&mut config.data, &arguments.data)?,
    }
    if !arguments.objective.is_empty() {
        config.objectives = objectives(&arguments.objective).map_err(|error| usage(&error))?;
    }
    config.steps = arguments.steps.unwrap_or(config.steps);
    config.seeds = arguments.seeds.unwrap_or(config.seeds);
    config.seed = arguments.seed.unwrap_or(config.seed);
    config.executor = arguments.executor.map_or(config.executor, Into::into);
    for text in &arguments.set {
        config.assign(text).map_err(|error| usage(&error))?;
    }
    config.validate().map_err(|error| usage(&error))?;
    Ok(config)
}

/// `--labels`, `--group` and `--views` beside a `--config` that says where the data is.
fn override_labels(data: &mut DataSource, arguments: &DataArguments) -> Result<(), Failure> {
    if arguments.labels.is_none() && arguments.group.is_none() && arguments.views.is_none() {
        return Ok(());
    }
    match data {
        DataSource::Folder { path, labels, group, views, .. } => {
            let given = arguments.labels.as_deref().map(|labels| labels_beside(path, labels));
            *labels = given.or_else(|| labels.take());
            *group = arguments.group.clone().or_else(|| group.take());
            *views = arguments.views.clone().or_else(|| views.take());
        }
        DataSource::Files { files, group, views } => {
            if let Some(given) = &arguments.labels {
                let name = given.to_string_lossy().into_owned();
                files.retain(|file| file.role != FileRole::Labels);
                files.push(FileRef { role: FileRole::Labels, name, sha256: String::new() });
            }
            *group = arguments.group.clone().or_else(|| group.take());
            *views = arguments.views.clone().or_else(|| views.take());
        }
        DataSource::Shipped { .. } | DataSource::Generated(_) => {
            let message = "--labels, --group and --views are for data of one's own; this --config has data \
                           that brings its labels along. Leave them out.";
            return Err(Failure::usage(message.to_owned()));
        }
    }
    Ok(())
}

fn read_config(path: &Path) -> Result<RunConfig, Failure> {
    let at = path.display();
    let text =
        std::fs::read_to_string(path).map_err(|error| Failure::usage(format!("{at}: {error}")))?;
    serde_json::from_str(&text).map_err(|error| {
        Failure::usage(format!(
            "{at}, row {}: {error}. Give a run.json that a run wrote.",
            error.line()
        ))
    })
}

fn write(out: &Path, terminal: &Terminal, report: &Report) -> std::io::Result<()> {
    std::fs::create_dir_all(out)?;
    let json = |value: serde_json::Result<String>| value.map_err(std::io::Error::other);
    std::fs::write(out.join("report.json"), json(serde_json::to_string_pretty(report))?)?;
    std::fs::write(out.join("run.json"), json(serde_json::to_string_pretty(&report.run.config))?)?;
    for (name, text) in terminal.exports.borrow().iter() {
        let path = out.join(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, text)?;
    }
    Ok(())
}
