//! One small model for each op, so that every kernel is run, checked against finite differences and
//! compared between executors.

use ndarray::Array2;
use std::sync::Arc;
use trefoil_plan::{
    Act, Batch, Curve, Distortion, Group, Heads, Init, Losses, Mode, Model, Optimiser, Statistics,
    Tables, Tape, Term, TokenMask, Training, Transposed, Var, pcg4d, uniform,
};

/// A forward pass that uses one op; its outputs are summed with fixed random weights.
pub struct Case {
    /// Name of the op.
    pub name: &'static str,
    /// The forward pass; `d` is the width.
    pub build: fn(&mut Tape, &Batch<'_>, u32) -> Vec<Var>,
    /// Width.
    pub width: u32,
}

/// A reproducible number in [−1, 1).
pub fn number(stream: u32, i: u32) -> f64 {
    2.0 * f64::from(uniform(pcg4d([17, stream, 0, i])[0])) - 1.0
}

fn weights(tape: &mut Tape, rows: u32, cols: u32) -> Var {
    let values = (0..rows * cols).map(|i| number(rows, i)).collect();
    tape.constant("weights", rows, cols, values)
}

impl Model for Case {
    fn losses(&self, tape: &mut Tape, batch: &Batch<'_>) -> Losses {
        let outputs = (self.build)(tape, batch, self.width);
        let terms = outputs
            .into_iter()
            .enumerate()
            .map(|(i, output)| {
                let (rows, cols) = (tape.rows(output), tape.cols(output));
                let weights = weights(tape, rows, cols);
                let value = tape.linear_form(output, weights);
                Term { name: format!("term {i}"), value, weight: 1.0 + i as f64 }
            })
            .collect();
        Losses { terms, log_scale: None }
    }

    fn embed(&self, tape: &mut Tape, batch: &Batch<'_>) -> Vec<(String, Var)> {
        let outputs = (self.build)(tape, batch, self.width);
        outputs.into_iter().enumerate().map(|(i, output)| (format!("output {i}"), output)).collect()
    }
}

fn x(tape: &mut Tape, name: &str, rows: u32, cols: u32) -> Var {
    tape.param(name, rows, cols, Group::Matrix, Init::Normal)
}

fn scale(tape: &mut Tape) -> Var {
    tape.param("scale", 1, 1, Group::Scale, Init::Constant(0.3))
}

/// Presence of the first modality, which the tables leave out in some rows.
fn mask(tape: &mut Tape, batch: &Batch<'_>) -> Option<Var> {
    batch.presence(tape).map(|p| tape.columns(p, 0, 1))
}

fn twice(tape: &mut Tape, mask: Option<Var>) -> Option<Var> {
    mask.map(|m| {
        let n = tape.rows(m);
        let row = tape.sum(&[(m, 1.0)]);
        let row = tape.reshape(row, 1, n);
        let both = tape.concat(&[row, row]);
        tape.reshape(both, 2 * n, 1)
    })
}

/// All cases.
pub fn all() -> Vec<Case> {
    let mut cases = matrix_cases();
    cases.extend(activation_cases());
    cases.extend(norm_cases());
    cases.extend(contrast_cases());
    cases.extend(random_cases());
    cases
}

fn case(name: &'static str, width: u32, build: fn(&mut Tape, &Batch<'_>, u32) -> Vec<Var>) -> Case {
    Case { name, build, width }
}

fn activation_cases() -> Vec<Case> {
    vec![
        case("activations", 7, |t, b, d| {
            let x = x(t, "x", b.rows, d);
            let mut made = vec![t.relu(x)];
            made.extend([Curve::Gelu, Curve::QuickGelu, Curve::Square].map(|c| t.activation(x, c)));
            made
        }),
        case("activations of products", 33, |t, b, d| {
            let x = x(t, "x", b.rows, 6);
            let curves = [Curve::Gelu, Curve::QuickGelu, Curve::Square];
            let mut made: Vec<Var> = Vec::new();
            for (i, curve) in curves.into_iter().enumerate() {
                let z = t.linear(&format!("in{i}"), x, d, Act::None);
                let y = t.activation(z, curve);
                made.push(t.linear(&format!("out{i}"), y, 3, Act::None));
                if i == 0 {
                    // What is wanted before the activation, too.
                    made.push(t.sum(&[(z, 0.5)]));
                }
            }
            let parts = |name: &str| {
                [1, 2].map(|i| (format!("{name}{i}.w"), format!("{name}{i}.b"), 2 * i))
            };
            let (w, bias): (Vec<Var>, Vec<Var>) = parts("part")
                .into_iter()
                .map(|(w, b, cols)| {
                    let init = Init::Uniform { fan_in: 6 };
                    let w = t.param(&w, 6, cols, Group::Matrix, init);
                    (w, t.param(&b, 1, cols, Group::Vector, init))
                })
                .unzip();
            let z = t.block_affine(x, &w, &bias, Act::None);
            let y = t.activation(z, Curve::Gelu);
            made.push(t.linear("behind", y, 3, Act::None));
            made
        }),
    ]
}

fn matrix_cases() -> Vec<Case> {
    vec![
        case("linear relu", 5, |t, b, d| {
            let x = x(t, "x", b.rows, d);
            vec![t.linear("l", x, 7, Act::Relu)]
        }),
        case("first layers", 33, |t, b, d| {
            let rows = b.inputs(t, 0);
            let z = t.linear("bent", rows, d, Act::None);
            vec![t.linear("l", rows, 3, Act::Relu), t.activation(z, Curve::Gelu)]
        }),
        case("linear tanh", 33, |t, b, d| {
            let x = x(t, "x", b.rows, d);
            vec![t.linear("l", x, 3, Act::Tanh)]
        }),
        case("block affine", 4, |t, b, d| {
            let x = x(t, "x", b.rows, 3 * d);
            let layer = |t: &mut Tape, i: u32| {
                let init = Init::Uniform { fan_in: d };
                let w = t.param(&format!("w{i}"), d, 1 + i, Group::Matrix, init);
                let b = t.param(&format!("b{i}"), 1, 1 + i, Group::Vector, init);
                (w, b)
            };
            let (w, bias): (Vec<Var>, Vec<Var>) = (0..3).map(|i| layer(t, i)).unzip();
            let own = t.block_affine(x, &w, &bias, Act::Relu);
            let shared = t.param("shared", b.rows, d, Group::Matrix, Init::Normal);
            vec![own, t.block_affine(shared, &w, &bias, Act::Tanh)]
        }),
        case("products, all transpositions", 6, |t, b, d| {
            let n = b.rows;
            let [ab, ba] = [x(t, "ab", n, d), x(t, "ba", d, n)];
            let [left, right] = [x(t, "left", d, 3), x(t, "right", 3, d)];
            vec![
                t.matmul(ab, left, Transposed { a: false, b: false }, 1),
                t.matmul(ab, right, Transposed { a: false, b: true }, n),
                t.matmul(ba, left, Transposed { a: true, b: false }, 2),
                t.matmul(ba, right, Transposed { a: true, b: true }, 3),
                t.matmul(ab, ab, Transposed { a: true, b: false }, n),
            ]
        }),
        case("sums", 5, |t, b, d| {
            let [p, q, row] = [x(t, "p", b.rows, d), x(t, "q", b.rows, d), x(t, "row", 1, d)];
            let many: Vec<(Var, f64)> =
                (0..11).map(|i| (if i % 2 == 0 { p } else { q }, 0.5)).collect();
            let wide = t.broadcast(row, b.rows);
            vec![t.sum(&[(p, 2.0), (q, -1.5), (row, 0.7)]), t.sum(&many), wide]
        }),
        case("concat and reshape", 4, |t, b, d| {
            let [p, q] = [x(t, "p", b.rows, d), x(t, "q", b.rows, 2 * d)];
            let whole = t.concat(&[p, q, p]);
            let shaped = t.reshape(whole, 4 * b.rows, d);
            let product = t.row_dot(shaped, shaped);
            vec![product, whole]
        }),
        case("row products", 9, |t, b, d| {
            let [p, q] = [x(t, "p", b.rows, d), x(t, "q", b.rows, d)];
            let weights = weights(t, b.rows, 1);
            let counts = t.constant(
                "counts",
                b.rows,
                d,
                (0..b.rows * d).map(|i| f64::from(i % 5)).collect(),
            );
            vec![t.row_dot(p, q), t.scale_rows(p, weights), t.divide(q, counts)]
        }),
        case("means", 3, |t, b, d| {
            let x = x(t, "x", b.rows, d);
            let mask = mask(t, b);
            vec![t.mean(x, None), t.mean(x, mask)]
        }),
        case("quadratic forms", 6, |t, b, d| {
            let x = x(t, "x", b.rows, d);
            let [w, target] = [1, 2].map(|s| {
                let values = (0..b.rows * d).map(|i| number(s, i)).collect();
                t.constant("c", b.rows, d, values)
            });
            vec![t.linear_form(x, w), t.square_form(x, w, target)]
        }),
        case("squared error", 5, |t, b, d| {
            let [x, y] = [x(t, "x", b.rows, d), b.inputs(t, 0)];
            let y = t.columns(y, 0, d);
            vec![t.squared_error(x, y)]
        }),
    ]
}

fn norm_cases() -> Vec<Case> {
    vec![
        case("normalize", 6, |t, b, d| {
            let x = x(t, "x", b.rows, d);
            vec![t.normalize(x)]
        }),
        case("layer norm", 9, |t, b, d| {
            let x = x(t, "x", b.rows, d);
            vec![t.layer_norm("n", x)]
        }),
        case("batch norm", 5, |t, b, d| {
            let x = x(t, "x", 2 * b.rows, d);
            let mask = mask(t, b);
            let both = twice(t, mask);
            let how = match b.mode {
                Mode::Train => Statistics::Train,
                Mode::Validate => Statistics::Batch,
                Mode::Embed => Statistics::Running,
            };
            vec![t.batch_norm("n", x, 2, None, how), t.batch_norm("m", x, 2, both, how)]
        }),
        case("center", 5, |t, b, d| {
            let x = x(t, "x", b.rows, d);
            let masked = b.presence(t).map(|p| {
                let one = t.columns(p, 0, 1);
                t.concat(&vec![one; d as usize])
            });
            vec![t.center(x, None), t.center(x, masked)]
        }),
        case("attention", 8, |t, b, d| {
            let tokens = 3;
            let [k, v] = ["k", "v"].map(|name| x(t, name, b.rows * tokens, d));
            let q = x(t, "q", 1, d);
            vec![
                t.attend(k, v, q, Heads { tokens, heads: 2, scaled: true }),
                t.attend(k, k, q, Heads { tokens, heads: 1, scaled: false }),
            ]
        }),
    ]
}

fn contrast_cases() -> Vec<Case> {
    vec![
        case("contrast pair", 6, |t, b, d| {
            let [p, q] = ["p", "q"].map(|name| x(t, name, b.rows, d));
            let (p, q, s) = (t.normalize(p), t.normalize(q), scale(t));
            t.contrast_pair(p, q, s, None).to_vec()
        }),
        case("contrast pair, masked, wide", 70, |t, b, d| {
            let [p, q] = ["p", "q"].map(|name| x(t, name, b.rows, d));
            let (p, q, s) = (t.normalize(p), t.normalize(q), scale(t));
            let mask = mask(t, b);
            t.contrast_pair(p, q, s, mask).to_vec()
        }),
        case("contrast replaced", 5, |t, b, d| {
            let [p, q, r] = ["p", "q", "r"].map(|name| x(t, name, b.rows, d));
            let s = scale(t);
            vec![t.contrast_replaced(p, q, r, s)]
        }),
        case("contrast views", 5, |t, b, d| {
            let z = x(t, "z", 2 * b.rows, d);
            let z = t.normalize(z);
            let tau = t.constant("tau", 1, 1, vec![1.2]);
            let mask = mask(t, b);
            let both = twice(t, mask);
            vec![t.contrast_views(z, tau, None), t.contrast_views(z, tau, both)]
        }),
        case("tuples of two", 5, |t, b, d| {
            let xs: Vec<Var> = ["p", "q"].iter().map(|name| x(t, name, b.rows.min(9), d)).collect();
            let s = scale(t);
            vec![t.contrast_tuples(&xs, s)]
        }),
        case("tuples of three", 67, |t, b, d| {
            let xs: Vec<Var> =
                ["p", "q", "r"].iter().map(|name| x(t, name, b.rows.min(6), d)).collect();
            let xs: Vec<Var> = xs.into_iter().map(|x| t.normalize(x)).collect();
            let s = scale(t);
            vec![t.contrast_tuples(&xs, s)]
        }),
        case("tuples of four", 4, |t, b, d| {
            let xs: Vec<Var> =
                ["p", "q", "r", "u"].iter().map(|name| x(t, name, b.rows.min(4), d)).collect();
            let s = scale(t);
            vec![t.contrast_tuples(&xs, s)]
        }),
        case("hadamard", 5, |t, b, d| {
            let [p, q, r] = ["p", "q", "r"].map(|name| x(t, name, b.rows, d));
            let order = t.permutations(b.rows, 2, b.clock());
            vec![
                t.hadamard(Some(order), &[(p, Some(0)), (q, Some(1)), (r, None)]),
                t.hadamard(None, &[(p, None), (p, None)]),
            ]
        }),
    ]
}

fn random_cases() -> Vec<Case> {
    vec![
        case("views", 5, |t, b, d| {
            let distortion = Distortion { noise: 0.3, drop: 0.2, swap: 0.3 };
            let viewed = b.viewed(t);
            let views = b.views(t, 0, &viewed, distortion);
            let w = x(t, "w", b.training().inputs[0], d);
            vec![t.matmul(views, w, Transposed::default(), 1)]
        }),
        case("token mask", 6, |t, b, d| {
            let how = |ratio, tokens: [u32; 3], keep, quarter| TokenMask {
                tokens: tokens.to_vec(),
                views: 2,
                ratio,
                keep,
                quarter,
            };
            let presence = b.presence(t);
            let mut made = Vec::new();
            for (i, how) in
                [how(0.6, [3, 1, 2], 7, 0), how(0.0, [2, 2, 2], 5, 0), how(0.9, [4, 0, 2], 7, 25)]
                    .into_iter()
                    .enumerate()
            {
                let mask = t.token_mask(2 * b.rows, presence, how, b.clock());
                let tokens = 2 * b.rows * 7;
                let mask = t.reshape(mask, tokens, 1);
                let x = x(t, &format!("x{i}"), tokens, d);
                made.push(t.scale_rows(x, mask));
            }
            made
        }),
    ]
}

/// Rows of the tables.
pub const ROWS: u32 = 150;

/// A training of `batch` rows on three modalities, the first absent in some rows, that leaves the
/// weights as they are.
pub fn training(batch: u32) -> Training {
    Training {
        rows: ROWS,
        inputs: vec![7, 6, 5],
        complete: false,
        train_rows: 100,
        validation_rows: 100,
        batch,
        validation_batch: batch,
        contiguous: false,
        views: Some(ROWS),
        embed_rows: batch,
        optimiser: Optimiser {
            rate: 0.0,
            scale_factor: 1.0,
            warmup: 0,
            steps: 100,
            cosine: false,
            decay: 0.0,
        },
        patience: 0,
        ring: 4,
    }
}

/// The tables that [`training`] expects.
pub fn tables() -> Tables {
    let mut list: Vec<Array2<f32>> = (0..3u32)
        .map(|m| {
            Array2::from_shape_fn((ROWS as usize, 7 - m as usize), |(i, j)| {
                if absent(m, i) { 0.0 } else { number(30 + m, (i * 7 + j) as u32) as f32 }
            })
        })
        .collect();
    list.push(Array2::from_shape_fn((ROWS as usize, 3), |(i, m)| {
        if absent(m as u32, i) { 0.0 } else { 1.0 }
    }));
    let column =
        |first: usize, n: usize| Array2::from_shape_fn((n, 1), |(i, _)| (first + i) as f32);
    list.extend([column(0, 100), column(50, 100), column(0, ROWS as usize)]);
    // Runs of three rows are views of one thing; the last row has no partner.
    let places = |(i, j): (usize, usize)| match (j, i + 1 == ROWS as usize) {
        (0, false) => (i / 3 * 3) as f32,
        (1, false) => {
            if i / 3 == (ROWS as usize - 1) / 3 {
                2.0
            } else {
                3.0
            }
        }
        (2, false) => (i % 3) as f32,
        (1, true) => 1.0,
        _ => 0.0,
    };
    list.push(Array2::from_shape_fn((ROWS as usize, 3), places));
    list.push(column(0, ROWS as usize));
    Tables { list: list.into_iter().map(Arc::new).collect() }
}

fn absent(modality: u32, row: usize) -> bool {
    modality == 0 && row % 4 == 1
}
