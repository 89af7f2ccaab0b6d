//! One batch, from the bytes of CSV files to a sharing map: every crate once, in the order in which
//! data passes through them. Read this first; `trefoil_train::Session` does the same for several
//! objectives, step after step, without blocking whoever talks to it.

use ndarray::{Array1, Axis};
use pollster::block_on;
use std::sync::Arc;
use trefoil_data::{Layout, NamedBytes};
use trefoil_insight::{Block, Column, Look, Part, Replica, Retriever, Study, retrieval};
use trefoil_objectives::{build, training};
use trefoil_plan::{Cpu, Executor, Phase, Place, Work, record};
use trefoil_protocol::{DataSource, FileRole, ObjectiveName, Settings};
use trefoil_train::Loaded;

/// Two tables about the same sixty rows; `sound` also knows something of its own.
fn tables() -> [NamedBytes; 2] {
    let shared = |i: usize, j: usize| ((i * 7 + j * 3) as f64 * 0.61).sin();
    let own = |i: usize, j: usize| ((i * i + j * 5) as f64 * 1.37).cos();
    let table = |name: &str, row: &dyn Fn(usize) -> String| NamedBytes {
        name: name.to_owned(),
        bytes: (0..60).fold("id,u,v,w\n".to_owned(), |t, i| t + &row(i)).into_bytes(),
    };
    let sight = |i: usize| format!("r{i},{},{},{}\n", shared(i, 0), shared(i, 1), -shared(i, 0));
    let sound = |i: usize| format!("r{i},{},{},{}\n", shared(i, 1), own(i, 0), own(i, 1));
    [table("sight.csv", &sight), table("sound.csv", &sound)]
}

#[test]
fn life_of_a_batch() {
    // `data`: bytes become rows that are aligned by id, then split, imputed and standardised.
    let files = tables();
    let roles = files.each_ref().map(|file| (FileRole::Modality, file.name.clone()));
    let layout = Layout::of_files(&roles, None).expect("two modalities");
    let aligned = Arc::new(layout.read(&files).expect("good tables"));
    let source = DataSource::Files { files: Vec::new(), group: None, views: None };
    let seed = 5;

    // `train` holds it twice: as tables for executors, and as what the yardstick looks at.
    let loaded = Loaded::new(source, &aligned, seed);
    assert_eq!(loaded.dataset.rows(), 60);
    assert_eq!(loaded.dataset.splits().train().len(), 36);

    // `objectives`: CLIP on data of this shape; `protocol` has its settings.
    let settings = Settings { batch: 16, width: 8, embedding: 4, ..Settings::default() };
    let shape = loaded.shape(settings.batch);
    let clip = build(ObjectiveName::Clip, &settings, &shape).expect("the settings fit");

    // `plan`: its forward pass is recorded once, and gives lists of dispatches for each phase:
    // encode, compare, walk back, step the weights and draw the next batch.
    let steps = 20;
    let plan = Arc::new(record(clip.as_ref(), &training(&settings, &shape, loaded.sizes(steps))));
    assert!(plan.phase(Phase::Train).len() > plan.phase(Phase::Embed).len());

    // An executor (this one, or `gpu`) makes room for two replicas, one a seed, and does the work.
    let executor = Cpu::<f32>::new();
    let run = block_on(executor.prepare(&plan, &loaded.tables, &[0, 1])).expect("room");
    executor.submit(&[Work { run: &run, phases: &[Phase::Train] }]).expect("a step");

    // The ring has the loss of that one batch, for each replica; not the same, since each draws its
    // own batch for its own weights.
    let losses = |step: u32| {
        let row = Place { rows: 1, offset: plan.ring.offset + step * plan.ring.cols, ..plan.ring };
        let values = block_on(executor.read(&run, &[row])).expect("the ring").remove(0);
        [values[0], values[plan.ring.cols as usize]]
    };
    let first = losses(0);
    assert!(first[0].to_bits() != first[1].to_bits());

    // The other steps; then every row is embedded, in batches of 60 here.
    executor
        .submit(&[Work { run: &run, phases: &[Phase::Train; 19] }])
        .and_then(|()| executor.submit(&[Work { run: &run, phases: &[Phase::Embed] }]))
        .expect("more steps");
    let last = losses(steps - 1);
    assert!(last[0] < first[0] && last[1] < first[1], "{last:?} after {first:?}");
    assert_eq!(plan.embed_rows, 60);
    let places: Vec<Place> = plan.outputs.iter().map(|output| output.place).collect();
    let values = block_on(executor.read(&run, &places)).expect("embeddings");
    let outputs = plan
        .outputs
        .iter()
        .zip(values)
        .map(|(output, values)| {
            // Replica after replica: the first half is the first one's.
            let one = Array1::from(values[..60 * 4].to_vec());
            (output.name.clone(), one.into_shape_with_order((60, 4)).expect("60 rows of 4"))
        })
        .collect();

    // `objectives` again: what do these numbers mean?
    let present = loaded.present();
    let readout = clip.readout(&outputs, &present);
    assert!(readout.blocks.is_empty(), "CLIP has one space for all");
    let part = |(values, present): (&ndarray::Array2<f32>, &Vec<bool>)| Part {
        values: values.clone(),
        present: present.clone(),
    };
    let all = readout.modalities.iter().zip(&present).map(part).collect();
    let replica = Replica { modality: readout.modalities, all, blocks: Vec::<Block>::new() };

    // `insight`: directions fitted on training rows, every number computed on test rows.
    let rows = |split: &[u32]| split.iter().map(|&row| row as usize).collect::<Vec<_>>();
    let splits = loaded.dataset.splits();
    let look =
        Look::report(&rows(splits.train()), &rows(splits.validation()), &rows(splits.test()));
    let mut study = Study::new(loaded.measured.clone(), look).expect("sound data");
    let mut column = Column::new();
    column.begin(&study, &replica).expect("finite embeddings");
    let mut answer = |task: &retrieval::Task| {
        let score = clip.score(&outputs, task.target, &task.given);
        retrieval::Scores {
            queries: score.queries.select(Axis(0), &task.queries),
            candidates: score.candidates.select(Axis(0), &task.candidates),
            filled: score.filled,
        }
    };
    while !column.step(&mut study, &replica, &mut Retriever::Objective(&mut answer)) {}
    let found = column.finish(&study);

    // What page, command line and `report.json` show, in the words of `protocol`.
    let shared = found.sharing.components.iter().find(|c| c.subset.len() == 2);
    let shared = shared.expect("what both tables have is found");
    for modality in ["sight", "sound"] {
        let readability = shared.readability[modality].mean.expect("one seed");
        assert!(readability > found.sharing.null, "{modality}: {readability}");
    }
    assert_eq!(found.sharing.held_out_rows, 12);
    assert_eq!(found.retrieval.len(), 2);
}
