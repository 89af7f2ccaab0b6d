//! What every two modalities tell of each label, in the data themselves: before any model, and the
//! truth that models are held against.

use crate::host::Host;
use crate::{Loaded, SessionError};
use std::ops::ControlFlow;
use trefoil_insight::information::discrete::Cut;
use trefoil_insight::information::of_data::{Answer, Question, answer, questions};
use trefoil_insight::information::pid::Atoms;
use trefoil_protocol::{Bits, Decomposition};

/// Questions that are answered at most: each is some tenth of a second of work.
const MOST: usize = 60;
/// Shuffled labels behind each baseline.
const SHUFFLES: usize = 20;

/// One entry a label and pair of modalities. All kept rows: nothing is fitted to a label, and few
/// rows find synergy in noise.
pub(crate) async fn decompositions<H: Host>(
    host: &H,
    loaded: &Loaded,
    watch: &mut dyn FnMut(f64) -> ControlFlow<()>,
) -> Result<Vec<Decomposition>, SessionError> {
    let data = loaded.measured.as_ref();
    let rows: Vec<usize> = (0..data.rows()).collect();
    let asked: Vec<Question> = questions(data).into_iter().take(MOST).collect();
    let mut found = Vec::new();
    for (done, &question) in asked.iter().enumerate() {
        if watch(done as f64 / asked.len() as f64).is_break() {
            return Err(SessionError::Cancelled);
        }
        // A label of which no row has both modalities has no answer.
        if let Ok(answer) = answer(data, &rows, question, Cut::default(), SHUFFLES, 0) {
            let given = data.names(&question.pair);
            found.push(decomposition(data.labels[question.label].name.clone(), given, &answer));
        }
        host.breathe().await;
    }
    Ok(found)
}

fn decomposition(target: String, given: Vec<String>, answer: &Answer) -> Decomposition {
    let estimate = &answer.estimate;
    Decomposition {
        target,
        given,
        rows: estimate.rows as u32,
        values: answer.values.map(|n| n as u32).to_vec(),
        kept: answer.kept.to_vec(),
        total: estimate.pid.total,
        bits: bits(&estimate.pid.atoms),
        gap: estimate.pid.gap,
        shuffled: estimate.baseline.as_ref().map(|b| bits(&b.mean)),
        shuffled_high: estimate.baseline.as_ref().map(|b| bits(&b.high)),
    }
}

fn bits(atoms: &Atoms) -> Bits {
    Bits {
        redundant: atoms.redundant,
        unique: vec![atoms.unique1, atoms.unique2],
        synergistic: atoms.synergy,
    }
}
