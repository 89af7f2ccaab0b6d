//! Encoders and objectives, each as a forward graph.
