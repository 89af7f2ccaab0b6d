//! Explanations of the terms outside the pictures, each in one or two sentences.

/// Modality.
pub(crate) const MODALITY: &str = "One kind of measurement of the same things, in a table of its own: pictures, texts, lab values. Rows of different tables that have the same id belong together.";
