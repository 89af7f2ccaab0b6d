//! What is known of a data set: its card (shipped with it) and its summary (read from it).

use serde::{Deserialize, Serialize};

/// `assets/datasets/index.json`: what the chooser lists before anything is loaded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatasetIndex {
    /// The shipped sets, in the order in which they are offered.
    pub datasets: Vec<DatasetCard>,
}

/// `dataset.json` of a data set: what it is, whose it is, how to use it.
///
/// Every field may be left out, so that a folder of one's own needs to say no more than
/// `{"group": "nest"}`; without `modalities` every table of the folder is one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DatasetCard {
    /// Folder name, and the name in links.
    pub name: String,
    /// For people.
    pub title: String,
    /// One or two sentences: what the rows are and what to look for.
    pub about: String,
    /// Where it comes from.
    pub source: String,
    /// Licence of the data.
    pub licence: String,
    /// Line that must be shown wherever the data is shown.
    pub credit: String,
    /// One entry a modality, in the order of display.
    pub modalities: Vec<ModalityCard>,
    /// The file of labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels_file: Option<String>,
    /// Columns of the labels file.
    pub labels: Vec<LabelCard>,
    /// Column of the labels file whose groups stay in one split.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Column of the labels file whose rows of one value are views of one thing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub views: Option<String>,
    /// What a reader must know not to be fooled.
    pub caveats: Vec<String>,
}

/// One modality of a [`DatasetCard`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModalityCard {
    /// Name, also in links.
    pub name: String,
    /// File name beside `dataset.json`.
    pub file: String,
    /// Whether it is on unless the user says otherwise.
    #[serde(default = "on")]
    pub on: bool,
    /// Rows in the file.
    #[serde(default)]
    pub rows: u32,
    /// Feature columns in the file, without the id.
    #[serde(default)]
    pub columns: u32,
    /// Size of the file as it is downloaded.
    #[serde(default)]
    pub bytes: u64,
    /// One sentence.
    #[serde(default)]
    pub about: String,
    /// Present where the columns are the pixels of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageShape>,
}

fn on() -> bool {
    true
}

/// Columns in row-major order, channels last.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImageShape {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// 1 grey, 3 red-green-blue.
    pub channels: u32,
    /// Value that is shown as full intensity.
    pub max: f32,
}

/// One column of the labels file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LabelCard {
    /// Column name.
    pub name: String,
    /// What it is.
    pub kind: LabelKind,
    /// One sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
}

/// How a label is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelKind {
    /// Probed as a class.
    Class,
    /// Probed as a number.
    Number,
    /// Only shown (names, raw text).
    Text,
    /// Keeps rows together in one split; neither probed nor a positive.
    Group,
    /// Rows with the same value are views of one thing, for objectives that compare views; neither
    /// probed nor kept in one split.
    Views,
    /// Says which rows train, choose and test, in place of a draw; not probed.
    Split,
}

/// What was read, before anything trains.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataSummary {
    /// Card of a shipped or generated set.
    pub card: Option<DatasetCard>,
    /// Kept rows: those with two modalities or more.
    pub rows: u32,
    /// Kept rows that have every modality.
    pub complete_rows: u32,
    /// Distinct ids over all files, before rows were dropped.
    pub distinct_ids: u32,
    /// In the order in which they are trained and shown.
    pub modalities: Vec<ModalitySummary>,
    /// Every combination of present modalities among kept rows, most frequent first.
    pub patterns: Vec<Pattern>,
    /// Columns of the labels file.
    pub labels: Vec<LabelSummary>,
    /// Sizes of the split.
    pub split: SplitSizes,
    /// What was dropped or changed, and why.
    pub notices: Vec<Notice>,
    /// Names of the known factors, where the data was generated.
    pub factors: Vec<String>,
}

/// One modality as it was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModalitySummary {
    /// Name.
    pub name: String,
    /// File it came from.
    pub file: String,
    /// Column that was taken as id.
    pub id_column: String,
    /// Whether that column was called `id` or taken because it can serve.
    pub id_by_name: bool,
    /// Delimiter that was found.
    pub delimiter: char,
    /// Whether numbers are written with a decimal comma.
    pub decimal_comma: bool,
    /// Kept rows that have this modality.
    pub rows: u32,
    /// Feature columns in the file, without the id.
    pub columns: u32,
    /// Numeric columns in use.
    pub numeric: u32,
    /// Boolean columns in use.
    pub boolean: u32,
    /// Categorical columns in use.
    pub categorical: u32,
    /// Inputs of the encoder: standardised numbers, one-hot columns and missing-cell indicators.
    pub inputs: u32,
    /// Empty cells in kept rows and used columns.
    pub missing_cells: u64,
    /// Names of the columns in use, as the file has them: what points can be coloured by.
    pub features: Vec<String>,
    /// Columns not used.
    pub dropped: Vec<Dropped>,
}

/// A column that is not used, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// Name in the header.
    pub column: String,
    /// Why, in words.
    pub why: String,
}

/// One combination of present modalities.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pattern {
    /// One flag a modality.
    pub present: Vec<bool>,
    /// Kept rows that have exactly these.
    pub rows: u32,
}

/// One column of the labels file, as it was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LabelSummary {
    /// Column name.
    pub name: String,
    /// How it is used.
    pub kind: LabelKind,
    /// Distinct values of a class.
    pub classes: Option<u32>,
    /// Kept rows without a value.
    pub missing: u32,
    /// Why it is not probed, if it is not.
    pub skipped: Option<String>,
}

/// Rows of each split.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitSizes {
    /// Weights, standardisation and probes are fitted on these.
    pub train: u32,
    /// Choices are made on these.
    pub validation: u32,
    /// The report is computed on these, once.
    pub test: u32,
}

/// Something that was dropped or changed and that the user should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Notice {
    /// Stable identifier, for tests and filters: `text_column_dropped`.
    pub code: String,
    /// File concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Column concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// One sentence with counts.
    pub message: String,
}
