//! The main job, as a person does it: files in, four objectives trained, what they share out.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use trefoil_protocol::{
    DataSource, ExecutorChoice, ExecutorKind, Generator, ObjectiveName, Report, RunConfig,
};
use trefoil_tests::browser::{Page, artefacts, browse};

/// Seconds that reading, or a short training and its report, may take on a busy machine whose GPU
/// is played by its CPU.
const PATIENCE: f64 = 240.0;

/// Three tables of one shipped set, of which nearly all rows are in all.
const PENGUINS: [&str; 3] = ["bill.csv", "body.csv", "isotopes.csv"];
const PENGUIN_ROWS: &str = "342";

/// The four objectives, small enough for a software GPU.
fn small(data: DataSource, executor: ExecutorChoice) -> Result<RunConfig> {
    let mut config = RunConfig { data, steps: 12, seeds: 2, executor, ..RunConfig::default() };
    for setting in ["batch=32", "width=16", "embedding=8", "eval_every=4"] {
        config.assign(setting)?;
    }
    Ok(config)
}

async fn open(page: &Page, config: &RunConfig) -> Result<()> {
    page.goto(&format!("?{}", config.to_query())).await
}

/// Waits until data with this many rows are shown.
async fn loaded(page: &Page, rows: &str) -> Result<()> {
    page.wait_for_text("strong[data-testid=rows]", rows, PATIENCE).await?;
    Ok(())
}

/// Presses Train, and waits until everything is measured.
async fn finish(page: &Page) -> Result<()> {
    page.press("[data-testid=train-button]").await?;
    // For screen readers only, so that nobody sees it.
    let finished =
        "document.querySelector('[data-testid=phase]').textContent.startsWith('Finished')";
    page.wait_until(finished, PATIENCE).await
}

/// Trains and brings the report home.
async fn train(page: &Page) -> Result<(Value, Report)> {
    finish(page).await?;
    page.press("[data-testid=download-report]").await?;
    let file = page.download("report.json", 20.0).await?;
    let text = fs::read_to_string(&file)?;
    // The next one gets the same name.
    fs::remove_file(file)?;
    let value: Value = serde_json::from_str(&text)?;
    let schema = fs::read_to_string(xtask::root().join("docs/report.schema.json"))?;
    let schema = jsonschema::validator_for(&serde_json::from_str(&schema)?)?;
    let broken: Vec<String> = schema.iter_errors(&value).map(|e| e.to_string()).collect();
    ensure!(broken.is_empty(), "the report is not as its schema says: {broken:?}");
    Ok((value, serde_json::from_str(&text)?))
}

/// What must be equal in two reports of one experiment.
fn numbers(mut report: Value) -> Value {
    report["run"]["started"] = Value::Null;
    report["executor"] = Value::Null;
    for column in ["baselines", "objectives"] {
        for objective in report[column].as_array_mut().into_iter().flatten() {
            objective["seconds"] = Value::Null;
        }
    }
    report
}

/// Four columns, each with a sharing map in which something is above what shuffled rows reach.
async fn maps_have_cells(page: &Page, report: &Report) -> Result<()> {
    let names: Vec<&str> = report.objectives.iter().map(|o| o.name.as_str()).collect();
    ensure!(names == ObjectiveName::MAIN.iter().map(|n| n.key()).collect::<Vec<_>>());
    for (position, name) in names.iter().enumerate() {
        let count = page
            .run(&format!(
                "return [...document.querySelectorAll('[data-testid=sharing-{position}] tbody td')]
                   .filter((cell) => parseFloat(cell.textContent) > 0).length"
            ))
            .await?;
        ensure!(count.as_u64().unwrap_or(0) > 0, "no cell in the map of {name}");
    }
    Ok(())
}

/// Writes a shipped set as the plain files that a person would have.
fn unpacked(set: &str, files: &[&str]) -> Result<Vec<PathBuf>> {
    let folder = artefacts().join(format!("own-{set}"));
    fs::create_dir_all(&folder)?;
    let unpack = |name: &&str| {
        let packed = xtask::root().join(format!("assets/datasets/{set}/{name}.gz"));
        let mut text = Vec::new();
        let file = fs::File::open(&packed).with_context(|| packed.display().to_string())?;
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(file), &mut text)?;
        let file = folder.join(name);
        fs::write(&file, text)?;
        Ok(file)
    };
    files.iter().map(unpack).collect()
}

fn paths(files: &[PathBuf]) -> Vec<&Path> {
    files.iter().map(PathBuf::as_path).collect()
}

#[test]
fn own_files_on_webgpu_and_again_from_the_link() -> Result<()> {
    let files = unpacked("penguins", &PENGUINS)?;
    browse(async |page| {
        open(page, &small(RunConfig::default().data, ExecutorChoice::Gpu)?).await?;
        page.press("[data-testid=pane-own]").await?;
        page.upload("[data-testid=file-input]", &paths(&files)).await?;
        loaded(page, PENGUIN_ROWS).await?;
        let (first, report) = train(page).await?;
        ensure!(report.executor.kind == ExecutorKind::Gpu, "{}", report.executor.reason);
        ensure!(report.objectives.iter().all(|o| o.steps == [12, 12]));
        maps_have_cells(page, &report).await?;

        let link = page.address().await?;
        for file in PENGUINS {
            ensure!(link.contains(file), "{link} does not name {file}");
        }
        page.reload().await?;
        page.wait_for_text("[data-testid=wanted-files]", PENGUINS[0], 60.0).await?;
        page.upload("[data-testid=file-input]", &paths(&files)).await?;
        loaded(page, PENGUIN_ROWS).await?;
        let (second, _) = train(page).await?;
        ensure!(numbers(first) == numbers(second), "the link gave other numbers");
        page.assert_clean().await
    })
}

#[test]
fn a_link_gives_the_same_numbers_on_the_cpu() -> Result<()> {
    let ranks = [("a+b+c".to_owned(), 2), ("a+b".to_owned(), 1)].into();
    let generator = Generator::Hierarchy { dims: vec![6, 6, 6], ranks, noise: 0.3, rows: 300 };
    let config = small(DataSource::Generated(generator), ExecutorChoice::Cpu)?;
    browse(async |page| {
        open(page, &config).await?;
        loaded(page, "300").await?;
        let (first, report) = train(page).await?;
        ensure!(report.executor.kind == ExecutorKind::Cpu);
        maps_have_cells(page, &report).await?;
        page.reload().await?;
        loaded(page, "300").await?;
        let (second, _) = train(page).await?;
        ensure!(numbers(first) == numbers(second), "the link gave other numbers");
        page.assert_clean().await
    })
}

/// Five tables of one hidden factor and two others; each lacks the rows of its own block.
fn five_with_holes() -> Result<Vec<PathBuf>> {
    let folder = artefacts().join("five");
    fs::create_dir_all(&folder)?;
    let wave = |i: usize, k: usize| ((i * (2 * k + 3)) as f64 * 0.37).sin();
    let table = |m: usize| {
        let mut text = String::from("id,x,y,z\n");
        for i in (0..200).filter(|i| i / 20 != m) {
            let (all, own) = (wave(i, 0), wave(i, m + 3));
            let pair = wave(i, 1 + m / 3);
            writeln!(text, "s{i},{all:.4},{:.4},{:.4}", all + 0.3 * own, pair - 0.5 * own)?;
        }
        let file = folder.join(format!("m{m}.csv"));
        fs::write(&file, text)?;
        Ok(file)
    };
    (0..5).map(table).collect()
}

#[test]
fn five_modalities_with_missing_blocks() -> Result<()> {
    let files = five_with_holes()?;
    browse(async |page| {
        open(page, &small(RunConfig::default().data, ExecutorChoice::Cpu)?).await?;
        page.press("[data-testid=pane-own]").await?;
        page.upload("[data-testid=file-input]", &paths(&files)).await?;
        loaded(page, "200").await?;
        let patterns =
            page.run("return document.querySelectorAll('[data-testid=pattern-row]').length");
        ensure!(patterns.await?.as_u64() == Some(6), "complete rows and five kinds of holes");
        let (_, report) = train(page).await?;
        ensure!(report.data.modalities.iter().all(|m| m.rows == 180));
        maps_have_cells(page, &report).await?;
        page.assert_clean().await
    })
}

#[test]
fn bad_files_say_what_to_mend_and_lose_nothing() -> Result<()> {
    let good = unpacked("penguins", &PENGUINS)?;
    let folder = artefacts().join("bad");
    fs::create_dir_all(&folder)?;
    let bad = [
        ("ragged.csv", "id,a,b\nr1,1,2\nr2,3\n".to_owned(), vec!["ragged.csv", "3"]),
        ("twice.csv", "id,a\nr1,1\nr2,2\nr1,3\n".to_owned(), vec!["twice.csv", "r1", "4"]),
        ("header.csv", "id,a,b\n".to_owned(), vec!["header.csv"]),
    ];
    browse(async |page| {
        open(page, &small(RunConfig::default().data, ExecutorChoice::Cpu)?).await?;
        page.press("[data-testid=pane-own]").await?;
        page.upload("[data-testid=file-input]", &paths(&good)).await?;
        loaded(page, PENGUIN_ROWS).await?;
        for (name, text, words) in bad {
            let file = folder.join(name);
            fs::write(&file, text)?;
            page.upload("[data-testid=file-input]", &[&file]).await?;
            for word in words {
                page.wait_for_text("[data-testid=fault]", word, 60.0).await?;
            }
            // What was read before is still there.
            ensure!(page.text("strong[data-testid=rows]").await?.contains(PENGUIN_ROWS));
            page.click("button", &format!("Remove {name}")).await?;
        }
        // And still trains.
        let (_, report) = train(page).await?;
        ensure!(report.data.modalities.len() == PENGUINS.len());
        page.assert_clean().await
    })
}

/// With `TREFOIL_UPDATE_PICTURE` set, the picture becomes that of the README.
#[test]
fn the_picture_of_the_readme() -> Result<()> {
    let penguins = DataSource::Shipped { name: "penguins".to_owned(), modalities: None };
    let mut config = RunConfig { steps: 60, seeds: 3, ..small(penguins, ExecutorChoice::Cpu)? };
    config.assign("width=32")?;
    browse(async |page| {
        open(page, &config).await?;
        loaded(page, PENGUIN_ROWS).await?;
        finish(page).await?;
        page.size(1440, 1330).await?;
        page.wait_until("document.fonts.status === 'loaded'", 10.0).await?;
        // The map below the toolbar that stays in sight, and nothing that the pointer opens.
        let scroll = "const map = document.querySelector('[data-testid=sharing]');
            scrollTo({ top: scrollY + map.getBoundingClientRect().top - 160, behavior: 'instant' })";
        page.run(scroll).await?;
        page.cdp("Input.dispatchMouseEvent", json!({ "type": "mouseMoved", "x": 1, "y": 1 }))
            .await?;
        let drawn = "document.querySelectorAll('[data-testid=sharing] .map').length === 6
            && document.documentElement.scrollWidth <= window.innerWidth";
        page.wait_until(drawn, 10.0).await?;
        let picture = artefacts().join("screens/page.png");
        page.view(&picture).await?;
        if std::env::var_os("TREFOIL_UPDATE_PICTURE").is_some() {
            fs::copy(&picture, xtask::root().join("docs/page.png"))?;
        }
        page.assert_clean().await
    })
}
