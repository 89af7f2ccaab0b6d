//! What the columns show, cut out of the view of the run.

use crate::link::Link;
use leptos::prelude::*;
use std::str::FromStr;
use std::sync::Arc;
use trefoil_protocol::{
    BlockInfo, BlockSelection, NeedsSeveral, ObjectiveName, ObjectiveReport, ObjectiveSpec,
    Orthogonality, Points, ProbeResult, Recovery, RetrievalResult, RunId, RunView, Sharing,
    Snapshot, Split, StopReason, SynergyControl,
};

/// Whose column it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Slot {
    /// An objective, by its position.
    Objective(usize),
    /// 0 the raw features, 1 an untrained encoder.
    Baseline(usize),
}

/// A column of the comparison.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Column {
    /// Whose.
    pub(super) slot: Slot,
    /// For people.
    pub(super) title: String,
    /// What sets it apart from a column of the same title.
    pub(super) detail: String,
    /// Sets its colour.
    pub(super) class: &'static str,
    /// Run that it belongs to.
    pub(super) run: RunId,
}

impl Column {
    fn objective(position: usize, name: &str, run: RunId) -> Self {
        let spec = ObjectiveSpec::from_str(name).ok();
        let (title, class) = match spec.as_ref().map(|s| s.name) {
            Some(ObjectiveName::Clip) => (ObjectiveName::Clip.title(), "o-clip"),
            Some(ObjectiveName::Symile) => (ObjectiveName::Symile.title(), "o-symile"),
            Some(ObjectiveName::Hcl) => (ObjectiveName::Hcl.title(), "o-hcl"),
            Some(ObjectiveName::Coral) => (ObjectiveName::Coral.title(), "o-coral"),
            Some(ObjectiveName::Comm) => (ObjectiveName::Comm.title(), "o-comm"),
            Some(ObjectiveName::CrossSelf) => (ObjectiveName::CrossSelf.title(), "o-cross_self"),
            None => (name, ""),
        };
        let own = spec.map(|s| s.set).unwrap_or_default();
        let detail: Vec<String> =
            own.iter().map(|(key, value)| format!("{key} = {value}")).collect();
        Self {
            slot: Slot::Objective(position),
            title: title.to_owned(),
            detail: detail.join(", "),
            class,
            run,
        }
    }

    fn baseline(which: usize, run: RunId) -> Self {
        let (title, class) =
            if which == 0 { ("Raw features", "o-raw") } else { ("Untrained", "o-untrained") };
        let slot = Slot::Baseline(which);
        Self { slot, title: title.to_owned(), detail: String::new(), class, run }
    }

    /// Title and detail.
    pub(super) fn name(&self) -> String {
        if self.detail.is_empty() {
            self.title.clone()
        } else {
            format!("{} ({})", self.title, self.detail)
        }
    }
}

/// What was measured of one column: the last look at it, or its part of the report.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    key: Key,
    /// On which rows.
    pub(super) rows: Split,
    /// Whether every seed diverged, so that nothing could be measured.
    pub(super) lost: bool,
    pub(super) sharing: Sharing,
    pub(super) probes: Vec<ProbeResult>,
    pub(super) retrieval: Vec<RetrievalResult>,
    pub(super) recovery: Option<Recovery>,
    /// Of the report.
    pub(super) control: Option<SynergyControl>,
    pub(super) blocks: Vec<BlockInfo>,
    /// What to doubt in them.
    pub(super) doubts: Vec<String>,
    pub(super) needs_several: Vec<NeedsSeveral>,
    pub(super) orthogonality: Option<Orthogonality>,
    pub(super) selection: Vec<BlockSelection>,
}

/// Run, steps done, whether it is of the report: two findings of a column with the same key are
/// the same.
type Key = (RunId, u32, bool);

/// A finding that is compared by identity, which is what a memo needs.
#[derive(Clone, Debug)]
pub(super) struct Found(pub(super) Arc<Finding>);

impl PartialEq for Found {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// One entry a slot: objectives, then the two baselines.
type Findings = Vec<Option<Found>>;

/// What all pictures have in common. From context.
#[derive(Clone, Copy)]
pub(super) struct Stage {
    pub(super) link: Link,
    /// Names of the modalities of the data, in order.
    pub(super) modalities: Memo<Vec<String>>,
    /// The columns that are shown.
    pub(super) columns: Memo<Vec<Column>>,
    /// Whether the baselines are.
    pub(super) baselines: RwSignal<bool>,
    /// Step under the pointer in any of the curves.
    pub(super) step: RwSignal<Option<f64>>,
    findings: Memo<Findings>,
}

impl Stage {
    /// Slices the view of the [`Link`] in context.
    pub(super) fn new() -> Self {
        let link = expect_context::<Link>();
        let view = link.view;
        let modalities = Memo::new(move |_| {
            view.with(|view| {
                let data = view.data.as_ref();
                data.map(|d| d.modalities.iter().map(|m| m.name.clone()).collect())
                    .unwrap_or_default()
            })
        });
        let baselines = RwSignal::new(true);
        let columns = Memo::new(move |_| {
            let with_baselines = baselines.get();
            view.with(|view| columns(view, with_baselines))
        });
        let findings =
            Memo::new(move |before: Option<&Findings>| view.with(|view| findings(view, before)));
        Self { link, modalities, columns, baselines, step: RwSignal::new(None), findings }
    }

    /// What was found of a column.
    pub(super) fn finding(self, slot: Slot) -> Memo<Option<Found>> {
        Memo::new(move |_| {
            let objectives = self.link.view.with_untracked(|view| view.objectives.len());
            self.findings.with(|all| all.get(position(slot, objectives)).cloned().flatten())
        })
    }

    /// What was found of every column that is shown.
    pub(super) fn shown(self) -> Memo<Vec<Found>> {
        Memo::new(move |_| {
            let objectives = self.link.view.with_untracked(|view| view.objectives.len());
            let slots = self.columns.with(|c| c.iter().map(|c| c.slot).collect::<Vec<_>>());
            self.findings.with(|all| {
                let of = |slot| all.get(position(slot, objectives)).cloned().flatten();
                slots.into_iter().filter_map(of).collect()
            })
        })
    }

    /// The points of a column, and which rows they are.
    pub(super) fn points(self, slot: Slot) -> Memo<Option<Shown>> {
        Memo::new(move |before: Option<&Option<Shown>>| {
            self.link.view.with(|view| {
                let (key, rows, points) = points(view, slot)?;
                match before {
                    Some(Some(old)) if old.key == key => Some(old.clone()),
                    _ => Some(Shown { key, rows, points: Arc::new(points.clone()) }),
                }
            })
        })
    }
}

/// Points of a column, compared by what they are of.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    key: Key,
    /// On which rows.
    pub(super) rows: Split,
    /// The points.
    pub(super) points: Arc<Points>,
}

impl PartialEq for Shown {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

fn position(slot: Slot, objectives: usize) -> usize {
    match slot {
        Slot::Objective(i) => i,
        Slot::Baseline(i) => objectives + i,
    }
}

fn columns(view: &RunView, with_baselines: bool) -> Vec<Column> {
    let objectives = view.objectives.iter().enumerate();
    let mut columns: Vec<Column> =
        objectives.map(|(i, o)| Column::objective(i, &o.start.name, view.run)).collect();
    if with_baselines && !columns.is_empty() {
        columns.extend([0, 1].map(|which| Column::baseline(which, view.run)));
    }
    columns
}

fn findings(view: &RunView, before: Option<&Findings>) -> Findings {
    let looks = view.objectives.iter().map(|o| o.snapshot.as_ref());
    let looks = looks.chain(view.baselines.iter().map(Option::as_ref));
    let reports = view.report.as_ref().map(|r| r.objectives.iter().chain(&r.baselines));
    let mut reports = reports.into_iter().flatten();
    looks
        .enumerate()
        .map(|(i, look)| {
            let report = reports.next();
            let key = (view.run, look.map_or(0, |l| l.step), report.is_some());
            match before.and_then(|b| b.get(i)) {
                Some(Some(old)) if old.0.key == key => Some(old.clone()),
                _ => report
                    .map(|r| of_report(key, r))
                    .or_else(|| look.map(|l| of_look(key, l)))
                    .map(|finding| Found(Arc::new(finding))),
            }
        })
        .collect()
}

fn of_report(key: Key, report: &ObjectiveReport) -> Finding {
    Finding {
        key,
        rows: Split::Test,
        lost: report.stopped.iter().all(|stop| *stop == StopReason::Diverged),
        sharing: report.sharing.clone(),
        probes: report.probes.clone(),
        retrieval: report.retrieval.clone(),
        recovery: report.recovery.clone(),
        control: report.synergy_control.clone(),
        blocks: report.structure.blocks.clone(),
        doubts: report.structure.doubts.clone(),
        needs_several: report.needs_several.clone(),
        orthogonality: report.orthogonality.clone(),
        selection: report.selection.clone(),
    }
}

fn of_look(key: Key, look: &Snapshot) -> Finding {
    Finding {
        key,
        rows: Split::Validation,
        lost: false,
        sharing: look.sharing.clone(),
        probes: look.probes.clone(),
        retrieval: look.retrieval.clone(),
        recovery: None,
        control: None,
        blocks: Vec::new(),
        doubts: Vec::new(),
        needs_several: Vec::new(),
        orthogonality: None,
        selection: Vec::new(),
    }
}

fn points(view: &RunView, slot: Slot) -> Option<(Key, Split, &Points)> {
    let position = position(slot, view.objectives.len());
    let test = view.report.as_ref().and(view.test_points.get(position));
    if let Some(points) = test {
        return Some(((view.run, u32::MAX, true), Split::Test, points));
    }
    let look = match slot {
        Slot::Objective(i) => view.objectives.get(i)?.snapshot.as_ref()?,
        Slot::Baseline(i) => view.baselines.get(i)?.as_ref()?,
    };
    Some(((view.run, look.step, false), Split::Validation, &look.points))
}

/// Class that sets the colour of a modality.
pub(super) fn modality_class(names: &[String], name: &str) -> &'static str {
    const CLASSES: [&str; 8] = ["m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7"];
    names.iter().position(|n| n == name).and_then(|i| CLASSES.get(i)).copied().unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use trefoil_protocol::{Event, ObjectiveStart};

    fn started() -> RunView {
        let start = |name: &str| ObjectiveStart {
            name: name.to_owned(),
            terms: vec!["loss".to_owned()],
            losses: 1,
            chance: None,
            validation_chance: None,
            parameters: 1,
            dispatches: 1,
        };
        let mut view = RunView::default();
        view.apply(Event::Started {
            run: 3,
            config: Box::default(),
            objectives: vec![start("clip"), start("hcl:form=linear")],
            seeds: vec![0],
        });
        view
    }

    fn look(objective: u32, step: u32) -> Event {
        let snapshot = Snapshot {
            objective,
            step,
            sharing: Sharing::default(),
            points: Points::default(),
            probes: Vec::new(),
            retrieval: Vec::new(),
        };
        Event::Snapshot { run: 3, snapshot: Box::new(snapshot) }
    }

    #[test]
    fn objectives_come_first_and_baselines_can_be_hidden() {
        let view = started();
        let all = columns(&view, true);
        let slots: Vec<Slot> = all.iter().map(|c| c.slot).collect();
        let objectives = [Slot::Objective(0), Slot::Objective(1)];
        assert_eq!(slots[..2], objectives);
        assert_eq!(slots[2..], [Slot::Baseline(0), Slot::Baseline(1)]);
        assert_eq!((all[1].class, all[1].detail.as_str()), ("o-hcl", "form = linear"));
        assert_eq!(columns(&view, false).len(), 2);
        assert_eq!(columns(&RunView::default(), true), []);
    }

    #[test]
    fn only_what_was_looked_at_again_is_new() {
        let mut view = started();
        view.apply(look(0, 5));
        view.apply(look(3, 0));
        let first = findings(&view, None);
        assert_eq!(
            first.iter().map(Option::is_some).collect::<Vec<_>>(),
            [true, false, false, true]
        );
        view.apply(look(0, 6));
        let second = findings(&view, Some(&first));
        assert!(second[0] != first[0], "a newer look is another finding");
        assert!(second[3] == first[3], "the same look is the same finding");
    }
}
