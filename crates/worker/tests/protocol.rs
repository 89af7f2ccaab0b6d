//! What page and worker say to each other, in a real worker of a real browser.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a test says so by failing")]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use trefoil_protocol::js::{Answer, Message, Upload};
use trefoil_protocol::{
    Command, DataSource, Event, ExecutorChoice, ExecutorKind, FileRef, FileRole, Generator, Phase,
    Progress, RunConfig, RunView, Split, StepRecord, Value,
};
use trefoil_worker::{Inbox, Letterbox, Outbox, pair, serve};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

type Sent = Rc<RefCell<Vec<Event>>>;

/// Ends `serve` after the messages that `letterbox` got.
async fn conversation(letterbox: Letterbox, inbox: Inbox) -> Vec<Event> {
    drop(letterbox);
    let sent: Sent = Rc::default();
    let log = Rc::clone(&sent);
    let outbox = Outbox::new(move |value| match Answer::from_js(value.clone()) {
        Ok(Answer::Event(event)) => log.borrow_mut().push(event),
        other => panic!("not an event: {other:?}"),
    });
    serve(inbox, outbox).await;
    sent.take()
}

#[wasm_bindgen_test]
async fn ready_is_the_first_thing_said() {
    let (letterbox, inbox) = pair();
    let events = conversation(letterbox, inbox).await;
    let version = env!("CARGO_PKG_VERSION").to_owned();
    assert_eq!(events.first(), Some(&Event::Ready { version }));
}

fn say(letterbox: &Letterbox, command: Command) {
    say_with(letterbox, command, Vec::new());
}

fn say_with(letterbox: &Letterbox, command: Command, files: Vec<Upload>) {
    letterbox.put(Message { command, files }.to_js().unwrap());
}

/// A few steps on a few rows.
fn tiny(executor: ExecutorChoice) -> RunConfig {
    let generator = Generator::Xor { bits: 2, p: 1.0, rows: 60 };
    let mut config = RunConfig {
        data: DataSource::Generated(generator),
        steps: 3,
        seeds: 2,
        executor,
        ..RunConfig::default()
    };
    for setting in ["batch=8", "width=8", "embedding=4"] {
        config.assign(setting).unwrap();
    }
    config
}

/// The machine that runs the tests must have WebGPU in workers, or later tests would silently
/// test the other executor.
#[wasm_bindgen_test]
async fn a_worker_has_a_webgpu_adapter() {
    let (letterbox, inbox) = pair();
    say(&letterbox, Command::Configure { config: tiny(ExecutorChoice::Gpu) });
    let events = conversation(letterbox, inbox).await;
    let Some(Event::Executor { info }) = events.get(1) else {
        panic!("no executor in {events:?}");
    };
    assert_eq!(info.kind, ExecutorKind::Gpu, "{}", info.reason);
    assert!(!info.adapter.is_empty());
}

#[wasm_bindgen_test]
async fn what_cannot_be_done_is_said_in_order() {
    let (letterbox, inbox) = pair();
    say(&letterbox, Command::Play);
    letterbox.put(JsValue::from_f64(3.0));
    let mut config = tiny(ExecutorChoice::Cpu);
    config.seeds = 0;
    say(&letterbox, Command::Configure { config });
    let faults: Vec<_> = conversation(letterbox, inbox)
        .await
        .into_iter()
        .filter_map(|event| match event {
            Event::Fault { fault } => Some(fault.to_string()),
            _ => None,
        })
        .collect();
    // What nobody understands is said when it is read, which is before the first answer.
    let expected = ["does not understand", "No data", "Seeds"];
    assert_eq!(faults.len(), expected.len(), "{faults:?}");
    for (fault, word) in faults.iter().zip(expected) {
        assert!(fault.contains(word), "{faults:?}");
    }
}

/// The losses of a run, in the order in which they were recorded.
async fn losses(executor: ExecutorChoice) -> (ExecutorKind, Vec<f32>) {
    let (letterbox, inbox) = pair();
    let config = tiny(executor);
    say(&letterbox, Command::Load { data: config.data.clone(), seed: config.seed });
    say(&letterbox, Command::Configure { config });
    say(&letterbox, Command::Play);
    let mut view = RunView::default();
    for event in conversation(letterbox, inbox).await {
        view.apply(event);
    }
    assert_eq!(view.fault, None);
    assert_eq!(view.phase, Phase::Finished);
    let report = view.report.unwrap();
    assert_eq!(report.objectives.len(), 4);
    assert_eq!(report.baselines.len(), 2);
    let losses = view.objectives.iter().flat_map(|o| o.train[0].seeds.concat()).collect();
    (report.executor.kind, losses)
}

#[wasm_bindgen_test]
async fn a_worker_trains_the_same_on_both_executors() {
    let (kind, cpu) = losses(ExecutorChoice::Cpu).await;
    assert_eq!(kind, ExecutorKind::Cpu);
    assert_eq!(cpu.len(), 4 * 2 * 3);
    assert!(cpu.iter().all(|loss| loss.is_finite()));
    let (kind, gpu) = losses(ExecutorChoice::Gpu).await;
    assert_eq!(kind, ExecutorKind::Gpu);
    for (a, b) in cpu.iter().zip(&gpu) {
        assert!((a - b).abs() <= 1e-3 * a.abs().max(1.0), "{cpu:?} {gpu:?}");
    }
}

fn file(name: &str, text: &str) -> Upload {
    let parts = js_sys::Array::of1(&text.into());
    let file = web_sys::File::new_with_str_sequence(&parts, name).unwrap();
    Upload { role: FileRole::Modality, name: name.to_owned(), file: file.into() }
}

fn load(files: Vec<Upload>) -> (Command, Vec<Upload>) {
    let reference = |upload: &Upload| FileRef {
        role: upload.role,
        name: upload.name.clone(),
        sha256: String::new(),
    };
    let data = DataSource::Files {
        files: files.iter().map(reference).collect(),
        group: None,
        views: None,
    };
    (Command::Load { data, seed: 0 }, files)
}

#[wasm_bindgen_test]
async fn the_files_of_a_person_are_read_and_hashed_here() {
    let table = |column: &str| {
        let rows = (0..30).map(|i| format!("r{i},{}\n", (i * 7) % 11));
        format!("id,{column}\n{}", rows.collect::<String>())
    };
    let (letterbox, inbox) = pair();
    let (command, files) = load(vec![file("a.csv", &table("x")), file("b.csv", &table("y"))]);
    say_with(&letterbox, command, files);
    let mut view = RunView::default();
    for event in conversation(letterbox, inbox).await {
        view.apply(event);
    }
    let Some(DataSource::Files { files, .. }) = &view.source else {
        panic!("{:?}", view.source);
    };
    assert_eq!(view.data.as_ref().unwrap().rows, 30);
    assert!(files.iter().all(|file| file.sha256.len() == 64), "{files:?}");
}

#[wasm_bindgen_test]
fn a_command_survives_the_way_to_the_worker() {
    let ranks = BTreeMap::from([("a+b".to_owned(), 2), ("a".to_owned(), 1)]);
    let mut config = RunConfig {
        data: DataSource::Generated(Generator::Hierarchy {
            dims: vec![8, 8],
            ranks,
            noise: 0.25,
            rows: 100,
        }),
        seed: u64::MAX - 1,
        ..RunConfig::default()
    };
    config.set.insert("lr".to_owned(), Value::Number(1e-3));
    let command = Command::Configure { config };
    let message = Message { command: command.clone(), files: Vec::new() };
    let back = Message::from_js(message.to_js().unwrap()).unwrap();
    assert_eq!(back.command, command);
}

#[wasm_bindgen_test]
fn an_event_survives_the_way_to_the_page() {
    let record = StepRecord {
        objective: 1,
        step: 7,
        split: Split::Validation,
        values: vec![1.0, -0.1, f32::MIN_POSITIVE, f32::INFINITY],
    };
    let event = Event::Progress {
        run: 3,
        progress: Progress { records: vec![record], rate: 12.5, ..Progress::default() },
    };
    let value = Answer::Event(event.clone()).to_js().unwrap();
    assert_eq!(Answer::from_js(value).unwrap(), Answer::Event(event));
}

#[wasm_bindgen_test]
fn a_seed_that_stopped_stays_nan() {
    let record = StepRecord { objective: 0, step: 1, split: Split::Train, values: vec![f32::NAN] };
    let progress = Progress { records: vec![record], ..Progress::default() };
    let value = Answer::Event(Event::Progress { run: 0, progress }).to_js();
    let Ok(Answer::Event(Event::Progress { progress, .. })) = Answer::from_js(value.unwrap())
    else {
        panic!("another event");
    };
    assert!(progress.records[0].values[0].is_nan());
}

#[wasm_bindgen_test]
fn last_words_are_a_bare_string() {
    let crash = Answer::Crashed("out of memory".to_owned());
    let value = crash.to_js().unwrap();
    assert_eq!(value.as_string().as_deref(), Some("out of memory"));
    assert_eq!(Answer::from_js(value).unwrap(), crash);
}
