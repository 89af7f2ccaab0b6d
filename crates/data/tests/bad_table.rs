//! Every table that cannot be read is refused with the file, the row, the column and the mend.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

mod common;

use common::{assert_refused, beside, fault, good};
use flate2::{Compression, write::GzEncoder};
use std::io::Write;
use trefoil_data::{Aligned, Error};

fn with_row(number: usize, row: &str) -> String {
    let mut lines: Vec<String> = good("x", 30).lines().map(str::to_owned).collect();
    row.clone_into(&mut lines[number - 1]);
    lines.join("\n")
}

fn packed(chunks: usize, chunk: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..chunks {
        encoder.write_all(chunk).unwrap();
    }
    encoder.finish().unwrap()
}

#[test]
fn empty_file() {
    for content in ["", "\n\n", "  \r\n", "\u{feff}", ",,\n,,\n"] {
        assert_refused(content, None, None, "empty", "header");
    }
}

#[test]
fn header_only() {
    assert_refused("id,a,b\n", None, None, "no rows", "20 rows");
    assert_refused("id,a,b\r\n,,\r\n", None, None, "no rows", "20 rows");
}

#[test]
fn no_usable_id_column() {
    let repeated = "name,a\nx,1\ny,2\nx,3\n";
    assert_refused(
        repeated,
        Some(4),
        Some("name"),
        "\u{201c}x\u{201d} is in row 2 already",
        "\u{201c}id\u{201d}",
    );
    assert_refused("name,a\nx,1\n,2\n", Some(3), Some("name"), "empty", "\u{201c}id\u{201d}");
    let measured = "length,a\n1,1\n2.5,2\n";
    assert_refused(measured, Some(3), Some("length"), "fractional", "\u{201c}id\u{201d}");
    let measured = "length;a\n1;1,5\n2,5;2,5\n";
    assert_refused(measured, Some(3), Some("length"), "fractional", "\u{201c}id\u{201d}");
}

#[test]
fn duplicate_id() {
    let text = with_row(9, "r1,5,5");
    assert_refused(text, Some(9), Some("id"), "\u{201c}r1\u{201d} is in row 3", "Remove one");
    // White space does not make another id.
    assert_refused("Id,a\n x,1\nx ,2\n", Some(3), Some("Id"), "in row 2", "Remove one");
}

#[test]
fn a_stray_quote_that_swallows_rows() {
    // Closed three rows on, so that the number of cells is right again.
    let text = with_row(7, "\"r5,1,2").replacen("r9,", "r9\",", 1);
    assert_refused(text, Some(7), Some("id"), "several lines", "quote");
}

#[test]
fn empty_id() {
    assert_refused(with_row(5, ",5,5"), Some(5), Some("id"), "the id is empty", "an id");
}

#[test]
fn duplicate_column() {
    let text = "id,a,b,a\nx,1,2,3\n";
    assert_refused(text, Some(1), Some("a"), "columns 2 and 4", "Rename");
    let no_header = "id0,1,1\nid1,2,3\n";
    assert_refused(no_header, Some(1), Some("1"), "columns 2 and 3", "header");
}

#[test]
fn ragged_row() {
    assert_refused(with_row(7, "r5,1"), Some(7), Some("x2"), "2 cells", "as many cells");
    assert_refused(with_row(7, "r5,1,2,3"), Some(7), Some("x2"), "4 cells", "as many cells");
    let r_style = "a,b\nr1,1,2\nr2,3,4\n";
    assert_refused(r_style, Some(2), Some("b"), "3 cells", "col.names");
    let title = "Table 1\nid,a\nr1,1\n";
    assert_refused(title, Some(2), Some("Table 1"), "2 cells", "titles");
    let quoted = with_row(7, "r5,\"1\n,2\",3,4");
    assert_refused(quoted, Some(7), Some("x2"), "4 cells", "quote");
}

#[test]
fn rows_are_numbered_as_in_a_spreadsheet() {
    // Blank lines count; a line break in a quoted cell does not; CR LF is one line end.
    for end in ["\n", "\r\n", "\r"] {
        let text =
            format!("id,name,a{end}{end}r1,\"x{end}y\",1{end}{end}{end}r2,z,2{end}r3,w{end}");
        let fault = fault(beside(text));
        assert_eq!(fault.row, Some(7), "{end:?}: {fault}");
    }
}

#[test]
fn unclosed_quote() {
    assert_refused(with_row(7, "r5,1,\"2"), Some(7), Some("x2"), "never closed", "Close");
    assert_refused("id,\"a,b\nr1,1,2\n", Some(1), Some("column 2"), "never closed", "Close");
    let at_the_end = good("x", 30) + "r99,5,\"6";
    assert_refused(at_the_end, Some(32), Some("x2"), "never closed", "Close");
    let doubled = good("x", 30) + "r99,5,\"6\"\"";
    assert_refused(doubled, Some(32), Some("x2"), "never closed", "Close");
}

#[test]
fn a_closed_quote_at_the_end_is_fine() {
    for end in ["\"6\"", "\"6\"\n", "\"6\"\r\n", "5\" screen", "\"6\"\"\""] {
        let text = good("x", 30) + "r99,5," + end;
        assert!(beside(&text).is_ok(), "{end:?}");
    }
}

#[test]
fn not_utf8() {
    let mut latin = good("x", 30).into_bytes();
    latin.extend_from_slice(b"r30,1,M\xFCnchen\n");
    assert_refused(latin, Some(32), Some("x2"), "Latin-1", "UTF-8");
    let header = b"id,Gr\xF6\xDFe\nr1,1\n";
    assert_refused(header, Some(1), Some("column 2"), "Latin-1", "UTF-8");
    let utf16: Vec<u8> = good("x", 30).encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_refused(&utf16, None, None, "UTF-16", "UTF-8");
    assert_refused([b"\xFF\xFE", &utf16[..]].concat(), None, None, "UTF-16", "UTF-8");
}

#[test]
fn binary() {
    let xlsx = b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0";
    assert_refused(xlsx, None, None, "workbook", "CSV UTF-8");
    let noise: Vec<u8> =
        (0..4000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    assert_refused(noise, None, None, "binary", "CSV");
}

#[test]
fn nul() {
    let text = with_row(8, "r6,\0,2");
    assert_refused(text, Some(8), Some("x1"), "NUL", "export");
}

#[test]
fn infinite_value() {
    for cell in ["inf", "-Infinity", "1e999", "4e38", "\u{221e}"] {
        let text = with_row(8, &format!("r6,{cell},2"));
        assert_refused(text, Some(8), Some("x1"), cell, "finite");
    }
    // A word among words.
    let words =
        good("x", 30).replace("id,x1", "id,kind").replace(",7,", ",inf,").replace(",0,", ",sup,");
    assert!(beside(words).is_ok());
}

#[test]
fn a_packed_file_that_unpacks_to_more_than_the_limit() {
    let bomb = packed(257, &vec![b'0'; 1 << 20]);
    assert!(bomb.len() < 4 << 20);
    assert_refused(bomb, None, None, "unpacked", "256 MiB");
}

#[test]
fn a_packed_file_that_is_cut_off() {
    let whole = packed(1, good("x", 30).as_bytes());
    assert!(beside(&whole).is_ok());
    assert_refused(&whole[..whole.len() - 9], None, None, "gzip", "again");
}

#[test]
fn a_bad_file_says_so_in_one_sentence() {
    let outcome: Result<Aligned, Error> = beside(with_row(9, "r1,5,5"));
    assert_eq!(
        fault(outcome).to_string(),
        "x.csv, row 9, column \u{201c}id\u{201d}: the id \u{201c}r1\u{201d} is in row 3 already. Remove one of the two rows, or give them different ids; one row stands for one sample."
    );
}
