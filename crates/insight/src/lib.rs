//! Embeddings to sharing map, probes, retrieval and recovery.
