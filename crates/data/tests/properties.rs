//! What must hold for any bytes, any dialect and any order of rows.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

mod common;

use common::{beside, file, good, lines, load, prepare};
use csv::{QuoteStyle, Terminator, WriterBuilder};
use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;
use trefoil_data::ColumnKind;
use trefoil_protocol::Fault;

/// Whatever comes out is either a fault with something to do, or a data set that can be trained on.
fn holds_together(bytes: &[u8]) -> Result<(), TestCaseError> {
    let aligned = match beside(bytes) {
        Ok(aligned) => aligned,
        Err(error) => {
            let fault = Fault::from(&error);
            prop_assert!(!fault.message.is_empty() && fault.mend.ends_with('.'), "{fault}");
            return Ok(());
        }
    };
    let data = Arc::new(aligned).prepare(0);
    let rows = data.rows();
    for modality in data.modalities() {
        prop_assert_eq!(modality.inputs().nrows(), rows);
        prop_assert!(modality.inputs().iter().all(|x| x.is_finite()));
        prop_assert!(!modality.columns().is_empty());
    }
    prop_assert_eq!(data.summary().rows as usize, rows);
    Ok(())
}

#[derive(Clone, Debug)]
struct Dialect {
    delimiter: u8,
    quote: QuoteStyle,
    terminator: Terminator,
    /// What comes first.
    start: &'static str,
    decimal_comma: bool,
    pack: bool,
}

fn dialect() -> impl Strategy<Value = Dialect> {
    let quote = select(vec![QuoteStyle::Always, QuoteStyle::Necessary]);
    let delimiter = select(b",;\t|".to_vec());
    let terminator = select(vec![Terminator::CRLF, Terminator::Any(b'\n')]);
    let start = select(vec!["", "\u{feff}"]);
    (delimiter, quote, terminator, start, any::<[bool; 2]>()).prop_map(
        |(delimiter, quote, terminator, start, [decimal_comma, pack])| Dialect {
            delimiter,
            quote,
            terminator,
            start,
            decimal_comma,
            pack,
        },
    )
}

impl Dialect {
    fn write(&self, records: &[Vec<String>]) -> Vec<u8> {
        let mut bytes = self.start.as_bytes().to_vec();
        let mut writer = WriterBuilder::new()
            .delimiter(self.delimiter)
            .quote_style(self.quote)
            .terminator(self.terminator)
            .from_writer(&mut bytes);
        for record in records {
            writer.write_record(record).unwrap();
        }
        drop(writer);
        if !self.pack {
            return bytes;
        }
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn number(&self, hundredths: i32) -> String {
        let text = format!("{:.2}", f64::from(hundredths) / 100.0);
        if self.decimal_comma { text.replace('.', ",") } else { text }
    }
}

const ROWS: usize = 24;
const WORDS: [&str; 5] =
    ["plain", "with, comma", "semi;colon", "a \"quoted\" word", "pipe|tab\tline\nbreak"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        holds_together(&bytes)?;
    }

    #[test]
    fn nothing_like_a_table_panics(text in "(id|a)[,;][a-c\",;]{0,6}\n([r0-9a-c,;\t|\"'.\r\n -]|NA|inf|\u{fc}|\u{0}){0,200}") {
        holds_together(text.as_bytes())?;
    }

    #[test]
    fn no_damage_to_a_good_table_panics(
        cuts in proptest::collection::vec((any::<prop::sample::Index>(), select(b"\",;\n\r\0\xFFx.".to_vec())), 1..4),
    ) {
        let mut bytes = good("x", 30).into_bytes();
        for (index, byte) in cuts {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        holds_together(&bytes)?;
    }

    #[test]
    fn a_table_survives_any_dialect(
        dialect in dialect(),
        cells in proptest::collection::vec((any::<Option<i16>>(), 0..WORDS.len()), ROWS),
    ) {
        // At least one number with a part after the point, else no dialect could tell.
        let number = |value: Option<i16>| value.map(|value| i32::from(value) * 100 + 25);
        let mut records = vec![vec!["id".to_owned(), "size, mm".to_owned(), "word".to_owned()]];
        for (row, (value, word)) in cells.iter().enumerate() {
            let cell = number(*value).map_or(String::new(), |value| dialect.number(value));
            records.push(vec![format!("r{row}"), cell, WORDS[*word].to_owned()]);
        }
        let distinct: std::collections::BTreeSet<_> = cells.iter().map(|(value, _)| value).collect();
        prop_assume!(distinct.iter().filter(|value| value.is_some()).count() > 1);
        let aligned = beside(dialect.write(&records)).unwrap();
        let columns = aligned.modalities()[1].columns();
        let [size, word] = columns else {
            panic!("two columns");
        };
        prop_assert_eq!((size.name(), word.name()), ("size, mm", "word"));
        prop_assert_eq!(size.kind(), ColumnKind::Number);
        for (row, (value, expected)) in cells.iter().enumerate() {
            let expected_size = number(*value).map_or(f32::NAN, |value| value as f32 / 100.0);
            prop_assert_eq!(size.value(row).to_bits(), expected_size.to_bits());
            let found = &word.levels()[word.value(row) as usize];
            prop_assert_eq!(found, WORDS[*expected]);
        }
        let summary = prepare(aligned, 0).summary();
        prop_assert_eq!(summary.modalities[1].delimiter, char::from(dialect.delimiter));
        prop_assert_eq!(summary.modalities[1].decimal_comma, dialect.decimal_comma);
    }

    #[test]
    fn values_stay_with_their_ids_in_any_order_of_rows(
        has in proptest::collection::vec(any::<[bool; 3]>(), 60),
        orders in proptest::array::uniform3(Just((0..60).collect::<Vec<usize>>()).prop_shuffle()),
        seed: u64,
    ) {
        let table = |m: usize, order: &[usize]| {
            let rows = order.iter().filter(|&&i| has[i][m] || i < 25);
            let lines = lines(rows.copied(), |i| format!("r{i},{i},{}\n", i * (m + 2) % 13));
            file(&format!("m{m}.csv"), format!("id,v,w\n{lines}"))
        };
        let straight: Vec<usize> = (0..60).collect();
        let a = load(&[0, 1, 2].map(|m| table(m, &straight))).unwrap();
        let b = load(&[0, 1, 2].map(|m| table(m, &orders[m]))).unwrap();
        let expected = (0..60).filter(|&i| i < 25 || has[i].iter().filter(|h| **h).count() >= 2);
        prop_assert_eq!(b.ids().len(), expected.count());
        for (row, id) in b.ids().iter().enumerate() {
            let i: usize = id[1..].parse().unwrap();
            for (m, modality) in b.modalities().iter().enumerate() {
                prop_assert_eq!(modality.present()[row], has[i][m] || i < 25);
                if modality.present()[row] {
                    prop_assert_eq!(modality.columns()[0].value(row) as usize, i);
                    prop_assert_eq!(modality.columns()[1].value(row) as usize, i * (m + 2) % 13);
                }
            }
        }
        // And so do the split and the inputs, up to the order of adding up a mean.
        let (a, b) = (prepare(a, seed), prepare(b, seed));
        let position: BTreeMap<_, _> = a.ids().iter().zip(0..).collect();
        let place = |row: &u32| position[&b.ids()[*row as usize]];
        for (of_a, of_b) in [(a.splits().train(), b.splits().train()), (a.splits().test(), b.splits().test())] {
            let mut of_b: Vec<u32> = of_b.iter().map(place).collect();
            of_b.sort_unstable();
            prop_assert_eq!(of_a, of_b);
        }
        for (of_a, of_b) in a.modalities().iter().zip(b.modalities()) {
            for row in 0..b.rows() {
                let in_a = of_a.inputs().row(place(&(row as u32)) as usize);
                let pairs = in_a.into_iter().zip(of_b.inputs().row(row));
                prop_assert!(pairs.into_iter().all(|(x, y)| (x - y).abs() < 1e-5));
            }
        }
    }
}
