//! `trefoil inspect`

use crate::Failure;
use crate::arguments::InspectArguments;
use crate::terminal::Terminal;
use crate::train::source;
use pollster::block_on;
use std::fmt::Write;
use trefoil_protocol::{Command, DataSummary};
use trefoil_train::Session;

/// Shows what would be loaded.
pub(crate) fn inspect(arguments: &InspectArguments) -> Result<(), Failure> {
    let data = source(&arguments.data)?
        .ok_or_else(|| Failure::usage("no data: give --data DIR or --modality FILE..."))?;
    let script = vec![Command::Load { data, seed: arguments.seed }];
    let mut session = Session::new(Terminal::new(script));
    block_on(session.serve());
    if let Some(fault) = session.host().fault.take() {
        return Err(fault.into());
    }
    let view = session.host().view.borrow();
    let Some(summary) = &view.data else {
        return Err(Failure::other("nothing was loaded"));
    };
    if arguments.json {
        let text = serde_json::to_string_pretty(summary)
            .map_err(|error| Failure::other(error.to_string()))?;
        println!("{text}");
    } else {
        print!("{}", text(summary));
    }
    Ok(())
}

fn text(summary: &DataSummary) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let mut line = |text: String| {
        let _written = writeln!(out, "{text}");
    };
    let DataSummary { rows, complete_rows, distinct_ids, split, .. } = summary;
    line(format!(
        "{rows} rows kept of {distinct_ids} ids ({complete_rows} have every modality); \
         train {}, validation {}, test {}",
        split.train, split.validation, split.test
    ));
    line(String::new());
    let name = summary.modalities.iter().map(|m| m.name.chars().count()).max().unwrap_or(8).max(8);
    line(format!(
        "{:name$}  {:>7}  {:>7}  {:>7}  {:>7}  {:>7}  {:>9}  id",
        "modality", "rows", "columns", "numbers", "bools", "classes", "missing"
    ));
    for m in &summary.modalities {
        let how = if m.id_by_name { "" } else { " (first column)" };
        line(format!(
            "{:name$}  {:>7}  {:>7}  {:>7}  {:>7}  {:>7}  {:>9}  {}{how}",
            m.name,
            m.rows,
            m.columns,
            m.numeric,
            m.boolean,
            m.categorical,
            m.missing_cells,
            m.id_column
        ));
    }
    line(String::new());
    line("rows by what they have:".to_owned());
    for pattern in &summary.patterns {
        let names: Vec<&str> = (summary.modalities.iter().zip(&pattern.present))
            .filter(|(_, here)| **here)
            .map(|(m, _)| m.name.as_str())
            .collect();
        line(format!("{:>9}  {}", pattern.rows, names.join(" + ")));
    }
    if !summary.labels.is_empty() {
        line(String::new());
        line("labels:".to_owned());
        for label in &summary.labels {
            let classes = label.classes.map_or_else(String::new, |n| format!(", {n} classes"));
            let skipped = label
                .skipped
                .as_ref()
                .map_or_else(String::new, |why| format!(", not probed: {why}"));
            let kind = format!("{:?}", label.kind).to_lowercase();
            line(format!("  {}: {kind}{classes}, {} missing{skipped}", label.name, label.missing));
        }
    }
    if !summary.notices.is_empty() {
        line(String::new());
        line("dropped or changed:".to_owned());
        for notice in &summary.notices {
            let place: Vec<&str> =
                [&notice.file, &notice.column].into_iter().flatten().map(String::as_str).collect();
            line(format!("  {}: {}", place.join(", "), notice.message));
        }
    }
    out
}
