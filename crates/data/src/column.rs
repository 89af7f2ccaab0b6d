//! A typed column: what `table` reads, `align` puts in order and `encode` turns into inputs.

use std::collections::HashMap;
use trefoil_protocol::Dropped;

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// A number.
    Number,
    /// 0 or 1, written as words.
    Boolean,
    /// Position among the levels.
    Category,
}

/// What encoders get of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnUse {
    /// Its values, and where they are missing.
    Values,
    /// Only where they are missing: the values there are all the same.
    Gaps,
    /// Nothing.
    Dropped,
}

/// One column of a table, with one cell a row.
#[derive(Clone, Debug)]
pub struct Column {
    pub(crate) name: String,
    pub(crate) kind: ColumnKind,
    pub(crate) used: ColumnUse,
    /// Added to every cell: not 0 where values are large beside their spread (a wavelength, a
    /// date in seconds), so that 32 bits hold the spread.
    pub(crate) offset: f64,
    /// NaN where missing.
    pub(crate) cells: Vec<f32>,
    /// Names of the categories, sorted.
    pub(crate) levels: Vec<String>,
}

impl Column {
    /// Name in the header.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its values are.
    pub fn kind(&self) -> ColumnKind {
        self.kind
    }

    /// What encoders get of it.
    pub fn used(&self) -> ColumnUse {
        self.used
    }

    /// Names of the categories, which are the values 0, 1, …; empty unless it is a category.
    pub fn levels(&self) -> &[String] {
        &self.levels
    }

    /// The value of a row as the file has it; NaN where it is missing.
    pub fn value(&self, row: usize) -> f32 {
        (self.offset + f64::from(self.cells[row])) as f32
    }

    /// All values as the file has them; NaN where missing.
    pub fn values(&self) -> Vec<f32> {
        (0..self.cells.len()).map(|row| self.value(row)).collect()
    }

    /// The same column with the cells of `rows`; NaN for none.
    pub(crate) fn gather(&self, rows: &[Option<u32>]) -> Self {
        let cell = |row: &Option<u32>| row.map_or(f32::NAN, |row| self.cells[row as usize]);
        Self {
            name: self.name.clone(),
            kind: self.kind,
            used: self.used,
            offset: self.offset,
            cells: rows.iter().map(cell).collect(),
            levels: self.levels.clone(),
        }
    }

    /// Looks at the values that are left and settles what the column is used for, and why not.
    pub(crate) fn settle(&mut self, present: &[bool]) -> Option<Dropped> {
        let mut cells = self.cells.iter().filter(|cell| !cell.is_nan());
        let first = cells.next();
        let varies = first.is_some_and(|first| cells.any(|cell| cell.to_bits() != first.to_bits()));
        let gaps = || {
            let mut rows = self.cells.iter().zip(present);
            rows.any(|(cell, present)| *present && cell.is_nan())
        };
        let why = match first {
            _ if varies => {
                self.used = ColumnUse::Values;
                return None;
            }
            Some(_) if gaps() => {
                self.used = ColumnUse::Gaps;
                return None;
            }
            Some(_) => "the same value in every row",
            None => "empty in every row",
        };
        self.used = ColumnUse::Dropped;
        Some(Dropped { column: self.name.clone(), why: why.to_owned() })
    }

    /// Forgets levels that no cell has, and numbers the rest in the order of their names. Nothing
    /// to do where there are none.
    pub(crate) fn relevel(&mut self) {
        if self.levels.is_empty() {
            return;
        }
        let mut seen = vec![false; self.levels.len()];
        for cell in self.cells.iter().filter(|cell| !cell.is_nan()) {
            seen[*cell as usize] = true;
        }
        let mut order: Vec<usize> = (0..seen.len()).filter(|&level| seen[level]).collect();
        order.sort_by(|&a, &b| self.levels[a].cmp(&self.levels[b]));
        let mut code = vec![f32::NAN; seen.len()];
        for (new, &old) in order.iter().enumerate() {
            code[old] = new as f32;
        }
        for cell in self.cells.iter_mut().filter(|cell| !cell.is_nan()) {
            *cell = code[*cell as usize];
        }
        self.levels = order.iter().map(|&l| self.levels[l].clone()).collect();
    }
}

/// Numbers different texts in the order in which they come, up to a limit.
pub(crate) struct Levels {
    codes: HashMap<String, u32>,
    names: Vec<String>,
    limit: usize,
    overflow: bool,
}

impl Levels {
    pub(crate) fn new(limit: usize) -> Self {
        Self { codes: HashMap::new(), names: Vec::new(), limit, overflow: false }
    }

    /// The number of a text; NaN once there are more than the limit.
    pub(crate) fn code(&mut self, text: &str) -> f32 {
        if let Some(&code) = self.codes.get(text) {
            return code as f32;
        }
        if self.names.len() == self.limit {
            self.overflow = true;
            return f32::NAN;
        }
        let code = self.names.len() as u32;
        self.codes.insert(text.to_owned(), code);
        self.names.push(text.to_owned());
        code as f32
    }

    /// The names, or none where there were more than the limit.
    pub(crate) fn names(self) -> Option<Vec<String>> {
        (!self.overflow).then_some(self.names)
    }
}
