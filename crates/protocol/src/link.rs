//! An experiment as the query of a link, and back.
//!
//! `?data=emoji&modalities=image,text_en&objective=clip,symile&steps=500&seeds=5&seed=0`
//! `&set=batch=128&executor=gpu`. Own data is named by file name and hash, never carried.

use crate::config::{ConfigError, assignment};
use crate::{DataSource, ExecutorChoice, FileRef, FileRole, Generator, ObjectiveSpec, RunConfig};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::collections::BTreeMap;
use std::str::FromStr;

/// A link that does not name an experiment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// A setting, objective or count that cannot be.
    #[error("the link asks for something that cannot be run: {0}")]
    Config(#[from] ConfigError),
    /// A part that is not understood.
    #[error("the link has {key}={value}, which is not understood; expected {expected}")]
    Part {
        /// Its name.
        key: String,
        /// Its value.
        value: String,
        /// What could stand there.
        expected: &'static str,
    },
}

/// Left as they are, so that links can be read.
const PLAIN: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b',').remove(b':').remove(b'~');

fn encode(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}

/// As [`encode`], for one item of a comma-separated list.
fn encode_item(text: &str) -> String {
    encode(text).replace(',', "%2C")
}

fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

impl RunConfig {
    /// The query of the link to this run, without the question mark.
    pub fn to_query(&self) -> String {
        let mut parts: Vec<(&str, String)> = Vec::new();
        data_parts(&self.data, &mut parts);
        let objectives: Vec<_> = self.objectives.iter().map(|o| encode_item(&o.label())).collect();
        parts.push(("objective", objectives.join(",")));
        parts.push(("steps", self.steps.to_string()));
        parts.push(("seeds", self.seeds.to_string()));
        parts.push(("seed", self.seed.to_string()));
        for (key, value) in &self.set {
            parts.push(("set", encode(&format!("{key}={value}"))));
        }
        match self.executor {
            ExecutorChoice::Auto => {}
            ExecutorChoice::Gpu => parts.push(("executor", "gpu".to_owned())),
            ExecutorChoice::Cpu => parts.push(("executor", "cpu".to_owned())),
        }
        parts.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join("&")
    }

    /// Reads a query; what it leaves out keeps its default. Keys that belong to the page
    /// (`view`, `hide`, …) are passed over.
    ///
    /// # Errors
    /// Where a part cannot be understood or asks for what cannot be run.
    pub fn from_query(query: &str) -> Result<Self, LinkError> {
        let mut config = Self::default();
        let raw: Vec<(&str, &str)> = query
            .trim_start_matches('?')
            .split('&')
            .filter_map(|part| part.split_once('='))
            .collect();
        if let Some(data) = read_data(&raw)? {
            config.data = data;
        }
        for &(key, value) in &raw {
            match key {
                "objective" => {
                    config.objectives = items(value)
                        .map(|item| ObjectiveSpec::from_str(&item))
                        .collect::<Result<_, _>>()?;
                }
                "steps" => config.steps = number(key, value)?,
                "seeds" => config.seeds = number(key, value)?,
                "seed" => config.seed = number(key, value)?,
                "set" => {
                    let (key, value) = assignment(&decode(value))?;
                    config.set.insert(key, value);
                }
                "executor" => {
                    config.executor = match value {
                        "auto" => ExecutorChoice::Auto,
                        "gpu" => ExecutorChoice::Gpu,
                        "cpu" => ExecutorChoice::Cpu,
                        _ => return Err(part(key, value, "auto, gpu or cpu")),
                    }
                }
                _ => {}
            }
        }
        config.validate()?;
        Ok(config)
    }
}

fn data_parts(data: &DataSource, parts: &mut Vec<(&str, String)>) {
    match data {
        DataSource::Shipped { name, modalities } => {
            parts.push(("data", encode(name)));
            if let Some(modalities) = modalities {
                let items: Vec<_> = modalities.iter().map(|m| encode_item(m)).collect();
                parts.push(("modalities", items.join(",")));
            }
        }
        DataSource::Generated(Generator::Xor { bits, p, rows }) => {
            parts.push(("data", "xor".to_owned()));
            parts.push(("bits", bits.to_string()));
            parts.push(("p", p.to_string()));
            parts.push(("rows", rows.to_string()));
        }
        DataSource::Generated(Generator::Hierarchy { dims, ranks, noise, rows }) => {
            parts.push(("data", "hierarchy".to_owned()));
            let dims: Vec<_> = dims.iter().map(u32::to_string).collect();
            parts.push(("dims", dims.join(",")));
            let ranks: Vec<_> =
                ranks.iter().map(|(s, r)| encode_item(&format!("{s}:{r}"))).collect();
            parts.push(("ranks", ranks.join(",")));
            parts.push(("noise", noise.to_string()));
            parts.push(("rows", rows.to_string()));
        }
        DataSource::Generated(Generator::Rus { flips, noise, rows }) => {
            parts.push(("data", "rus".to_owned()));
            parts.push(("flips", flips.to_string()));
            parts.push(("noise", noise.to_string()));
            parts.push(("rows", rows.to_string()));
        }
        DataSource::Files { files, group, views }
        | DataSource::Folder { files, group, views, .. } => {
            parts.push(("data", "files".to_owned()));
            for file in files {
                let key = match file.role {
                    FileRole::Modality => "file",
                    FileRole::Labels => "labels",
                    FileRole::Card | FileRole::Truth => continue,
                };
                parts.push((key, format!("{}~{}", file.sha256, encode(&file.name))));
            }
            if let Some(group) = group {
                parts.push(("group", encode(group)));
            }
            if let Some(views) = views {
                parts.push(("views", encode(views)));
            }
        }
    }
}

fn read_data(raw: &[(&str, &str)]) -> Result<Option<DataSource>, LinkError> {
    let find = |key: &str| raw.iter().find(|(k, _)| *k == key).map(|(_, v)| *v);
    let Some(name) = find("data") else {
        return Ok(None);
    };
    let rows = || number("rows", find("rows").unwrap_or("2000"));
    let noise = || number("noise", find("noise").unwrap_or("0.3"));
    Ok(Some(match name {
        "xor" => DataSource::Generated(Generator::Xor {
            bits: number("bits", find("bits").unwrap_or("5"))?,
            p: number("p", find("p").unwrap_or("1"))?,
            rows: rows()?,
        }),
        "hierarchy" => DataSource::Generated(Generator::Hierarchy {
            dims: items(find("dims").unwrap_or_default())
                .map(|item| number("dims", &item))
                .collect::<Result<_, _>>()?,
            ranks: ranks(find("ranks").unwrap_or_default())?,
            noise: noise()?,
            rows: rows()?,
        }),
        "rus" => DataSource::Generated(Generator::Rus {
            flips: match find("flips") {
                None | Some("false") => false,
                Some("true") => true,
                Some(value) => return Err(part("flips", value, "true or false")),
            },
            noise: noise()?,
            rows: rows()?,
        }),
        "files" => DataSource::Files {
            files: raw.iter().filter_map(|(k, v)| file(k, v)).collect::<Result<_, _>>()?,
            group: find("group").map(decode),
            views: find("views").map(decode),
        },
        name => DataSource::Shipped {
            name: decode(name),
            modalities: find("modalities").map(|list| items(list).collect()),
        },
    }))
}

fn file(key: &str, value: &str) -> Option<Result<FileRef, LinkError>> {
    let role = match key {
        "file" => FileRole::Modality,
        "labels" => FileRole::Labels,
        _ => return None,
    };
    let parsed = value.split_once('~').map(|(sha256, name)| FileRef {
        role,
        name: decode(name),
        sha256: sha256.to_owned(),
    });
    Some(parsed.ok_or_else(|| part(key, value, "hash~name")))
}

fn ranks(list: &str) -> Result<BTreeMap<String, u32>, LinkError> {
    items(list)
        .map(|item| {
            let (subset, rank) =
                item.split_once(':').ok_or_else(|| part("ranks", &item, "a+b:2,a:1"))?;
            Ok((subset.to_owned(), number("ranks", rank)?))
        })
        .collect()
}

fn items(list: &str) -> impl Iterator<Item = String> + '_ {
    list.split(',').filter(|item| !item.is_empty()).map(decode)
}

fn number<T: FromStr>(key: &str, value: &str) -> Result<T, LinkError> {
    value.parse().ok().ok_or_else(|| part(key, value, "a number"))
}

fn part(key: &str, value: &str, expected: &'static str) -> LinkError {
    LinkError::Part { key: key.to_owned(), value: decode(value), expected }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Kind, SETTINGS, Setting, Value};
    use proptest::prelude::*;

    fn value(setting: &'static Setting) -> BoxedStrategy<Value> {
        match setting.kind {
            Kind::Count { min, max } => {
                (min..=max).prop_map(|n| Value::Number(f64::from(n))).boxed()
            }
            Kind::Number { min, max } => (min..=max).prop_map(Value::Number).boxed(),
            Kind::Choice(words) => {
                proptest::sample::select(words).prop_map(|w| Value::Word(w.to_owned())).boxed()
            }
            Kind::Ranks => {
                let sizes =
                    proptest::collection::btree_map("[a-z][a-z+ü,]{0,5}[a-z]", 1u32..9, 1..4);
                let given = sizes.prop_map(|sizes| crate::BlockRanks::Given(sizes).to_string());
                prop_oneof![Just("equal".to_owned()), Just("found".to_owned()), given]
                    .prop_map(Value::Word)
                    .boxed()
            }
        }
    }

    fn settings() -> impl Strategy<Value = BTreeMap<String, Value>> {
        proptest::collection::vec(
            proptest::sample::select(SETTINGS).prop_flat_map(|s| {
                value(Setting::find(s.key).unwrap()).prop_map(move |v| (s.key, v))
            }),
            0..6,
        )
        .prop_map(|pairs| pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
    }

    fn data() -> impl Strategy<Value = DataSource> {
        let name = "[a-zA-Z0-9 _&=,;:~%+?#/ü-]{1,12}";
        let shipped = ("[a-z]{3,9}_x", proptest::option::of(proptest::collection::vec(name, 1..4)))
            .prop_map(|(name, modalities)| DataSource::Shipped { name, modalities });
        let xor = (1u32..9, 0.0..=1.0f64, 20u32..9999)
            .prop_map(|(bits, p, rows)| DataSource::Generated(Generator::Xor { bits, p, rows }));
        let hierarchy = (
            proptest::collection::vec(1u32..99, 2..5),
            proptest::collection::btree_map("[a-d](\\+[a-d])?", 1u32..9, 1..5),
            0.0..2.0f64,
            20u32..9999,
        )
            .prop_map(|(dims, ranks, noise, rows)| {
                DataSource::Generated(Generator::Hierarchy { dims, ranks, noise, rows })
            });
        let rus = (any::<bool>(), 0.0..2.0f64, 20u32..9999).prop_map(|(flips, noise, rows)| {
            DataSource::Generated(Generator::Rus { flips, noise, rows })
        });
        let role = prop_oneof![Just(FileRole::Modality), Just(FileRole::Labels)];
        let file = (role, name, "[0-9a-f]{64}").prop_map(|(role, name, sha256)| FileRef {
            role,
            name,
            sha256,
        });
        let column = || proptest::option::of(name);
        let files = (proptest::collection::vec(file, 1..4), column(), column())
            .prop_map(|(files, group, views)| DataSource::Files { files, group, views });
        prop_oneof![shipped, xor, hierarchy, rus, files]
    }

    proptest! {
        #[test]
        fn a_link_restores_the_run(
            data in data(),
            own in proptest::collection::btree_map(0usize..4, settings(), 1..4),
            set in settings(),
            steps in 1u32..9999,
            seeds in 1u32..9,
            seed: u64,
        ) {
            let objectives = own
                .into_iter()
                .map(|(i, set)| ObjectiveSpec { name: crate::ObjectiveName::ALL[i], set })
                .collect();
            let executor = ExecutorChoice::Cpu;
            let config = RunConfig { data, objectives, set, steps, seeds, seed, executor };
            prop_assert_eq!(RunConfig::from_query(&config.to_query()), Ok(config));
        }

        #[test]
        fn no_query_panics(query in ".{0,80}") {
            let _outcome = RunConfig::from_query(&query);
        }
    }

    #[test]
    fn an_empty_query_is_the_default_run() {
        assert_eq!(RunConfig::from_query(""), Ok(RunConfig::default()));
    }

    #[test]
    fn a_wrong_part_is_named() {
        let error = RunConfig::from_query("?steps=many").unwrap_err().to_string();
        assert!(error.contains("steps=many"), "{error}");
        let error = RunConfig::from_query("?set=batch=x").unwrap_err().to_string();
        assert!(error.contains("batch"), "{error}");
    }
}
