//! Multilayer perceptrons.

use trefoil_plan::{Act, Curve, Group, Init, Tape, Var};
use trefoil_protocol::{Activation, Norm, Settings};

/// Shape of a perceptron: `depth` hidden layers of `width` units, then a linear layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Mlp {
    pub(crate) depth: u32,
    pub(crate) width: u32,
    pub(crate) activation: Activation,
}

impl Mlp {
    pub(crate) fn new(settings: &Settings) -> Self {
        let &Settings { depth, width, activation, .. } = settings;
        Self { depth, width, activation }
    }

    /// `(n,i) → (n,outputs)`, parameters `<name>.<layer>.weight` and `.bias`.
    pub(crate) fn apply(&self, tape: &mut Tape, name: &str, x: Var, outputs: u32) -> Var {
        self.apply_like(tape, name, name, x, outputs)
    }

    /// The same, starting at the weights of the perceptron called `like`.
    pub(crate) fn apply_like(
        &self,
        tape: &mut Tape,
        name: &str,
        like: &str,
        mut x: Var,
        outputs: u32,
    ) -> Var {
        for layer in 0..self.depth {
            let (name, like) = (format!("{name}.{layer}"), format!("{like}.{layer}"));
            x = self.hidden(tape, x, &name, &like);
        }
        let (name, like) = (format!("{name}.{}", self.depth), format!("{like}.{}", self.depth));
        affine_like(tape, &name, &like, x, outputs, Act::None)
    }

    fn hidden(&self, tape: &mut Tape, x: Var, name: &str, like: &str) -> Var {
        let y = affine_like(tape, name, like, x, self.width, self.act());
        self.finish(tape, y)
    }

    /// Perceptrons that share nothing but their input, each with its name and its outputs:
    /// `(n,i) → (n, Σ outputs)`.
    pub(crate) fn apply_blocks(&self, tape: &mut Tape, blocks: &[(String, u32)], x: Var) -> Var {
        let inputs = tape.cols(x);
        let mut y = x;
        for layer in 0..=self.depth {
            let last = layer == self.depth;
            let act = if last { Act::None } else { self.act() };
            let inputs = if layer == 0 { inputs } else { self.width };
            let (weights, biases): (Vec<Var>, Vec<Var>) = blocks
                .iter()
                .map(|(name, outputs)| {
                    let units = if last { *outputs } else { self.width };
                    parameters(tape, &format!("{name}.{layer}"), inputs, units)
                })
                .unzip();
            y = tape.block_affine(y, &weights, &biases, act);
            if !last {
                y = self.finish(tape, y);
            }
        }
        y
    }

    /// What the kernel of a layer can do by itself.
    fn act(&self) -> Act {
        match self.activation {
            Activation::Relu => Act::Relu,
            Activation::Tanh => Act::Tanh,
            Activation::Gelu => Act::None,
        }
    }

    /// What it cannot.
    fn finish(&self, tape: &mut Tape, y: Var) -> Var {
        if self.activation == Activation::Gelu { tape.activation(y, Curve::Gelu) } else { y }
    }
}

/// A perceptron whose output is scaled to be compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Head {
    encoder: Mlp,
    pub(crate) size: u32,
    pub(crate) norm: Norm,
}

impl Head {
    pub(crate) fn new(settings: &Settings) -> Self {
        let &Settings { embedding, norm, .. } = settings;
        Self { encoder: Mlp::new(settings), size: embedding, norm }
    }

    /// `(n,i) → (n,size)`
    pub(crate) fn apply(&self, tape: &mut Tape, name: &str, x: Var) -> Var {
        let y = self.encoder.apply(tape, name, x, self.size);
        match self.norm {
            Norm::Unit => tape.normalize(y),
            Norm::Layer => tape.layer_norm(&format!("{name}.norm"), y),
        }
    }
}

fn parameters(tape: &mut Tape, name: &str, inputs: u32, outputs: u32) -> (Var, Var) {
    parameters_like(tape, name, name, inputs, outputs)
}

fn parameters_like(
    tape: &mut Tape,
    name: &str,
    like: &str,
    inputs: u32,
    outputs: u32,
) -> (Var, Var) {
    let init = Init::Uniform { fan_in: inputs };
    let mut param = |what: &str, shape, group| {
        tape.param_like(&format!("{name}.{what}"), &format!("{like}.{what}"), shape, group, init)
    };
    (param("weight", (inputs, outputs), Group::Matrix), param("bias", (1, outputs), Group::Vector))
}

fn affine_like(tape: &mut Tape, name: &str, like: &str, x: Var, outputs: u32, act: Act) -> Var {
    let inputs = tape.cols(x);
    let (weight, bias) = parameters_like(tape, name, like, inputs, outputs);
    tape.affine(x, weight, bias, act)
}
