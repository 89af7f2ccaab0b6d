//! Information in discrete columns, against tables whose parts are known.

mod of_data;
mod pid;
mod total_correlation;
