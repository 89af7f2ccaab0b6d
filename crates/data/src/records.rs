//! Records of a text with the row numbers that a spreadsheet shows: blank lines count, line breaks
//! inside a quoted cell do not. `table` makes columns of them.

use crate::Error;
use crate::error::RaggedCause;
use crate::sniff::sniff_delimiter;
use csv::{ByteRecord, ReaderBuilder, StringRecord};
use std::io::Read;

/// A reader that takes records as they come: of any length, none of them special.
pub(crate) fn reader<R: Read>(source: R, delimiter: u8) -> csv::Reader<R> {
    ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(1 << 16)
        .from_reader(source)
}

/// Line ends that the csv crate passes over before the record that starts at `start`.
fn blank_lines(bytes: &[u8], start: usize) -> u64 {
    let mut rest = bytes.get(start..).unwrap_or_default();
    // The second half of the line end of the record before.
    if start > 0 && bytes[start - 1] == b'\r' {
        rest = rest.strip_prefix(b"\n").unwrap_or(rest);
    }
    let mut blank = 0;
    loop {
        rest = match rest {
            [b'\r', b'\n', tail @ ..] | [b'\r' | b'\n', tail @ ..] => tail,
            _ => return blank,
        };
        blank += 1;
    }
}

/// Records of a text that have at least one cell that is not blank; the first is the header.
pub(crate) struct Records<'a> {
    file: &'a str,
    text: &'a str,
    reader: csv::Reader<&'a [u8]>,
    delimiter: u8,
    row: u64,
    header: Vec<String>,
}

impl<'a> Records<'a> {
    /// Reads the header, whose names are trimmed.
    pub(crate) fn new(file: &'a str, text: &'a str, delimiter: u8) -> Result<Self, Error> {
        let mut records = Self {
            file,
            text,
            reader: reader(text.as_bytes(), delimiter),
            delimiter,
            row: 0,
            header: Vec::new(),
        };
        let mut header = StringRecord::new();
        if records.next(&mut header)?.is_none() {
            return Err(Error::Empty { file: file.to_owned() });
        }
        records.header = header.iter().map(|name| name.trim().to_owned()).collect();
        Ok(records)
    }

    pub(crate) fn header(&self) -> &[String] {
        &self.header
    }

    /// Reads the next record, which has at least as many cells as the header, and returns its
    /// row; none at the end.
    pub(crate) fn read(&mut self, record: &mut StringRecord) -> Result<Option<u64>, Error> {
        let first = self.row;
        let row = self.next(record)?;
        if let Some(row) = row {
            self.check_length(record, row, first == 1)?;
        }
        Ok(row)
    }

    fn next(&mut self, record: &mut StringRecord) -> Result<Option<u64>, Error> {
        loop {
            let start = self.reader.position().byte() as usize;
            let more = self.reader.read_record(record);
            // `decode` has found the whole text to be UTF-8, and cells are cut at ASCII.
            let more = more.map_err(|_utf8| Error::NotUtf8 {
                file: self.file.to_owned(),
                row: Some(self.row + 1),
                column: None,
                guess: "another encoding",
            })?;
            if !more {
                return Ok(None);
            }
            self.row += blank_lines(self.text.as_bytes(), start) + 1;
            let end = self.reader.position().byte() as usize;
            if end >= self.text.len() && self.is_unclosed(start) {
                return Err(Error::UnclosedQuote {
                    file: self.file.to_owned(),
                    row: self.row,
                    column: column_name(&self.header, record.len().max(1) - 1),
                });
            }
            if record.iter().any(|cell| !cell.trim().is_empty()) {
                return Ok(Some(self.row));
            }
        }
    }

    /// Whether the record from `start` to the end of the text ends inside a quoted cell: then a
    /// line put after it would belong to it.
    ///
    /// The csv crate takes such a cell as it is, to the end of the file.
    fn is_unclosed(&self, start: usize) -> bool {
        let tail = &self.text.as_bytes()[start..];
        if !tail.contains(&b'"') {
            return false;
        }
        let mut reader = reader(tail.chain(&b"\n0\n"[..]), self.delimiter);
        reader.byte_records().count() < 2
    }

    /// One cell for each name of the header; more are accepted where they are blank, as a
    /// spreadsheet writes them beside a table.
    fn check_length(&self, record: &StringRecord, row: u64, first: bool) -> Result<(), Error> {
        let (expected, found) = (self.header.len(), record.len());
        let mut rest = record.iter().skip(expected);
        if found == expected || (found > expected && rest.all(|cell| cell.trim().is_empty())) {
            return Ok(());
        }
        let cause = if record.iter().any(|cell| cell.contains('\n')) {
            RaggedCause::QuotedLineBreak
        } else if expected == 1 {
            RaggedCause::OneColumn
        } else if first && found == expected + 1 {
            RaggedCause::HeaderLacksFirst
        } else {
            RaggedCause::Unknown
        };
        Err(Error::Ragged {
            file: self.file.to_owned(),
            row,
            column: column_name(&self.header, found.min(expected - 1)),
            found,
            expected,
            cause,
        })
    }
}

/// The name in the header, or the position where there is none.
pub(crate) fn column_name(header: &[String], position: usize) -> String {
    match header.get(position) {
        Some(name) if !name.is_empty() => name.clone(),
        _ => format!("column {}", position + 1),
    }
}

/// Row and column of a byte of a text that may not even be UTF-8.
pub(crate) fn locate(bytes: &[u8], offset: usize) -> (u64, String) {
    let delimiter = sniff_delimiter(bytes);
    // A byte in place of the bad one, so that its cell is not empty and its row has begun.
    let before = &bytes[..offset];
    let mut reader = reader(before.chain(&b"x"[..]), delimiter);
    let (mut row, mut position) = (0, 0);
    let (mut header, mut record) = (Vec::new(), ByteRecord::new());
    loop {
        let start = reader.position().byte() as usize;
        // A slice of bytes cannot fail to be read.
        if !reader.read_byte_record(&mut record).unwrap_or(false) {
            // A name that is cut off is none.
            let header = if row > 1 { &header[..] } else { &[] };
            return (row, column_name(header, position));
        }
        row += blank_lines(before, start.min(before.len())) + 1;
        position = record.len().max(1) - 1;
        if row == 1 {
            let name = |cell| String::from_utf8_lossy(cell).trim().to_owned();
            header = record.iter().map(name).collect();
        }
    }
}
