//! Bytes to a validated, aligned, split data set.
