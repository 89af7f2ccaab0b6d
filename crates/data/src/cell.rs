//! One cell: missing, a number, or text. `table` decides from all cells of a column what it is.

/// What a cell is by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell {
    Missing,
    /// Finite, also as `f32`.
    Number(f64),
    /// A number that is not finite as `f32`.
    Infinite,
    Text,
}

/// Reads a cell without white space around it.
pub(crate) fn read(cell: &str, decimal_comma: bool) -> Cell {
    let first = match cell.as_bytes() {
        [] => return Cell::Missing,
        // Pixels, counts and flags: most cells of the largest tables.
        [digit @ b'0'..=b'9'] => return Cell::Number(f64::from(digit - b'0')),
        [first, ..] => *first,
    };
    if first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.' | b',') {
        return match number(cell, decimal_comma) {
            Some(value) if value.is_nan() => Cell::Missing,
            Some(value) if (value as f32).is_finite() => Cell::Number(value),
            Some(_) => Cell::Infinite,
            None if &cell[1..] == "\u{221e}" => Cell::Infinite,
            None => Cell::Text,
        };
    }
    if is_missing(cell) {
        return Cell::Missing;
    }
    if let Some(rest) = cell.strip_prefix('\u{2212}') {
        // The minus sign of word processors.
        return match read(rest, decimal_comma) {
            Cell::Number(value) => Cell::Number(-value),
            other => other,
        };
    }
    let infinite = ["inf", "infinity", "\u{221e}"];
    if infinite.iter().any(|word| cell.eq_ignore_ascii_case(word)) {
        return Cell::Infinite;
    }
    Cell::Text
}

/// Words for a missing cell; in ids they are ids (NA is Namibia).
pub(crate) fn is_missing(cell: &str) -> bool {
    let words = ["", "na", "n/a", "nan", "null"];
    words.iter().any(|word| cell.eq_ignore_ascii_case(word))
}

fn number(cell: &str, decimal_comma: bool) -> Option<f64> {
    if !decimal_comma {
        return cell.parse().ok();
    }
    // A point separates thousands there, or is something else altogether.
    if cell.contains('.') {
        return None;
    }
    match cell.split_once(',') {
        None => cell.parse().ok(),
        Some((_, rest)) if rest.contains(',') => None,
        Some((whole, rest)) => format!("{whole}.{rest}").parse().ok(),
    }
}

/// Whether an id is a number with a part after the point: a measurement, not a name.
pub(crate) fn is_fractional(cell: &str, decimal_comma: bool) -> bool {
    matches!(read(cell, decimal_comma), Cell::Number(value) if value.fract() != 0.0)
}

/// Whether a cell could be a number or missing in any dialect: for the sniff.
pub(crate) fn is_number_like(cell: &str) -> bool {
    let cell = cell.trim();
    !matches!(read(cell, false), Cell::Text) || !matches!(read(cell, true), Cell::Text)
}

/// What separates the whole part of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Point,
    /// Decimal for certain.
    Comma,
    /// A comma that could separate thousands.
    Thousands,
}

/// The mark of a number that has one.
pub(crate) fn decimal_mark(cell: &str) -> Option<Mark> {
    if is_grouped(cell) && !cell.contains('.') {
        return Some(Mark::Thousands);
    }
    let is_number = |comma| matches!(read(cell, comma), Cell::Number(_));
    if cell.contains('.') && is_number(false) {
        Some(Mark::Point)
    } else if cell.contains(',') && is_number(true) {
        Some(Mark::Comma)
    } else {
        None
    }
}

/// `1,234` or `12,345,678.9`: groups of three digits after one to three that do not start with 0.
pub(crate) fn is_grouped(cell: &str) -> bool {
    let whole = cell.trim_start_matches(['+', '-']);
    let whole = whole.split_once('.').map_or(whole, |(whole, _)| whole);
    let mut groups = whole.split(',');
    let digits = |group: &str| group.bytes().all(|b| b.is_ascii_digit());
    let first = groups.next().unwrap_or_default();
    let mut rest = groups.peekable();
    (1..=3).contains(&first.len())
        && digits(first)
        && !first.starts_with('0')
        && rest.peek().is_some()
        && rest.all(|group| group.len() == 3 && digits(group))
}

/// What could be done about a text cell that a person may have meant as a number.
pub(crate) fn advice(cell: &str) -> &'static str {
    let digits = cell.bytes().filter(u8::is_ascii_digit).count();
    let date = |mark: char| cell.matches(mark).count() == 2 && digits >= 4;
    if is_grouped(cell) {
        "write numbers without separators of thousands"
    } else if date('-') || date('/') || date('.') || (digits >= 3 && cell.contains(':')) {
        "turn dates and times into numbers, such as days since the first"
    } else if digits > 0 && cell.ends_with('%') {
        "write percentages as plain numbers"
    } else if digits > 0 && cell.starts_with(['<', '>']) {
        "replace limits of detection by numbers or leave the cells empty"
    } else {
        "if it means missing, leave the cells empty"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_write_them() {
        for (cell, value) in
            [("1", 1.0), ("-1.5e-3", -0.0015), ("+.5", 0.5), ("007", 7.0), ("\u{2212}2", -2.0)]
        {
            assert_eq!(read(cell, false), Cell::Number(value), "{cell}");
        }
        assert_eq!(read("-1,5", true), Cell::Number(-1.5));
        assert_eq!(read("-1,5", false), Cell::Text);
        assert_eq!(read("1.234,5", true), Cell::Text);
        assert_eq!(read("1.234", true), Cell::Text);
        assert_eq!(read("1,2,3", true), Cell::Text);
    }

    #[test]
    fn missing_in_every_spelling() {
        for cell in ["", "NA", "na", "N/A", "NaN", "nan", "-nan", "null", "NULL"] {
            assert_eq!(read(cell, false), Cell::Missing, "{cell}");
        }
        for cell in ["-", "none", "#N/A", "nil", "n.a."] {
            assert_eq!(read(cell, false), Cell::Text, "{cell}");
        }
    }

    #[test]
    fn infinite_in_every_spelling() {
        for cell in ["inf", "-Inf", "Infinity", "+infinity", "1e999", "4e38", "-\u{221e}"] {
            assert_eq!(read(cell, false), Cell::Infinite, "{cell}");
        }
    }

    #[test]
    fn thousands_are_groups_of_three() {
        for cell in ["1,234", "-12,345,678.9"] {
            assert!(is_grouped(cell), "{cell}");
        }
        for cell in ["0,234", "1,23", "1234,567", "1,2345", ",123", "123"] {
            assert!(!is_grouped(cell), "{cell}");
        }
    }
}
