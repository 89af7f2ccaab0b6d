//! What can be asked for on the command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use trefoil_protocol::ExecutorChoice;

/// Trains small multimodal contrastive models and shows which modalities share what.
#[derive(Debug, Parser)]
#[command(name = "trefoil", version)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Trains objectives side by side and writes what they found.
    Train(Box<TrainArguments>),
    /// Writes data with known truth.
    Generate(GenerateArguments),
    /// Shows what would be loaded.
    Inspect(InspectArguments),
    /// Measures steps per second of each objective on each executor: a table on the standard error,
    /// JSON on the standard output.
    Bench(BenchArguments),
    /// Makes headline results again: a table with what was published or measured beside it, and
    /// whether it holds. Without a name: lists them.
    Reproduce(ReproduceArguments),
}

/// Where the data is.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct DataArguments {
    /// A folder: every CSV or TSV file in it is a modality, labels.csv the labels; its
    /// dataset.json is honoured.
    #[arg(long, value_name = "DIR", conflicts_with = "modality")]
    pub(crate) data: Option<PathBuf>,
    /// One file a modality, or one file whose columns are named modality.feature.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) modality: Vec<PathBuf>,
    /// A table of labels.
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<PathBuf>,
    /// Column of the labels whose groups stay in one split.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) group: Option<String>,
    /// Column of the labels whose rows of one value are views of one thing: views of a row are then
    /// that row and another of them.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) views: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct TrainArguments {
    #[command(flatten)]
    pub(crate) data: DataArguments,
    /// Objectives to compare: clip, symile, hcl, coral; comm and `cross_self`, with which coral is
    /// compared. Settings of their own as hcl:form=linear.
    #[arg(long, value_name = "LIST")]
    pub(crate) objective: Vec<String>,
    /// Steps each seed trains at most [default: 500].
    #[arg(long, value_name = "N")]
    pub(crate) steps: Option<u32>,
    /// Seeds trained at once [default: 5].
    #[arg(long, value_name = "K")]
    pub(crate) seeds: Option<u32>,
    /// First seed; the split follows it [default: 0].
    #[arg(long, value_name = "S")]
    pub(crate) seed: Option<u64>,
    /// Where to run [default: auto].
    #[arg(long, value_name = "WHERE")]
    pub(crate) executor: Option<Where>,
    /// A setting: batch=128, or for one objective clip.lr=0.01.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// A run.json to start again from; other flags override it.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Folder for report.json, embeddings, losses.csv and run.json.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

/// Which executor.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Where {
    /// The GPU where there is an adapter, else the CPU.
    Auto,
    /// The GPU, or an error.
    Gpu,
    /// The CPU.
    Cpu,
}

impl From<Where> for ExecutorChoice {
    fn from(choice: Where) -> Self {
        match choice {
            Where::Auto => Self::Auto,
            Where::Gpu => Self::Gpu,
            Where::Cpu => Self::Cpu,
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct GenerateArguments {
    #[command(subcommand)]
    pub(crate) what: Generator,
}

/// Where generated data goes, and from which seed.
#[derive(Args, Clone, Debug)]
pub(crate) struct Output {
    /// Seed of the generator.
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Folder for the CSV files, labels.csv and truth.json.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Generator {
    /// Three modalities of bits: c is a xor b with probability p, else a copy of a.
    Xor {
        /// Bits of each modality.
        #[arg(long, default_value_t = 5)]
        bits: u32,
        /// Probability that a row is an exclusive or.
        #[arg(long, default_value_t = 1.0)]
        p: f64,
        /// Rows.
        #[arg(long, default_value_t = 2000)]
        rows: u32,
        #[command(flatten)]
        output: Output,
    },
    /// Linear factors for chosen sets of modalities a, b, c, ….
    Hierarchy {
        /// Features of each modality.
        #[arg(long, value_delimiter = ',', default_value = "28,34,41")]
        dims: Vec<u32>,
        /// Factors of each set of modalities, as a+b+c:2,a+b:3,c:1.
        #[arg(long, value_delimiter = ',', default_value = "a+b+c:2,a+b:3,b+c:1,a:2,c:3")]
        ranks: Vec<String>,
        /// Standard deviation of the noise on each feature.
        #[arg(long, default_value_t = 0.3)]
        noise: f64,
        /// Rows.
        #[arg(long, default_value_t = 2000)]
        rows: u32,
        #[command(flatten)]
        output: Output,
    },
    /// Two modalities with redundant, unique and synergistic labels.
    Rus {
        /// Standard deviation of the noise on each feature.
        #[arg(long, default_value_t = 0.3)]
        noise: f64,
        /// Flips the sign of each group of features at random, row by row, so that no label is a
        /// linear function of the features.
        #[arg(long)]
        flips: bool,
        /// Rows.
        #[arg(long, default_value_t = 2000)]
        rows: u32,
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Args, Debug)]
pub(crate) struct InspectArguments {
    #[command(flatten)]
    pub(crate) data: DataArguments,
    /// Seed of the split.
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub(crate) seed: u64,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct ReproduceArguments {
    /// Which results.
    pub(crate) name: Vec<String>,
    /// Only lists the names.
    #[arg(long)]
    pub(crate) list: bool,
    /// Replicas (or worlds) instead of each result's own number.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=32))]
    pub(crate) seeds: Option<u32>,
    /// Where to run [default: cpu].
    #[arg(long, value_name = "WHERE")]
    pub(crate) executor: Option<Where>,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct BenchArguments {
    /// Rows of a batch.
    #[arg(long, value_name = "N", default_value_t = 256)]
    pub(crate) batch: u32,
    /// Units of the hidden layer.
    #[arg(long, value_name = "N", default_value_t = 128)]
    pub(crate) width: u32,
    /// Seeds trained at once.
    #[arg(long, value_name = "K", default_value_t = 5)]
    pub(crate) seeds: u32,
    /// Seconds of measuring for each objective and executor.
    #[arg(long, default_value_t = 3.0)]
    pub(crate) seconds: f64,
    /// Objectives to measure [default: all], as for train.
    #[arg(long, value_name = "LIST")]
    pub(crate) objective: Vec<String>,
    /// Measure each dispatch of a step by itself, too.
    #[arg(long)]
    pub(crate) ops: bool,
    /// Where the JSON goes, instead of the standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}
