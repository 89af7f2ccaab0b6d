//! Tables of results: a number with its spread, what others have, and a rule.

use serde::Serialize;
use std::fmt;
use trefoil_protocol::Cell;

/// What an experiment found.
#[derive(Clone, Debug, Serialize)]
pub struct Table {
    /// Name of the experiment.
    pub name: String,
    /// What it shows.
    pub about: String,
    /// In the order of the text.
    pub rows: Vec<Row>,
}

/// One number.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// What was measured.
    pub what: String,
    /// Over seeds or worlds.
    pub value: Cell,
    /// What stands beside it.
    pub reference: Option<Reference>,
    /// When it holds.
    pub rule: Rule,
    /// Whether it does; null where there is no rule.
    pub pass: Option<bool>,
}

/// A value from elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reference {
    /// As it was given.
    pub value: String,
    /// Whose it is.
    pub tag: Tag,
}

/// Whose a reference value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tag {
    /// The authors' as others tell of it: their paper could not be read.
    SecondHand,
    /// Measured for Trefoil in a prototype before it was built.
    Measured,
    /// By calculation.
    Exact,
}

/// When a number holds, by its mean.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// At least this.
    AtLeast(f64),
    /// At most this.
    AtMost(f64),
    /// From the first to the second.
    Between(f64, f64),
    /// It is only shown.
    Shown,
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SecondHand => "second hand",
            Self::Measured => "measured",
            Self::Exact => "exact",
        })
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(x) => write!(f, "\u{2265} {}", figure(*x)),
            Self::AtMost(x) => write!(f, "\u{2264} {}", figure(*x)),
            Self::Between(a, b) => write!(f, "{} to {}", figure(*a), figure(*b)),
            Self::Shown => Ok(()),
        }
    }
}

impl Rule {
    fn holds(self, value: f64) -> Option<bool> {
        match self {
            Self::AtLeast(x) => Some(value >= x),
            Self::AtMost(x) => Some(value <= x),
            Self::Between(a, b) => Some((a..=b).contains(&value)),
            Self::Shown => None,
        }
    }
}

impl Row {
    /// A number under a rule; without any value the rule is broken.
    pub fn new(what: impl Into<String>, value: Cell, rule: Rule) -> Self {
        let known = rule != Rule::Shown;
        let pass = value.mean.map_or(known.then_some(false), |mean| rule.holds(mean));
        Self { what: what.into(), value, reference: None, rule, pass }
    }

    /// With a value from elsewhere beside it.
    #[must_use]
    pub fn beside(self, value: impl Into<String>, tag: Tag) -> Self {
        Self { reference: Some(Reference { value: value.into(), tag }), ..self }
    }

    fn cells(&self) -> [String; 5] {
        let reference = self
            .reference
            .as_ref()
            .map_or_else(String::new, |r| format!("{} ({})", r.value, r.tag));
        let pass = match self.pass {
            Some(true) => "holds",
            Some(false) => "FAILS",
            None => "",
        };
        [self.what.clone(), spread(&self.value), reference, self.rule.to_string(), pass.to_owned()]
    }
}

impl Table {
    /// Whether every rule holds.
    pub fn passes(&self) -> bool {
        self.rows.iter().all(|row| row.pass != Some(false))
    }
}

/// What three places would show as nothing.
fn is_tiny(x: f64) -> bool {
    x.abs() < 5e-4 && x.abs() > 1e-300
}

/// Without zeros at the end.
fn figure(x: f64) -> String {
    if is_tiny(x) {
        return format!("{x:.0e}");
    }
    let places = if x.abs() >= 10.0 { 1 } else { 3 };
    let text = format!("{x:.places$}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text.is_empty() || text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// `0.513 [0.508, 0.518], n = 5`
fn spread(cell: &Cell) -> String {
    let count = cell.per_seed.iter().flatten().count();
    let tiny = cell.mean.is_some_and(is_tiny);
    let fixed = |x: f64| match x.abs() {
        _ if tiny => format!("{x:.0e}"),
        size if size >= 10.0 => format!("{x:.1}"),
        _ => format!("{x:.3}"),
    };
    match (cell.mean, cell.low, cell.high) {
        (Some(mean), Some(low), Some(high)) => {
            format!("{} [{}, {}], n = {count}", fixed(mean), fixed(low), fixed(high))
        }
        (Some(mean), ..) => fixed(mean),
        _ => "none".to_owned(),
    }
}

const HEADER: [&str; 5] = ["what", "mean [95 % interval over seeds]", "beside it", "rule", ""];

/// As Markdown, which reads well in a terminal too.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "## {}\n\n{}\n", self.name, self.about)?;
        let mut lines: Vec<[String; 5]> = vec![HEADER.map(str::to_owned)];
        lines.extend(self.rows.iter().map(Row::cells));
        let widths: [usize; 5] = std::array::from_fn(|i| {
            lines.iter().map(|line| line[i].chars().count()).max().unwrap_or(0)
        });
        for (number, line) in lines.iter().enumerate() {
            let cells = line.iter().zip(widths).map(|(cell, width)| {
                let gap = width.saturating_sub(cell.chars().count());
                format!("| {cell}{} ", " ".repeat(gap))
            });
            writeln!(f, "{}|", cells.collect::<String>())?;
            if number == 0 {
                let rule = widths.map(|width| format!("|{}", "-".repeat(width + 2)));
                writeln!(f, "{}|", rule.concat())?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trefoil_insight::stats::cell;

    #[test]
    fn a_rule_is_held_against_the_mean() {
        let row = |rule| Row::new("x", cell(&[Some(0.4), Some(0.6)]), rule).pass;
        assert_eq!(row(Rule::AtLeast(0.5)), Some(true));
        assert_eq!(row(Rule::AtLeast(0.51)), Some(false));
        assert_eq!(row(Rule::AtMost(0.49)), Some(false));
        assert_eq!(row(Rule::Between(0.4, 0.6)), Some(true));
        assert_eq!(row(Rule::Shown), None);
        assert_eq!(Row::new("none", cell(&[None]), Rule::AtMost(1.0)).pass, Some(false));
    }

    #[test]
    fn numbers_keep_what_they_say() {
        let texts = [1e-12, 0.95, 0.999, 45.0, 71.31, 0.0, -0.5].map(figure);
        assert_eq!(texts, ["1e-12", "0.95", "0.999", "45", "71.3", "0", "-0.5"]);
        assert_eq!(spread(&cell(&[Some(3e-15)])), "3e-15");
        assert_eq!(spread(&cell(&[Some(0.5), Some(0.5)])), "0.500 [0.500, 0.500], n = 2");
    }

    #[test]
    fn a_table_is_markdown() {
        let row = Row::new("accuracy", cell(&[Some(1.0), Some(0.5)]), Rule::AtLeast(0.9))
            .beside("1.000", Tag::SecondHand);
        let table = Table { name: "n".to_owned(), about: "About.".to_owned(), rows: vec![row] };
        let text = table.to_string();
        assert!(text.starts_with("## n\n\nAbout.\n\n| what "), "{text}");
        assert!(text.contains("1.000 (second hand)") && text.contains("\u{2265} 0.9"), "{text}");
        assert!(text.contains("FAILS") && !table.passes());
        let widths: Vec<usize> = text.lines().skip(4).map(|line| line.chars().count()).collect();
        assert!(widths.windows(2).all(|w| w[0] == w[1]), "{text}");
    }
}
