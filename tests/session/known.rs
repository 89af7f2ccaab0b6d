//! Data with known truth: what an objective finds, and what it cannot.

use crate::double::{config, play, script, to_the_end, xor};
use trefoil_protocol::{StopReason, Value};

/// One bit a modality, c = a ⊕ b: of two modalities no one tells the third, of both either does
/// (Symile, Saporta et al. 2024, §5.1: 1.00 against 0.50).
#[test]
fn symile_finds_exclusive_or_and_clip_cannot() {
    let mut config = config(xor(200), &["clip", "symile"], 80);
    for (key, value) in [("lr", 0.05), ("patience", 0.0), ("batch", 100.0)] {
        config.set.insert(key.to_owned(), Value::Number(value));
    }
    let said = play(script(&config, &to_the_end()));
    assert!(said.faults().is_empty(), "{:?}", said.faults());
    let report = said.report();
    let [clip, symile] = [0, 1].map(|objective| {
        let retrieval = &report.objectives[objective].retrieval;
        let from_both = retrieval.iter().filter(|r| r.given.len() == 2);
        let cells: Vec<f64> =
            from_both.flat_map(|r| r.top1.per_seed.iter().flatten()).copied().collect();
        assert_eq!(cells.len(), 3 * 2);
        cells
    });
    assert!(symile.iter().all(|top1| *top1 > 0.99), "{symile:?}");
    assert!((clip.iter().sum::<f64>() / clip.len() as f64) < 0.6, "{clip:?}");
    assert!(report.objectives.iter().all(|o| o.stopped == [StopReason::Limit; 2]));

    // One bit that no pair shows: by counting, and by the losses.
    let beyond = report.beyond_pairs.as_ref().expect("Symile and CLIP, complete rows");
    let exact = beyond.exact.as_ref().expect("fifty rows a combination");
    assert!((exact.beyond - 2.0_f64.ln()).abs() < 0.05 && exact.shown < 0.05, "{exact:?}");
    let mean = |cell: &trefoil_protocol::Cell| cell.mean.expect("two seeds");
    assert!(mean(&beyond.total) <= beyond.ceiling && mean(&beyond.beyond) > 0.3, "{beyond:?}");
    assert!(mean(&beyond.shown) < 0.15, "{beyond:?}");
    let bit = report.decompositions.iter().find(|d| d.target == "a_bit_1" && d.given == ["b", "c"]);
    let bit = bit.expect("each label and pair");
    assert!(bit.bits.synergistic > 0.95 && bit.bits.redundant < 0.02, "{bit:?}");
    let own = report.decompositions.iter().find(|d| d.target == "a_bit_1" && d.given == ["a", "b"]);
    let own = own.expect("each label and pair");
    assert!(own.bits.unique[0] > 0.95 && own.bits.synergistic < 0.02, "{own:?}");

    // Neither has blocks of its own; what they keep of the bits is known all the same, beside what
    // the raw features do.
    for column in report.baselines.iter().chain(&report.objectives) {
        let recovery = column.recovery.as_ref().expect("the truth is known");
        assert_eq!(recovery.factors, ["a_bit_1", "b_bit_1"]);
        assert_eq!(recovery.blocks, ["all", "modality:a", "modality:b", "modality:c"]);
        // From itself, but not from the other that it is independent of.
        let r2 = |factor: usize, block: usize| recovery.r2[factor][block].mean.expect("a value");
        assert!(r2(0, 1) > 0.95 && r2(0, 2) < 0.1, "{}: {:?}", column.name, recovery.r2);
        assert!(r2(1, 2) > 0.95 && r2(1, 1) < 0.1, "{}: {:?}", column.name, recovery.r2);
    }
}
