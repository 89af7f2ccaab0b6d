//! Bytes to text: sizes, gzip, encoding. Comes before everything; `sniff` and `records` go on
//! with the text.

use crate::Error;
use crate::records::locate;
use flate2::bufread::MultiGzDecoder;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::io::Read;

/// Largest file that is read, packed or unpacked: a quarter of a gibibyte.
///
/// A table of this size in its densest form (one digit a cell) has 128 million cells, half a
/// gibibyte as 32-bit numbers. They are held as they are, as inputs, as what is trained on and as
/// what is measured: about 2 GiB of the 4 that a browser gives to one worker.
pub const MAX_FILE_BYTES: u64 = 256 << 20;

/// Largest sum of all files of a data set, as they come.
pub const MAX_TOTAL_BYTES: u64 = 512 << 20;

/// Refuses a file by its size, before a byte of it is read.
///
/// # Errors
/// [`Error::TooLarge`] above [`MAX_FILE_BYTES`].
pub fn check_size(file: &str, bytes: u64) -> Result<(), Error> {
    if bytes > MAX_FILE_BYTES {
        return Err(Error::TooLarge { file: file.to_owned(), bytes, limit: MAX_FILE_BYTES });
    }
    Ok(())
}

/// [`check_size`] for each of several files, and for their sum.
///
/// # Errors
/// [`Error::TooLarge`], or [`Error::TooLargeTogether`] above [`MAX_TOTAL_BYTES`].
pub fn check_sizes<'a>(files: impl IntoIterator<Item = (&'a str, u64)>) -> Result<(), Error> {
    let mut total = 0;
    for (file, bytes) in files {
        check_size(file, bytes)?;
        total += bytes;
    }
    if total > MAX_TOTAL_BYTES {
        return Err(Error::TooLargeTogether { bytes: total, limit: MAX_TOTAL_BYTES });
    }
    Ok(())
}

/// SHA-256 of a file as it is, in lower-case hexadecimal: what links and `run.json` name it by.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .into_iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|nibble| char::from(b"0123456789abcdef"[usize::from(nibble)]))
        .collect()
}

/// Whether a file is the one that a link or `run.json` names.
///
/// # Errors
/// [`Error::Changed`] where it is not.
pub fn check_digest(file: &str, bytes: &[u8], sha256: &str) -> Result<(), Error> {
    if digest(bytes).eq_ignore_ascii_case(sha256) {
        Ok(())
    } else {
        Err(Error::Changed { file: file.to_owned() })
    }
}

/// The bytes themselves, or what gzip packed into them.
///
/// Knows gzip by its first bytes, not by the file name: a server may have unpacked it on the way.
pub(crate) fn unpack<'a>(file: &str, bytes: &'a [u8]) -> Result<Cow<'a, [u8]>, Error> {
    check_size(file, bytes.len() as u64)?;
    if !bytes.starts_with(b"\x1f\x8b") {
        return Ok(Cow::Borrowed(bytes));
    }
    let mut unpacked = Vec::new();
    MultiGzDecoder::new(bytes)
        .take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut unpacked)
        .map_err(|error| Error::Gzip { file: file.to_owned(), reason: error.to_string() })?;
    if unpacked.len() as u64 > MAX_FILE_BYTES {
        return Err(Error::TooLargeUnpacked { file: file.to_owned(), limit: MAX_FILE_BYTES });
    }
    Ok(Cow::Owned(unpacked))
}

/// The text of a table, without byte-order mark: neither empty nor binary, UTF-8, free of NUL.
pub(crate) fn decode<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str, Error> {
    refuse_binary(file, bytes)?;
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let nul = bytes.iter().position(|&byte| byte == 0);
    match std::str::from_utf8(bytes) {
        Err(error) => {
            let (row, column) = locate(bytes, error.valid_up_to());
            Err(Error::NotUtf8 {
                file: file.to_owned(),
                row: Some(row),
                column: Some(column),
                guess: "Latin-1 or Windows-1252",
            })
        }
        Ok(_) if nul.is_some() => {
            let (row, column) = locate(bytes, nul.unwrap_or_default());
            Err(Error::Nul { file: file.to_owned(), row, column })
        }
        Ok(text) if text.trim().is_empty() => Err(Error::Empty { file: file.to_owned() }),
        Ok(text) => Ok(text),
    }
}

/// First bytes of files that are mistaken for tables, and what they are.
const MAGIC: &[(&[u8], &str)] = &[
    (b"PK\x03\x04", "a workbook or archive (xlsx, ods, npz, zip)"),
    (b"\xD0\xCF\x11\xE0", "an old workbook (xls)"),
    (b"%PDF", "a PDF"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x89PNG", "a picture"),
    (b"\xFF\xD8\xFF", "a picture"),
    (b"RDX", "an R data file"),
    (b"BZh", "a bzip2 archive"),
    (b"\xFD7zXZ", "an xz archive"),
    (b"\x28\xB5\x2F\xFD", "a Zstandard archive"),
];

fn refuse_binary(file: &str, bytes: &[u8]) -> Result<(), Error> {
    let binary = |what| Err(Error::Binary { file: file.to_owned(), what });
    if let Some((_, what)) = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return binary(what);
    }
    let head = &bytes[..bytes.len().min(8192)];
    if is_utf16(head) {
        return Err(Error::NotUtf8 {
            file: file.to_owned(),
            row: None,
            column: None,
            guess: "UTF-16",
        });
    }
    // Text has next to no control characters; a stray one is reported where it stands.
    let control = |byte: &&u8| **byte < 32 && !matches!(**byte, b'\t' | b'\r' | b'\n' | 0x0C);
    let controls = head.iter().filter(control).count();
    if controls * 20 > head.len() {
        return binary("a binary file");
    }
    Ok(())
}

/// A byte-order mark, or text whose every other byte is zero.
fn is_utf16(head: &[u8]) -> bool {
    if head.starts_with(b"\xFF\xFE") || head.starts_with(b"\xFE\xFF") {
        return true;
    }
    let zeros = |parity: usize| head.iter().skip(parity).step_by(2).filter(|b| **b == 0);
    let half = head.len() / 2;
    let many = |count: usize| half >= 8 && count * 10 > half * 9;
    let (even, odd) = (zeros(0).count(), zeros(1).count());
    (many(odd) && even == 0) || (many(even) && odd == 0)
}
