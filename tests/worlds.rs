//! Small data sets with something to find, and the objectives on them.

use crate::cases::number;
use ndarray::Array2;
use std::sync::Arc;
use trefoil_objectives::{ModalityShape, Objective, Shape, Sizes, build, training};
use trefoil_plan::{Tables, Training};
use trefoil_protocol::{ObjectiveName, ObjectiveSpec, RunConfig, Settings, Value};

/// A data set of a few rows in which all modalities share a factor.
pub struct World {
    /// Its shape.
    pub shape: Shape,
    /// Its tables.
    pub tables: Tables,
    /// Its sizes.
    pub sizes: Sizes,
}

/// Rows of a world.
const ROWS: u32 = 120;
const TRAIN: u32 = 72;
const VALIDATION: u32 = 24;

/// A world with these inputs a modality; with `holes`, every fourth row lacks one modality.
pub fn world(inputs: &[u32], batch: u32, holes: bool) -> World {
    let count = inputs.len();
    let absent = |m: usize, i: usize| holes && i % 4 == 1 && i / 4 % count == m;
    let mut list: Vec<Array2<f32>> = Vec::new();
    for (m, &d) in inputs.iter().enumerate() {
        let width = d as usize + usize::from(holes);
        list.push(Array2::from_shape_fn((ROWS as usize, width), |(i, j)| {
            if absent(m, i) {
                return if j + 1 == width { 1.0 } else { 0.0 };
            }
            if j == d as usize {
                return 0.0;
            }
            let shared = number(1, (i * 3 + j % 3) as u32);
            let own = number(2 + m as u32, (i * 64 + j) as u32);
            (1.2 * shared + 0.8 * own) as f32
        }));
    }
    let presence = |(i, m): (usize, usize)| if absent(m, i) { 0.0 } else { 1.0 };
    list.push(Array2::from_shape_fn((ROWS as usize, count), presence));
    let column = |first: u32, n: u32| {
        Array2::from_shape_fn((n as usize, 1), |(i, _)| (first as usize + i) as f32)
    };
    list.extend([column(0, TRAIN), column(TRAIN, VALIDATION), column(0, ROWS)]);
    let modalities = inputs.iter().enumerate().map(|(m, &d)| ModalityShape {
        name: format!("m{m}"),
        inputs: d + u32::from(holes),
        absent_input: holes.then_some(d),
    });
    World {
        shape: Shape { modalities: modalities.collect(), batch },
        tables: Tables { list: list.into_iter().map(Arc::new).collect() },
        sizes: Sizes { rows: ROWS, train: TRAIN, validation: VALIDATION, views: None, steps: 100 },
    }
}

/// The settings of an objective, with these changes.
///
/// # Panics
/// Where there is no such setting.
pub fn settings(name: ObjectiveName, changes: &[(&str, &str)]) -> Settings {
    let mut config = RunConfig::default();
    for (key, value) in changes {
        let value = value.parse().map_or(Value::Word((*value).to_owned()), Value::Number);
        config.set.insert((*key).to_owned(), value);
    }
    config.validate().expect("the settings exist");
    config.settings(&ObjectiveSpec::new(name))
}

/// An objective on a world, and its training.
///
/// # Panics
/// Where the settings do not fit.
pub fn objective(
    world: &World,
    name: ObjectiveName,
    changes: &[(&str, &str)],
) -> (Box<dyn Objective>, Training) {
    let settings = settings(name, changes);
    let objective = build(name, &settings, &world.shape).expect("the settings fit");
    (objective, training(&settings, &world.shape, world.sizes))
}

/// A title, the objective, and its settings.
pub type Form = (&'static str, ObjectiveName, &'static [(&'static str, &'static str)]);

/// Every objective in every form, small.
pub const FORMS: &[Form] = &[
    ("clip", ObjectiveName::Clip, &[("embedding", "6")]),
    (
        "clip, gelu",
        ObjectiveName::Clip,
        &[("embedding", "4"), ("activation", "gelu"), ("depth", "2")],
    ),
    ("clip, linear", ObjectiveName::Clip, &[("embedding", "4"), ("depth", "0")]),
    ("symile", ObjectiveName::Symile, &[("embedding", "6"), ("activation", "tanh")]),
    ("symile, all", ObjectiveName::Symile, &[("embedding", "6"), ("negatives", "n_squared")]),
    ("hcl", ObjectiveName::Hcl, &[("rank", "2")]),
    ("hcl, deeper", ObjectiveName::Hcl, &[("rank", "3"), ("depth", "2"), ("activation", "gelu")]),
    ("hcl, linear encoders", ObjectiveName::Hcl, &[("rank", "2"), ("depth", "0")]),
    ("hcl linear", ObjectiveName::Hcl, &[("rank", "2"), ("form", "linear")]),
    ("hcl, no partial", ObjectiveName::Hcl, &[("rank", "2"), ("structure", "no_partial")]),
    ("hcl official", ObjectiveName::Hcl, &[("rank", "2"), ("loss", "official")]),
    (
        "hcl official, global",
        ObjectiveName::Hcl,
        &[("rank", "2"), ("loss", "official"), ("structure", "global")],
    ),
    ("symile, layer norm", ObjectiveName::Symile, &[("embedding", "6"), ("norm", "layer")]),
    ("clip, layer norm", ObjectiveName::Clip, &[("embedding", "4"), ("norm", "layer")]),
    ("coral", ObjectiveName::Coral, &[("tokens", "3"), ("token_width", "8")]),
    (
        "coral, first recipe",
        ObjectiveName::Coral,
        &[
            // As published. At ten times that, the kink of the hinge parts the executors by rounding.
            ("lr", "0.0001"),
            ("tokens", "2"),
            ("token_width", "8"),
            ("penalty", "hinge"),
            ("mask_schedule", "rising"),
        ],
    ),
    ("comm", ObjectiveName::Comm, &[("tokens", "2"), ("token_width", "8")]),
    ("cross+self", ObjectiveName::CrossSelf, &[("embedding", "5")]),
];

/// HCL with blocks of unequal sizes, on three modalities.
pub const UNEQUAL: &[Form] = &[
    ("hcl, unequal", ObjectiveName::Hcl, &[("ranks", "m0+m1+m2=2,m0+m1=1,m2=3")]),
    (
        "hcl linear, unequal",
        ObjectiveName::Hcl,
        &[("ranks", "m0+m1+m2=1,m1+m2=3,m0=2"), ("form", "linear")],
    ),
];

/// A token a column. Biases in front of a batch norm have gradients of zero, summed over all tokens
/// of all rows: only where these are few do executors agree on how small a rounded zero is.
pub const FEATURES: &[Form] = &[
    (
        "coral, tokens of features",
        ObjectiveName::Coral,
        &[("tokenizer", "feature"), ("token_width", "8")],
    ),
    (
        "comm, tokens of features",
        ObjectiveName::Comm,
        &[("tokenizer", "feature"), ("token_width", "8")],
    ),
];
