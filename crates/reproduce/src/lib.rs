//! The headline results of the methods, each one by a name: a world, settings, what was published
//! or measured, and a rule that says when it holds.
//!
//! An [`Experiment`] trains nothing itself: it asks a [`Laboratory`] for runs, which is the same
//! session as the page's. Its result is a [`Table`]. Before this crate stands the command line,
//! after it `trefoil_protocol::Report`.
//!
//! No experiment looks at a world on which a default was chosen: their seeds begin at
//! [`FIRST_SEED`].

mod coral;
mod hcl_deep;
mod hcl_linear;
mod hcl_missing;
mod laboratory;
mod population;
mod probe;
mod sharing;
mod symile;
mod table;
mod world;

pub use laboratory::{Context, Laboratory, Outcome, ReproduceError, WORLD};
pub use table::{Reference, Row, Rule, Table, Tag};

/// Seeds of worlds and of replicas begin here; defaults were chosen on seeds below.
pub const FIRST_SEED: u64 = 1000;

/// One headline result.
#[derive(Clone, Copy)]
pub struct Experiment {
    /// Name on the command line.
    pub name: &'static str,
    /// What it shows, in a sentence.
    pub about: &'static str,
    /// Seeds unless other is asked for.
    pub seeds: u32,
    run: fn(&mut Context<'_>) -> Result<Vec<Row>, ReproduceError>,
}

impl Experiment {
    /// The experiment called `name`.
    pub fn find(name: &str) -> Option<&'static Self> {
        EXPERIMENTS.iter().find(|e| e.name == name)
    }

    /// Runs it, with `seeds` replicas or as many as it has by itself.
    ///
    /// # Errors
    /// Where a run fails.
    pub fn run(
        &self,
        laboratory: &mut dyn Laboratory,
        seeds: Option<u32>,
    ) -> Result<Table, ReproduceError> {
        let mut context = Context::new(laboratory, seeds.unwrap_or(self.seeds));
        let rows = (self.run)(&mut context)?;
        Ok(Table { name: self.name.to_owned(), about: self.about.to_owned(), rows })
    }
}

/// All of them, in the order in which they are run.
pub const EXPERIMENTS: &[Experiment] = &[
    Experiment {
        name: "symile-xor",
        about: "Exclusive or: b from a and c, where no two modalities tell anything of the third. \
                Symile follows the Bayes rate, CLIP stays at chance.",
        seeds: 5,
        run: symile::xor,
    },
    Experiment {
        name: "symile-xor8",
        about: "Exclusive or of seven bits: eight modalities, one of which only all the others \
                together tell.",
        seeds: 5,
        run: symile::xor8,
    },
    Experiment {
        name: "symile-missing",
        about: "Exclusive or with modalities missing at random in training and validation rows; \
                test rows are complete.",
        seeds: 5,
        run: symile::missing,
    },
    Experiment {
        name: "symile-m3-mini",
        about: "Which image belongs to a text in several languages and a voice in one of them: a \
                small model of Symile-M3 with one-hot stand-ins for images, words and voices.",
        seeds: 3,
        run: symile::m3_mini,
    },
    Experiment {
        name: "hcl-recovery",
        about: "Linear HCL: loadings and ranks from a sample covariance, on three designs, with \
                strong factors (noise variance c = 0.1) and weak ones (c = 1); and trained.",
        seeds: 10,
        run: hcl_linear::recovery,
    },
    Experiment {
        name: "hcl-deep",
        about: "Deep HCL where each modality is a nonlinear mixture: can each factor be read from \
                the block of its set, and from no other?",
        seeds: 5,
        run: hcl_deep::deep,
    },
    Experiment {
        name: "hcl-select",
        about: "Which blocks of factors a target depends on: group lasso with the penalty by rule, \
                three of seven blocks without any effect, m rows with a target.",
        seeds: 10,
        run: hcl_linear::select,
    },
    Experiment {
        name: "hcl-missing",
        about: "HCL where each modality lacks 10, 20 and 40 % of the rows that do not test. The \
                theory has no missing modalities: covariances of the rows that have both, and \
                masked terms in the deep form, are ours.",
        seeds: 3,
        run: hcl_missing::missing,
    },
    Experiment {
        name: "coral-match",
        about: "What of a redundant, a unique and a matching factor COrAL and its peers keep. In \
                training two factors always fit; the probe asks, on rows where they need not, \
                whether they do.",
        seeds: 5,
        run: coral::coral_match,
    },
    Experiment {
        name: "coral-xor",
        about: "The same with independent bits, of which the label is the exclusive or: heavy \
                masking erases what only both modalities tell.",
        seeds: 5,
        run: coral::coral_xor,
    },
    Experiment {
        name: "sharing-map",
        about: "The yardstick itself: what the sharing map finds where the truth is known, and \
                how often it finds something where there is nothing.",
        seeds: 20,
        run: sharing::sharing_map,
    },
];
