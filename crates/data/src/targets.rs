//! What probes predict: labels with their rare classes gone. Comes after `split`, because a class
//! is rare by its training rows.

use crate::labels::{MAX_CLASSES, RawLabel};
use crate::notices::{list, notice};
use trefoil_protocol::{LabelKind, Notice};

/// Fewest training rows of a class that is probed.
pub const MIN_CLASS_ROWS: usize = 5;

/// A column of the labels file.
#[derive(Clone, Debug)]
pub struct Label {
    name: String,
    kind: LabelKind,
    values: Vec<f32>,
    classes: Vec<String>,
    target: Result<Target, String>,
}

/// What a probe is fitted to.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    classes: Vec<String>,
    values: Vec<f32>,
}

impl Label {
    /// Name in the header.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it is used.
    pub fn kind(&self) -> LabelKind {
        self.kind
    }

    /// One a kept row: position in [`Label::classes`], or the number itself; NaN where missing.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Names of all classes, groups or texts; empty for a number.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The class, group or text of a row in words; none where it is missing or a number.
    pub fn text(&self, row: usize) -> Option<&str> {
        let value = self.values[row];
        let class = (!value.is_nan()).then_some(value as usize)?;
        self.classes.get(class).map(String::as_str)
    }

    /// What probes are fitted to; none if it is not probed.
    pub fn target(&self) -> Option<&Target> {
        self.target.as_ref().ok()
    }

    /// Why it is not probed, if it is not.
    pub fn skipped(&self) -> Option<&str> {
        self.target.as_ref().err().map(String::as_str)
    }
}

impl Target {
    /// Names of the classes that are left; empty for a number.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// One a kept row: position in [`Target::classes`], or the number; NaN where it is missing or
    /// its class was dropped.
    pub fn values(&self) -> &[f32] {
        &self.values
    }
}

/// Decides what of a label is probed, given the training rows.
pub(crate) fn target(raw: &RawLabel, train: &[u32], notices: &mut Vec<Notice>) -> Label {
    let target = match raw.kind {
        LabelKind::Text => Err("only shown".to_owned()),
        LabelKind::Group => Err("keeps rows together in one split".to_owned()),
        LabelKind::Views => Err("names what each row is a view of".to_owned()),
        LabelKind::Split => Err("says which rows train and test".to_owned()),
        LabelKind::Number => number(raw, train),
        LabelKind::Class => class(raw, train, notices),
    };
    let is_probed_kind = matches!(raw.kind, LabelKind::Class | LabelKind::Number);
    if let (true, Err(why)) = (is_probed_kind, &target) {
        let message = format!("not probed: {why}");
        notices.push(notice("label_skipped", None, Some(&raw.name), message));
    }
    Label {
        name: raw.name.clone(),
        kind: raw.kind,
        values: raw.values.clone(),
        classes: raw.classes.clone(),
        target,
    }
}

fn number(raw: &RawLabel, train: &[u32]) -> Result<Target, String> {
    let mut values = train.iter().map(|&row| raw.values[row as usize]);
    let first = values.find(|value| !value.is_nan());
    if !values.any(|value| !value.is_nan() && Some(value) != first) {
        return Err("it does not vary over the training rows".to_owned());
    }
    Ok(Target { classes: Vec::new(), values: raw.values.clone() })
}

fn class(raw: &RawLabel, train: &[u32], notices: &mut Vec<Notice>) -> Result<Target, String> {
    let found = raw.classes.len();
    if found > MAX_CLASSES {
        return Err(format!("it has {found} classes; at most {MAX_CLASSES} are probed"));
    }
    let mut counts = vec![0_usize; found];
    for &row in train {
        let value = raw.values[row as usize];
        if !value.is_nan() {
            counts[value as usize] += 1;
        }
    }
    let (kept, rare): (Vec<usize>, Vec<usize>) =
        (0..found).partition(|&class| counts[class] >= MIN_CLASS_ROWS);
    if kept.len() < 2 {
        return Err(format!("fewer than two of its classes have {MIN_CLASS_ROWS} training rows"));
    }
    let names = |classes: &[usize]| -> Vec<String> {
        let names = classes.iter().map(|&class| raw.classes[class].clone());
        names.collect()
    };
    if !rare.is_empty() {
        let message = format!(
            "{} classes with fewer than {MIN_CLASS_ROWS} training rows are not probed: {}",
            rare.len(),
            list(&names(&rare))
        );
        notices.push(notice("rare_classes", None, Some(&raw.name), message));
    }
    let mut code = vec![f32::NAN; found];
    for (new, &old) in kept.iter().enumerate() {
        code[old] = new as f32;
    }
    let value = |&value: &f32| {
        if value.is_nan() { value } else { code[value as usize] }
    };
    Ok(Target { classes: names(&kept), values: raw.values.iter().map(value).collect() })
}
