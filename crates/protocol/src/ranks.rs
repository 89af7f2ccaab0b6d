//! How large the blocks of HCL are.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// Dimensions of each block of HCL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlockRanks {
    /// Every block has the same.
    Equal,
    /// As many as training rows show to be shared.
    Found,
    /// By name (`a+b`); a set of modalities that is not named has no block.
    Given(BTreeMap<String, u32>),
}

/// Dimensions of a block, at most.
pub const LARGEST_BLOCK: u32 = 128;

impl fmt::Display for BlockRanks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Equal => f.write_str("equal"),
            Self::Found => f.write_str("found"),
            Self::Given(sizes) => {
                let parts: Vec<String> =
                    sizes.iter().map(|(name, rank)| format!("{name}={rank}")).collect();
                f.write_str(&parts.join(","))
            }
        }
    }
}

/// The text is none of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("equal, found, or blocks with their sizes, as in a+b+c=2,a+b=1,c=3")]
pub struct NotRanks;

impl FromStr for BlockRanks {
    type Err = NotRanks;

    /// Reads what `Display` writes. A name may have a comma or an equals sign in it, unless what
    /// stands before a comma ends like a size.
    fn from_str(text: &str) -> Result<Self, NotRanks> {
        match text.trim() {
            "equal" => return Ok(Self::Equal),
            "found" => return Ok(Self::Found),
            _ => {}
        }
        let mut sizes = BTreeMap::new();
        let mut begun = String::new();
        for part in text.trim().split(',') {
            begun.push_str(part);
            let sized = begun.rsplit_once('=').and_then(|(name, rank)| {
                let rank: u32 = rank.trim().parse().ok().filter(|r| *r <= LARGEST_BLOCK)?;
                Some((name.trim().to_owned(), rank)).filter(|(name, _)| !name.is_empty())
            });
            match sized {
                Some((name, rank)) => {
                    if sizes.insert(name, rank).is_some() {
                        return Err(NotRanks);
                    }
                    begun.clear();
                }
                None => begun.push(','),
            }
        }
        let some = sizes.values().any(|rank| *rank > 0);
        if begun.is_empty() && some { Ok(Self::Given(sizes)) } else { Err(NotRanks) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for text in ["equal", "found", "a+b=2", "a=1,a+b=0,b, or so=12", "x=y=3"] {
            let read: BlockRanks = text.parse().unwrap();
            assert_eq!(read.to_string(), text);
        }
        let given: BlockRanks = " a+b = 2 , c=1".parse().unwrap();
        assert_eq!(given, "a+b=2,c=1".parse().unwrap());
    }

    #[test]
    fn what_is_no_list_of_blocks_is_refused() {
        for text in ["", "a", "a=", "=2", "a=2,", "a=1,a=2", "a=-1", "a=129", "a=0", "all"] {
            assert_eq!(text.parse::<BlockRanks>(), Err(NotRanks), "{text}");
        }
    }
}
