//! How fast a run goes, and how many steps the next chunk should hold.

use std::collections::VecDeque;
use web_time::Instant;

/// Seconds that a chunk should take on an executor that blocks its thread.
const BLOCKING_CHUNK: f64 = 0.05;
/// Seconds that a chunk should take on a device that works by itself.
const QUEUED_CHUNK: f64 = 0.016;
/// Steps of a chunk at most.
const MOST: f64 = 64.0;
/// Seconds between two deliveries of records.
const DELIVERY: f64 = 0.1;
/// Seconds over which the rate is taken.
const WINDOW: f64 = 5.0;

/// The pace of a run; its clock stands while the run is paused.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// When the last chunk was done.
    last: Option<Instant>,
    delivered: Option<Instant>,
    /// Steps and seconds of the last chunks.
    chunks: VecDeque<(u32, f64)>,
    seconds: f64,
}

impl Pace {
    /// Steps of the next chunk.
    pub(crate) fn chunk(&self, blocking: bool) -> u32 {
        let wanted = if blocking { BLOCKING_CHUNK } else { QUEUED_CHUNK };
        let steps = self.rate() * wanted;
        steps.clamp(1.0, MOST) as u32
    }

    /// Notes that a chunk was done.
    pub(crate) fn done(&mut self, from: u32, to: u32) {
        let now = Instant::now();
        if let Some(last) = self.last {
            let seconds = now.duration_since(last).as_secs_f64();
            self.seconds += seconds;
            self.chunks.push_back((to - from, seconds));
            while self.window() > WINDOW && self.chunks.len() > 1 {
                self.chunks.pop_front();
            }
        }
        self.last = Some(now);
    }

    fn window(&self) -> f64 {
        self.chunks.iter().map(|c| c.1).sum()
    }

    /// Starts the clock: what came before was not training.
    pub(crate) fn resume(&mut self) {
        self.last = Some(Instant::now());
    }

    /// Whether it is time to deliver records.
    pub(crate) fn is_due(&mut self) -> bool {
        let now = Instant::now();
        let due =
            self.delivered.is_none_or(|last| now.duration_since(last).as_secs_f64() >= DELIVERY);
        if due {
            self.delivered = Some(now);
        }
        due
    }

    /// Steps a second over the last seconds.
    pub(crate) fn rate(&self) -> f64 {
        let steps: u32 = self.chunks.iter().map(|c| c.0).sum();
        let seconds = self.window();
        if seconds > 0.0 { f64::from(steps) / seconds } else { 0.0 }
    }

    /// Seconds of training in all.
    pub(crate) fn seconds(&self) -> f64 {
        self.seconds
    }
}
