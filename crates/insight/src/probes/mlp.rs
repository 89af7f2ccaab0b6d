//! MLP probe: one hidden layer, for what is there but not linearly. It sees the trial rows only.

use super::design::{Design, RowTarget, Rows};
use crate::random::{Purpose, generator, permutation};
use ndarray::{Array2, ArrayView2, Axis, Zip};
use rand::RngExt;
use rand::rngs::ChaCha8Rng;

const HIDDEN: usize = 32;
const RATE: f32 = 3e-3;
/// Decoupled weight decay that is tried, strongest first.
const DECAYS: [f32; 2] = [1.0, 0.01];
const EPOCHS: usize = 60;
/// Epochs without a lower loss on the choosing rows before training stops.
const PATIENCE: usize = 6;
/// What counts as lower.
const GAIN: f64 = 1e-3;
/// Work of one step, in floating-point operations.
const STEP_FLOPS: f64 = 1e9;
const MOMENTS: (f32, f32) = (0.9, 0.999);

/// A parameter with Adam's moments (Kingma & Ba 2015; decay as in Loshchilov & Hutter 2019).
#[derive(Clone)]
struct Weight {
    value: Array2<f32>,
    first: Array2<f32>,
    second: Array2<f32>,
}

impl Weight {
    /// Uniform with variance 2 / inputs (He et al. 2015), or zeros for an intercept.
    fn new(inputs: usize, outputs: usize, rng: Option<&mut ChaCha8Rng>) -> Self {
        let value = match rng {
            Some(rng) => {
                let bound = (6.0 / inputs.max(1) as f32).sqrt();
                Array2::from_shape_fn((inputs, outputs), |_| rng.random_range(-bound..bound))
            }
            None => Array2::zeros((1, outputs)),
        };
        let zeros = Array2::zeros(value.dim());
        Self { value, first: zeros.clone(), second: zeros }
    }

    fn step(&mut self, gradient: &Array2<f32>, time: i32, decay: f32) {
        let (b1, b2) = MOMENTS;
        let scale = RATE * (1.0 - b2.powi(time)).sqrt() / (1.0 - b1.powi(time));
        Zip::from(&mut self.value)
            .and(&mut self.first)
            .and(&mut self.second)
            .and(gradient)
            .for_each(|w, m, v, g| {
                *m = b1 * *m + (1.0 - b1) * g;
                *v = b2 * *v + (1.0 - b2) * g * g;
                *w -= scale * *m / (v.sqrt() + 1e-8) + RATE * decay * *w;
            });
    }
}

#[derive(Clone)]
struct Net {
    w1: Weight,
    b1: Weight,
    w2: Weight,
    b2: Weight,
}

impl Net {
    fn new(columns: usize, outputs: usize) -> Self {
        let mut rng = generator(Purpose::Mlp, 0);
        Self {
            w1: Weight::new(columns, HIDDEN, Some(&mut rng)),
            b1: Weight::new(0, HIDDEN, None),
            w2: Weight::new(HIDDEN, outputs, Some(&mut rng)),
            b2: Weight::new(0, outputs, None),
        }
    }

    fn hidden(&self, x: ArrayView2<f32>) -> Array2<f32> {
        (x.dot(&self.w1.value) + self.b1.value.row(0)).mapv_into(|v| v.max(0.0))
    }

    fn outputs(&self, hidden: &Array2<f32>) -> Array2<f32> {
        hidden.dot(&self.w2.value) + self.b2.value.row(0)
    }

    fn learn(&mut self, x: ArrayView2<f32>, target: RowTarget, time: i32, decay: f32) {
        let n = x.nrows() as f32;
        let hidden = self.hidden(x);
        let mut slope = self.outputs(&hidden);
        for (i, row) in slope.rows_mut().into_iter().enumerate() {
            target.loss(i, row);
        }
        slope /= n;
        let mut back = slope.dot(&self.w2.value.t());
        Zip::from(&mut back).and(&hidden).for_each(|b, h| *b = if *h > 0.0 { *b } else { 0.0 });
        let bias = |d: &Array2<f32>| d.sum_axis(Axis(0)).insert_axis(Axis(0));
        self.w2.step(&hidden.t().dot(&slope), time, decay);
        self.b2.step(&bias(&slope), time, 0.0);
        self.w1.step(&x.t().dot(&back), time, decay);
        self.b1.step(&bias(&back), time, 0.0);
    }
}

/// Trains with each decay, some epochs a step.
pub(super) struct MlpJob {
    decay: usize,
    net: Net,
    epoch: usize,
    time: i32,
    waited: usize,
    lowest: f64,
    best: Option<(f64, Net)>,
}

impl MlpJob {
    pub(super) fn new(design: &Design) -> Self {
        Self {
            decay: 0,
            net: Net::new(design.columns(), design.outputs()),
            epoch: 0,
            time: 0,
            waited: 0,
            lowest: f64::INFINITY,
            best: None,
        }
    }

    /// Some epochs; true once all is trained.
    pub(super) fn step(&mut self, design: &Design) -> bool {
        // In f64: the product leaves 32 bits behind in a browser.
        let weights = (HIDDEN * (design.columns() + design.outputs())) as f64;
        let rows = (6 * design.trial().x.nrows() + 2 * design.tune().x.nrows()) as f64;
        let epochs = (STEP_FLOPS / (rows * weights)).max(1.0) as usize;
        for _ in 0..epochs {
            if self.decay == DECAYS.len() {
                return true;
            }
            self.epoch(design);
            if self.epoch == EPOCHS || self.waited == PATIENCE {
                self.decay += 1;
                self.net = Net::new(design.columns(), design.outputs());
                (self.epoch, self.time, self.waited) = (0, 0, 0);
                self.lowest = f64::INFINITY;
            }
        }
        self.decay == DECAYS.len()
    }

    fn epoch(&mut self, design: &Design) {
        let Rows { x, target } = design.trial();
        let batch = (x.nrows() / 16).clamp(16, 128);
        let mut rng = generator(Purpose::Mlp, 1 + self.epoch as u64);
        for rows in permutation(&mut rng, x.nrows()).chunks(batch) {
            self.time += 1;
            let xs = x.select(Axis(0), rows);
            let decay = DECAYS[self.decay];
            match target {
                RowTarget::Class(values, weights) => {
                    let values: Vec<usize> = rows.iter().map(|r| values[*r]).collect();
                    self.net.learn(xs.view(), RowTarget::Class(&values, weights), self.time, decay);
                }
                RowTarget::Number(values) => {
                    let values: Vec<f64> = rows.iter().map(|r| values[*r]).collect();
                    self.net.learn(xs.view(), RowTarget::Number(&values), self.time, decay);
                }
            }
        }
        let tune = design.tune();
        let loss = tune.target.mean_loss(self.net.outputs(&self.net.hidden(tune.x)));
        self.epoch += 1;
        self.waited += 1;
        if loss < self.lowest - GAIN {
            self.lowest = loss;
            self.waited = 0;
        }
        if self.best.as_ref().is_none_or(|(best, _)| loss < *best) {
            self.best = Some((loss, self.net.clone()));
        }
    }

    /// Outputs on some rows.
    pub(super) fn predict(&self, rows: Rows) -> Array2<f32> {
        let net = self.best.as_ref().map_or(&self.net, |(_, net)| net);
        net.outputs(&net.hidden(rows.x))
    }
}
