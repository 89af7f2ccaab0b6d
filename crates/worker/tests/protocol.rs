//! What page and worker say to each other, in a real worker of a real browser.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a test says so by failing")]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use trefoil_protocol::js::{Answer, Message, Upload};
use trefoil_protocol::{
    Command, DataSource, Event, ExecutorKind, FileRole, Generator, Progress, RunConfig, Split,
    StepRecord, Value,
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

/// The machine that runs the tests must have WebGPU in workers, or later tests would silently
/// test the other executor.
#[wasm_bindgen_test]
async fn a_worker_has_a_webgpu_adapter() {
    let (letterbox, inbox) = pair();
    let events = conversation(letterbox, inbox).await;
    let Some(Event::Executor { info }) = events.get(1) else {
        panic!("no executor in {events:?}");
    };
    assert_eq!(info.kind, ExecutorKind::Gpu, "{}", info.reason);
    assert!(!info.adapter.is_empty());
}

#[wasm_bindgen_test]
async fn every_message_is_answered_in_order() {
    let (letterbox, inbox) = pair();
    for name in ["one.csv", "two.csv"] {
        let upload =
            Upload { role: FileRole::Modality, name: name.to_owned(), file: JsValue::NULL };
        let message = Message { command: Command::Play, files: vec![upload] };
        letterbox.put(message.to_js().unwrap());
    }
    letterbox.put(JsValue::from_f64(3.0));
    let faults: Vec<_> = conversation(letterbox, inbox)
        .await
        .into_iter()
        .filter_map(|event| match event {
            Event::Fault { fault } => Some(fault),
            _ => None,
        })
        .collect();
    assert_eq!(faults.len(), 3);
    assert_eq!(faults[0].file.as_deref(), Some("one.csv"));
    assert_eq!(faults[1].file.as_deref(), Some("two.csv"));
    assert!(faults[2].message.contains("does not understand"));
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
