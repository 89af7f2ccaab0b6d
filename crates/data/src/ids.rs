//! Which column tells the rows apart, and its cells. Part of `table`.

use crate::Error;
use crate::cell;
use crate::records::column_name;
use crate::sniff::Dialect;
use std::collections::HashMap;

/// The ids as they are read, and where they come from: a column `id` in any case (`id` itself
/// before `ID`), else the first column, whose cells must then all be different, non-empty and not
/// fractional.
///
/// Ids are compared as text, without white space around them; words for missing values are ids
/// (NA is Namibia).
pub(crate) struct Ids<'a> {
    file: &'a str,
    decimal_comma: bool,
    pub(crate) column: String,
    pub(crate) position: usize,
    pub(crate) by_name: bool,
    pub(crate) cells: Vec<String>,
    rows: HashMap<String, u64>,
}

impl<'a> Ids<'a> {
    pub(crate) fn choose(file: &'a str, header: &[String], dialect: Dialect) -> Self {
        let exact = header.iter().position(|name| name == "id");
        let any_case = || header.iter().position(|n| n.eq_ignore_ascii_case("id"));
        let named = exact.or_else(any_case);
        let position = named.unwrap_or(0);
        Self {
            file,
            decimal_comma: dialect.decimal_comma,
            column: column_name(header, position),
            position,
            by_name: named.is_some(),
            cells: Vec::new(),
            rows: HashMap::new(),
        }
    }

    pub(crate) fn push(&mut self, id: &str, row: u64) -> Result<(), Error> {
        let first = self.rows.get(id).copied();
        let fractional = || !self.by_name && cell::is_fractional(id, self.decimal_comma);
        if id.contains(['\r', '\n']) {
            return Err(Error::BrokenId {
                file: self.file.to_owned(),
                row,
                column: self.column.clone(),
            });
        }
        if id.is_empty() || first.is_some() || fractional() {
            return Err(self.refuse(id, row, first));
        }
        self.rows.insert(id.to_owned(), row);
        self.cells.push(id.to_owned());
        Ok(())
    }

    fn refuse(&self, id: &str, row: u64, first: Option<u64>) -> Error {
        let (file, column) = (self.file.to_owned(), self.column.clone());
        if self.by_name {
            return match first {
                None => Error::EmptyId { file, row, column },
                Some(first) => Error::DuplicateId { file, row, column, id: id.to_owned(), first },
            };
        }
        let why = match first {
            _ if id.is_empty() => "this cell is empty".to_owned(),
            Some(first) => format!("\u{201c}{id}\u{201d} is in row {first} already"),
            None => format!("\u{201c}{id}\u{201d} is a fractional number"),
        };
        Error::NoIdColumn { file, row, column, why }
    }
}
