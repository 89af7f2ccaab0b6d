//! Numbers to scales, ticks and paths; no DOM.
