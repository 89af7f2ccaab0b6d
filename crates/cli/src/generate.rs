//! `trefoil generate`

use crate::Failure;
use crate::arguments::{GenerateArguments, Generator as Asked};
use trefoil_protocol::Generator;

/// Writes data with known truth.
pub(crate) fn generate(arguments: &GenerateArguments) -> Result<(), Failure> {
    let (generator, output) = match &arguments.what {
        Asked::Xor { bits, p, rows, output } => {
            (Generator::Xor { bits: *bits, p: *p, rows: *rows }, output)
        }
        Asked::Hierarchy { dims, ranks, noise, rows, output } => {
            let ranks = ranks.iter().map(|text| rank(text)).collect::<Result<_, _>>()?;
            let (dims, noise, rows) = (dims.clone(), *noise, *rows);
            (Generator::Hierarchy { dims, ranks, noise, rows }, output)
        }
        Asked::Rus { noise, flips, rows, output } => {
            (Generator::Rus { noise: *noise, flips: *flips, rows: *rows }, output)
        }
    };
    let files = trefoil_data::generate(&generator, output.seed)?;
    let out = &output.out;
    let failed = |error: std::io::Error| Failure::other(format!("{}: {error}", out.display()));
    std::fs::create_dir_all(out).map_err(failed)?;
    for file in &files {
        std::fs::write(out.join(&file.name), &file.bytes).map_err(failed)?;
    }
    eprintln!("wrote {} files to {}", files.len(), out.display());
    Ok(())
}

fn rank(text: &str) -> Result<(String, u32), Failure> {
    let parsed =
        text.split_once(':').and_then(|(set, rank)| Some((set.trim(), rank.trim().parse().ok()?)));
    let (set, rank) = parsed.ok_or_else(|| {
        Failure::usage(format!(
            "--ranks has \u{201c}{text}\u{201d}. Write sets and ranks as a+b:2,a:1."
        ))
    })?;
    Ok((set.to_owned(), rank))
}
