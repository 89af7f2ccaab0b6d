//! Numbers as people read them: at most three significant digits, a true minus, no jumping widths.

/// Stands for a number that there is not.
pub(crate) const NONE: &str = "\u{2013}";

/// Three significant digits: `0.123`, `12.3`, `1,230`, `1.23e-5`; `–` where it is not finite.
pub(crate) fn number(value: f64) -> String {
    if !value.is_finite() {
        return NONE.to_owned();
    }
    let size = value.abs();
    let text = if size == 0.0 {
        "0".to_owned()
    } else if !(1e-3..1e7).contains(&size) {
        let text = format!("{size:.2e}");
        let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
        format!("{}e{}", trimmed(digits), power.replace('-', "\u{2212}"))
    } else {
        let whole = size.log10().floor() as i32;
        let decimals = (2 - whole).max(0);
        let step = 10f64.powi(whole - 2);
        let rounded = if whole > 2 { (size / step).round() * step } else { size };
        let text = format!("{rounded:.*}", decimals as usize);
        if whole >= 3 { count(rounded as u64) } else { trimmed(&text).to_owned() }
    };
    if value < 0.0 && text != "0" { format!("\u{2212}{text}") } else { text }
}

fn trimmed(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// With a fixed number of decimals, so that columns align; a true minus.
pub(crate) fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return NONE.to_owned();
    }
    let text = format!("{:.decimals$}", value.abs());
    let zero = text.chars().all(|c| matches!(c, '0' | '.'));
    if value < 0.0 && !zero { format!("\u{2212}{text}") } else { text }
}

/// `42 %`, `4.2 %` below ten.
pub(crate) fn percent(share: f64) -> String {
    if !share.is_finite() {
        return NONE.to_owned();
    }
    let hundred = share * 100.0;
    let decimals = usize::from(hundred.abs() < 9.95 && hundred.fract().abs() > 1e-9);
    format!("{}\u{202f}%", fixed(hundred, decimals))
}

/// `12,345`.
pub(crate) fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 row`, `2 rows`.
pub(crate) fn counted(value: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(value), if value == 1 { one } else { many })
}

/// `640 kB`, `1.2 MB`.
pub(crate) fn bytes(value: u64) -> String {
    let mut size = value as f64;
    let mut unit = "B";
    for larger in ["kB", "MB", "GB", "TB"] {
        if size < 999.5 {
            break;
        }
        size /= 1000.0;
        unit = larger;
    }
    format!("{}\u{202f}{unit}", number(size))
}

/// `under a second`, `12 s`, `3 min 20 s`, `1 h 5 min`.
pub(crate) fn duration(seconds: f64) -> String {
    if !seconds.is_finite() {
        return NONE.to_owned();
    }
    let total = seconds.round() as u64;
    match total {
        0 => "under a second".to_owned(),
        1..60 => format!("{total}\u{202f}s"),
        60..3600 if total.is_multiple_of(60) => format!("{}\u{202f}min", total / 60),
        60..600 => format!("{}\u{202f}min {}\u{202f}s", total / 60, total % 60),
        600..3600 => format!("{}\u{202f}min", total / 60),
        _ => format!("{}\u{202f}h {}\u{202f}min", total / 3600, total % 3600 / 60),
    }
}

/// `about 3 s`, and `under a second` as it is.
pub(crate) fn about(seconds: f64) -> String {
    let words = duration(seconds);
    if words.starts_with(|c: char| c.is_ascii_digit()) { format!("about {words}") } else { words }
}

/// A clause as a sentence.
pub(crate) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let mut text: String = letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default();
    if !text.ends_with(['.', '!', '?']) && !text.is_empty() {
        text.push('.');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits() {
        let cases = [
            (0.0, "0"),
            (0.123_45, "0.123"),
            (-0.5, "\u{2212}0.5"),
            (12.345, "12.3"),
            (999.9, "1000"),
            (1234.5, "1,230"),
            (0.001_234, "0.00123"),
            (1.234e-5, "1.23e\u{2212}5"),
            (1e9, "1e9"),
            (f64::NAN, NONE),
        ];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn a_rounded_zero_has_no_sign() {
        assert_eq!(fixed(-0.001, 2), "0.00");
        assert_eq!(fixed(-0.01, 2), "\u{2212}0.01");
    }

    #[test]
    fn shares_are_percent() {
        assert_eq!(percent(0.5), "50\u{202f}%");
        assert_eq!(percent(0.0421), "4.2\u{202f}%");
        assert_eq!(percent(1.0), "100\u{202f}%");
        assert_eq!(percent(0.0), "0\u{202f}%");
    }

    #[test]
    fn clauses_become_sentences() {
        assert_eq!(sentence("this row has one cell"), "This row has one cell.");
        assert_eq!(sentence("Why?"), "Why?");
        assert_eq!(sentence(""), "");
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!(count(7), "7");
        assert_eq!(count(1234), "1,234");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(counted(1, "row", "rows"), "1 row");
    }

    #[test]
    fn sizes_and_times_have_units() {
        assert_eq!(bytes(999), "999\u{202f}B");
        assert_eq!(bytes(640_000), "640\u{202f}kB");
        assert_eq!(bytes(1_250_000), "1.25\u{202f}MB");
        assert_eq!(duration(0.2), "under a second");
        assert_eq!(duration(59.6), "1\u{202f}min");
        assert_eq!(duration(200.0), "3\u{202f}min 20\u{202f}s");
        assert_eq!(duration(3900.0), "1\u{202f}h 5\u{202f}min");
    }
}
