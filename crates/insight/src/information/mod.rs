//! Information in discrete columns: who has what of a label, and what no pair shows.
//!
//! * [`pid`]: a label's information split between two variables into redundant, unique and
//!   synergistic parts, with a baseline of shuffled labels.
//! * [`of_data`]: the same for the modalities and labels of a [`crate::Data`], which are first made
//!   [`discrete`].
//! * [`total_correlation`]: what several columns share, what the best tree of pairs shows of it, and
//!   estimates of both from the losses of contrastive objectives.
//!
//! Everything that is counted is plug-in: frequencies are taken for probabilities. Plug-in
//! information of n rows is too high by about (cells − 1) / 2n nats and finds synergy in noise, so
//! few bins and a look at the baseline are part of the method, not decoration.

mod broja;
pub mod discrete;
mod entropy;
pub mod of_data;
pub mod pid;
pub mod total_correlation;
