//! Objectives that train on two views of a batch, on rows that are views of things.

use crate::double::{Files, Said, config, files, play_with, script, table, to_the_end, written};
use trefoil_protocol::{DataSource, Value};

/// Forty things in three modalities, three views of each, and labels that say of which thing a row
/// is a view and in which split it is.
fn viewed() -> (Files, DataSource) {
    let tables = crate::double::generated(&crate::double::hierarchy_of(&[4, 4, 4], 120));
    let ids: Vec<String> = table(&tables["a.csv"]).into_iter().map(|row| row[0].clone()).collect();
    let split = |thing: usize| match thing {
        0..24 => "train",
        24..32 => "validation",
        _ => "test",
    };
    let mut labels = vec![vec![ids[0].clone(), "thing".to_owned(), "split".to_owned()]];
    labels.extend(ids[1..].iter().enumerate().map(|(row, id)| {
        vec![id.clone(), format!("thing {}", row / 3), split(row / 3).to_owned()]
    }));
    let mut all = tables;
    all.insert("labels.csv".to_owned(), written(&labels));
    let DataSource::Files { files, group, .. } = files(&all, None) else { unreachable!() };
    let source = DataSource::Files { files, group, views: Some("thing".to_owned()) };
    (all, source)
}

fn run(objectives: &[&str], changes: &[(&str, f64)]) -> Said {
    let (all, source) = viewed();
    let mut config = config(source, objectives, 6);
    for (key, value) in changes {
        config.set.insert((*key).to_owned(), Value::Number(*value));
    }
    let said = play_with(script(&config, &to_the_end()), all, |_| None);
    assert!(said.faults().is_empty(), "{:?}", said.faults());
    said
}

#[test]
fn objectives_of_two_views_train_on_views_of_things_in_given_splits() {
    let said =
        run(&["coral", "comm", "cross_self"], &[("noise", 0.0), ("drop", 0.0), ("swap", 0.0)]);
    assert_eq!(said.report().data.split, [72, 24, 24]);
    assert_eq!(said.report().objectives.len(), 3);
    // Nothing but the other row of a thing makes views differ: they do, or every contrast of one
    // modality with itself would be that of equal rows.
    let with = said.losses();
    let (all, source) = viewed();
    let DataSource::Files { files, group, .. } = source else { unreachable!() };
    let mut config = config(DataSource::Files { files, group, views: None }, &["coral"], 6);
    for key in ["noise", "drop", "swap"] {
        config.set.insert(key.to_owned(), Value::Number(0.0));
    }
    let without = play_with(script(&config, &to_the_end()), all, |_| None);
    let unique =
        |text: &str| -> f64 { term(text, "coral", "unique").expect("a term of the first step") };
    assert!((unique(with) - unique(without.losses())).abs() > 1e-4);
}

/// A term of the first training step of the first seed.
fn term(losses: &str, objective: &str, term: &str) -> Option<f64> {
    let wanted = format!("{objective},3,1,train,{term},");
    losses.lines().find_map(|line| line.strip_prefix(&wanted)?.parse().ok())
}

/// What `CoMM` has of all modalities is what `COrAL` has on its shared path when nothing is masked:
/// one starts with the weights and the views of the other.
#[test]
fn comm_is_the_shared_path_of_coral_without_masks() {
    let losses = run(&["coral", "comm"], &[("mask", 0.0)]);
    let shared = term(losses.losses(), "coral", "shared").expect("a term");
    let all = term(losses.losses(), "comm", "all").expect("a term");
    assert!((shared - all).abs() < 1e-6, "{shared} {all}");
    let losses = run(&["coral", "comm"], &[("mask", 0.75)]);
    let shared = term(losses.losses(), "coral", "shared").expect("a term");
    assert!((shared - all).abs() > 1e-4, "{shared} {all}");
}

/// Data of three modalities with so many columns, trained on tokens of features.
fn on_features(dims: &[u32]) -> Said {
    let data = DataSource::Generated(crate::double::hierarchy_of(dims, 120));
    let mut config = config(data, &["coral", "comm"], 6);
    config.set.insert("tokenizer".to_owned(), Value::Word("feature".to_owned()));
    config.set.insert("token_width".to_owned(), Value::Number(8.0));
    play_with(script(&config, &to_the_end()), Files::new(), |_| None)
}

#[test]
fn tokens_of_features_train_and_ask_for_few_columns() {
    let said = on_features(&[4, 5, 6]);
    assert!(said.faults().is_empty(), "{:?}", said.faults());
    for objective in &said.report().objectives {
        assert!(objective.steps.iter().all(|&steps| steps == 6), "{}", objective.name);
    }
    let wide = on_features(&[65, 5, 6]);
    let words = "COrAL and CoMM with a token for each column (tokenizer=feature) take 64 columns of \
                 a modality at most, and a has 65; let tokens come from the encoder \
                 (tokenizer=encoder), or switch a off";
    assert_eq!(wide.faults()[0].message, words);
}
