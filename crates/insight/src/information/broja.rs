//! Least information that keeps both pairs: the optimisation behind unique information.
//!
//! Among the joint tables Q with the pair tables P(x1, y) and P(x2, y), the one with the least
//! information I(y; x1, x2) (Bertschinger, Rauh, Olbrich, Jost & Ay 2014). It is found by
//! alternating minimisation of D(Q ‖ P(y) R(x1, x2)) over Q and R (Banerjee, Rauh & Montúfar 2017,
//! arXiv:1709.07487): R is the x1–x2 table of Q, and for each y Q is R scaled to the pair tables
//! (Sinkhorn), its scaling factors kept from one round to the next. Where a cell of Q goes to zero
//! this is slow, so a step goes beyond the table of Q, ever further as long as that helps: adaptive
//! overrelaxation of a bound optimiser (Salakhutdinov & Roweis 2003). Its use here is ours, and so
//! is the certificate:
//!
//! With Q = R·a·b, a and b the scaling factors, Σ P(x1, y) ln a(y, x1) + Σ P(x2, y) ln b(y, x2) is
//! a lower bound of −H(y | x1, x2) for every a and b whose products, summed over y, are at most 1
//! for all x1, x2 (Lagrange duality: the conjugate of −H(y | x1, x2) is the indicator of that
//! constraint). Dividing by the largest such sum turns any iterate into a bound. The upper bound is
//! the value of Q once rounded to exactly the pair tables (Altschuler, Weed & Rigollet 2017,
//! algorithm 2). What lies between is the gap; it holds however well Sinkhorn converged.

use super::entropy::xlogx;
use ndarray::{Array1, Array2, Array3, ArrayView1, ArrayView2, Axis, Zip};

/// Sinkhorn sweeps in a round, at most.
const SWEEPS: usize = 100;
/// Summed deviation from the pair tables at which a round's sweeps end.
const EXACT: f64 = 1e-11;
/// A step's exponent grows by this factor while it helps, up to the second number.
const STRIDE: (f64, f64) = (1.2, 64.0);
/// Rounds from one look at the bounds to the next.
const LOOK: usize = 10;

/// The pair tables, y first.
pub(super) struct Pairs {
    /// values of y × values of x1.
    pub(super) x1: Array2<f64>,
    /// values of y × values of x2.
    pub(super) x2: Array2<f64>,
}

impl Pairs {
    /// Of a table x1 × x2 × y.
    pub(super) fn new(table: &Array3<f64>) -> Self {
        let x1 = table.sum_axis(Axis(1)).reversed_axes();
        let x2 = table.sum_axis(Axis(0)).reversed_axes();
        Self { x1, x2 }
    }

    fn of(&self, y: usize) -> (ArrayView1<'_, f64>, ArrayView1<'_, f64>) {
        (self.x1.row(y), self.x2.row(y))
    }
}

/// Bounds of the least −H(y | x1, x2), in nats, and what they took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) rounds: usize,
}

/// Narrows `known` bounds until they are `gap` nats apart or `limit` rounds are done.
pub(super) fn narrow(pairs: &Pairs, known: Bounds, gap: f64, limit: usize) -> Bounds {
    let mut bounds = known;
    let mut state = State::new(pairs);
    while bounds.high - bounds.low > gap && bounds.rounds < limit {
        for _ in 0..LOOK.min(limit - bounds.rounds) {
            state.round(pairs);
            bounds.rounds += 1;
        }
        bounds.low = bounds.low.max(state.low(pairs));
        bounds.high = bounds.high.min(state.high(pairs));
    }
    bounds
}

struct State {
    /// The reference that the last round scaled, and what the next one scales: x1 × x2.
    r: Array2<f64>,
    next: Array2<f64>,
    /// Where a plain step from the best reference so far leads, and that reference's divergence.
    plain: Array2<f64>,
    divergence: f64,
    /// The next step multiplies by (Q / R) to this power; 1 is the plain one.
    stride: f64,
    /// Scaling factors, as in [`Pairs`].
    a: Array2<f64>,
    b: Array2<f64>,
}

impl State {
    /// Starts from Q = P(x1, y) P(x2, y) / P(y).
    fn new(pairs: &Pairs) -> Self {
        let mut r = Array2::zeros((pairs.x1.ncols(), pairs.x2.ncols()));
        for y in 0..pairs.x1.nrows() {
            let (p1, p2) = pairs.of(y);
            let p = p1.sum();
            if p > 0.0 {
                r += &(outer(p1, p2) / p);
            }
        }
        let ones = |like: &Array2<f64>| Array2::ones(like.dim());
        Self {
            next: r.clone(),
            plain: r.clone(),
            r,
            divergence: f64::INFINITY,
            stride: 1.0,
            a: ones(&pairs.x1),
            b: ones(&pairs.x2),
        }
    }

    fn round(&mut self, pairs: &Pairs) {
        self.r = std::mem::take(&mut self.next);
        let mut sum = Array2::zeros(self.r.dim());
        for y in 0..pairs.x1.nrows() {
            let (p1, p2) = pairs.of(y);
            let (a, b) = scaled(&self.r, p1, p2, self.b.row(y));
            self.a.row_mut(y).assign(&a);
            self.b.row_mut(y).assign(&b);
            sum += &self.joint(y);
        }
        let divergence = self.divergence(pairs);
        if divergence <= self.divergence {
            let stride = self.stride;
            // A cell that has underflowed stays empty.
            let step = |q: &f64, r: &f64| if *r > 0.0 { r * (q / r).powf(stride) } else { 0.0 };
            let next = Zip::from(&sum).and(&self.r).map_collect(step);
            self.next = &next / next.sum();
            self.plain = sum;
            self.divergence = divergence;
            self.stride = (self.stride * STRIDE.0).min(STRIDE.1);
        } else {
            self.next = self.plain.clone();
            self.stride = 1.0;
        }
    }

    /// D(Q ‖ R), summed over y.
    fn divergence(&self, pairs: &Pairs) -> f64 {
        let sum = |p: &Array2<f64>, factors: &Array2<f64>| -> f64 {
            p.iter().zip(factors).map(|(p, f)| xlogx(*p, *f)).sum()
        };
        sum(&pairs.x1, &self.a) + sum(&pairs.x2, &self.b)
    }

    /// Q at one y: x1 × x2.
    fn joint(&self, y: usize) -> Array2<f64> {
        outer(self.a.row(y), self.b.row(y)) * &self.r
    }

    fn low(&self, pairs: &Pairs) -> f64 {
        let most = self.a.t().dot(&self.b).iter().copied().fold(0.0, f64::max);
        let bound = self.divergence(pairs) - most.ln();
        // Factors that overflow prove nothing.
        if bound.is_finite() { bound } else { f64::NEG_INFINITY }
    }

    fn high(&self, pairs: &Pairs) -> f64 {
        let tables: Vec<Array2<f64>> = (0..pairs.x1.nrows())
            .map(|y| {
                let (p1, p2) = pairs.of(y);
                rounded(self.joint(y), p1, p2)
            })
            .collect();
        let sum = tables.iter().fold(Array2::<f64>::zeros(self.r.dim()), |sum, q| sum + q);
        let of = |q: &Array2<f64>| -> f64 {
            q.iter().zip(&sum).map(|(q, all)| xlogx(*q, q / all)).sum()
        };
        let information: f64 = tables.iter().map(of).sum();
        if information.is_finite() { information } else { f64::INFINITY }
    }
}

fn outer(a: ArrayView1<f64>, b: ArrayView1<f64>) -> Array2<f64> {
    a.insert_axis(Axis(1)).dot(&b.insert_axis(Axis(0)))
}

/// Factors a and b with which a·r·b has the row sums `p1` and the column sums `p2`.
fn scaled(
    r: &Array2<f64>,
    p1: ArrayView1<f64>,
    p2: ArrayView1<f64>,
    start: ArrayView1<f64>,
) -> (Array1<f64>, Array1<f64>) {
    // Where nothing is wanted there may be nothing to scale.
    let over = |p: ArrayView1<f64>, seen: &Array1<f64>| {
        Zip::from(p).and(seen).map_collect(|p, s| if *p > 0.0 { p / s } else { 0.0 })
    };
    let mut b = start.to_owned();
    let mut seen = r.dot(&b);
    let mut a = over(p1, &seen);
    for _ in 0..SWEEPS {
        b = over(p2, &r.t().dot(&a));
        seen = r.dot(&b);
        let off: f64 =
            Zip::from(&a).and(&seen).and(p1).fold(0.0, |o, a, s, p| o + (a * s - p).abs());
        if off <= EXACT {
            break;
        }
        a = over(p1, &seen);
    }
    (a, b)
}

/// The table near `q` with exactly the row sums `p1` and the column sums `p2`: what is too much is
/// scaled away, what is missing is added as a product.
fn rounded(mut q: Array2<f64>, p1: ArrayView1<f64>, p2: ArrayView1<f64>) -> Array2<f64> {
    let shrink = |p: f64, sum: f64| if sum > p { p / sum } else { 1.0 };
    for (mut row, p) in q.rows_mut().into_iter().zip(p1) {
        let factor = shrink(*p, row.sum());
        row *= factor;
    }
    for (mut column, p) in q.columns_mut().into_iter().zip(p2) {
        let factor = shrink(*p, column.sum());
        column *= factor;
    }
    let lacks = |q: ArrayView2<f64>, axis, p: ArrayView1<f64>| {
        (&p - &q.sum_axis(Axis(axis))).mapv(|v| v.max(0.0))
    };
    let (rows, columns) = (lacks(q.view(), 1, p1), lacks(q.view(), 0, p2));
    let missing = rows.sum();
    if missing > 0.0 {
        q += &(outer(rows.view(), columns.view()) / missing);
    }
    q
}
