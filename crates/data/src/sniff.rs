//! Which delimiter, and whether numbers are written with a decimal comma. `records` splits by the
//! one, `cell` reads numbers by the other.

use crate::cell;
use crate::records::reader;
use csv::ByteRecord;

/// How the numbers and cells of a file are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub(crate) delimiter: u8,
    pub(crate) decimal_comma: bool,
}

/// In the order in which they win where nothing else tells.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The dialect, and the text without the line `sep=;` that some spreadsheets put first.
pub(crate) fn sniff(text: &str) -> (Dialect, &str) {
    let (delimiter, text) = match declared_delimiter(text) {
        Some((delimiter, rest)) => (delimiter, rest),
        None => (sniff_delimiter(text.as_bytes()), text),
    };
    let decimal_comma = has_decimal_comma(text.as_bytes(), delimiter);
    let dialect = Dialect { delimiter, decimal_comma };
    (dialect, text)
}

fn declared_delimiter(text: &str) -> Option<(u8, &str)> {
    let (line, rest) = text.split_once('\n')?;
    let (key, value) = line.trim_end_matches('\r').split_at_checked(4)?;
    let [delimiter] = value.as_bytes() else {
        return None;
    };
    let known = key.eq_ignore_ascii_case("sep=") && DELIMITERS.contains(delimiter);
    known.then_some((*delimiter, rest))
}

/// The delimiter under which the first records look most like a table: as many cells in each row
/// as in the header, and cells that are numbers.
///
/// Rows alone do not tell: `1,5;2,5` is three cells by the comma as well.
pub(crate) fn sniff_delimiter(bytes: &[u8]) -> u8 {
    let mut best = (b',', 0.0, 0);
    for delimiter in DELIMITERS {
        let (mut columns, mut rows, mut even) = (0, 0_u32, 0_u32);
        let (mut cells, mut numbers) = (0_u32, 0_u32);
        sample(bytes, delimiter, 1 << 16, |record| {
            if columns == 0 {
                columns = record.len();
                return;
            }
            rows += 1;
            even += u32::from(record.len() == columns);
            for cell in record.iter().skip(1) {
                cells += 1;
                numbers += u32::from(cell::is_number_like(&String::from_utf8_lossy(cell)));
            }
        });
        if columns < 2 {
            continue;
        }
        let share = |part: u32, whole: u32| f64::from(part) / f64::from(whole.max(1));
        // Not zero for a table of words.
        let score = (0.1 + share(even, rows)) * (0.1 + share(numbers, cells));
        if score > best.1 + 1e-9 || (score > best.1 - 1e-9 && columns > best.2) {
            best = (delimiter, score, columns);
        }
    }
    best.0
}

/// Whether more cells are numbers with a decimal comma than with a point.
///
/// `1,234` may be a thousand: where every comma could separate thousands it is decimal only if
/// cells are separated by a semicolon, which spreadsheets use because the comma is taken.
fn has_decimal_comma(bytes: &[u8], delimiter: u8) -> bool {
    let (mut comma, mut thousands, mut point) = (0_u32, 0_u32, 0_u32);
    let mut header = true;
    sample(bytes, delimiter, 1 << 20, |record| {
        if std::mem::take(&mut header) {
            return;
        }
        for cell in record {
            // Most cells have neither and need no look.
            if !cell.contains(&b',') && !cell.contains(&b'.') {
                continue;
            }
            match cell::decimal_mark(String::from_utf8_lossy(cell).trim()) {
                Some(cell::Mark::Comma) => comma += 1,
                Some(cell::Mark::Thousands) => thousands += 1,
                Some(cell::Mark::Point) => point += 1,
                None => {}
            }
        }
    });
    comma > point || (comma == 0 && point == 0 && thousands > 0 && delimiter == b';')
}

/// The first thousand records, or about as many as `limit` bytes hold, but at least three.
fn sample(bytes: &[u8], delimiter: u8, limit: u64, mut see: impl FnMut(&ByteRecord)) {
    let mut reader = reader(bytes, delimiter);
    let mut record = ByteRecord::new();
    for seen in 0..1000 {
        // A slice of bytes cannot fail to be read.
        let more = reader.read_byte_record(&mut record).unwrap_or(false);
        if !more || (seen > 3 && reader.position().byte() > limit) {
            return;
        }
        if record.iter().any(|cell| !cell.trim_ascii().is_empty()) {
            see(&record);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> (char, bool) {
        let (dialect, _) = sniff(text);
        (char::from(dialect.delimiter), dialect.decimal_comma)
    }

    #[test]
    fn each_delimiter_is_found() {
        for delimiter in [',', ';', '\t', '|'] {
            let text = "id,a,b\nx,1,2\ny,3,4\n".replace(',', &delimiter.to_string());
            assert_eq!(of(&text), (delimiter, false));
        }
    }

    #[test]
    fn commas_in_numbers_are_not_delimiters() {
        assert_eq!(of("id;a;b\nx;1,5;2,5\ny;0,5;7\n"), (';', true));
        // Three cells in every row by the comma as well.
        assert_eq!(of("id;a, mm;b, mm\n1;1,5;2,5\n2;3,5;7,1\n"), (';', true), "header with commas");
        assert_eq!(of("id\ta\nx\t1,25\n"), ('\t', true));
        assert_eq!(of("id,a,b\nx,\"1,5\",2\n"), (',', true));
    }

    #[test]
    fn thousands_are_decimals_only_where_the_semicolon_says_so() {
        assert_eq!(of("id;a\nx;1,234\ny;5,678\n"), (';', true));
        assert_eq!(of("id\ta\nx\t1,234\ny\t5,678\n"), ('\t', false));
        assert_eq!(of("id\ta\nx\t1,234\ny\t0,678\n"), ('\t', true));
        assert_eq!(of("id;a;b\nx;1,234;0.5\n"), (';', false));
    }

    #[test]
    fn quoted_delimiters_do_not_count() {
        let text = "id,name,x\n1,\"a;b;c\",2\n2,\"d;e;f\",3\n";
        assert_eq!(of(text), (',', false));
    }

    #[test]
    fn a_spreadsheet_may_declare_the_delimiter() {
        let (dialect, rest) = sniff("sep=;\r\nid;a\r\nx;1\r\n");
        assert_eq!((dialect.delimiter, rest), (b';', "id;a\r\nx;1\r\n"));
    }
}
