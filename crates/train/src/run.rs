//! A run: its objectives train interleaved, chunk of steps after chunk of steps.

use crate::host::Host;
use crate::progress::Pace;
use crate::trained::{Recorded, Trained};
use crate::{Loaded, SessionError};
use std::ops::ControlFlow;
use std::sync::Arc;
use trefoil_plan::{Executor, Phase, Plan, Work};
use trefoil_protocol::{Event, Progress, RunConfig, RunId, StepRecord, StopReason, Task};

/// Objectives that train on the same data, split, batches and seeds.
pub(crate) struct Run<E: Executor> {
    pub(crate) id: RunId,
    pub(crate) config: RunConfig,
    pub(crate) seeds: Vec<u64>,
    pub(crate) objectives: Vec<Trained<E>>,
    /// When it was set up, RFC 3339.
    pub(crate) started: String,
    /// Whether the user ended it before the last step.
    ended: bool,
    /// Everything that was delivered.
    pub(crate) records: Vec<StepRecord>,
    /// Steps submitted.
    step: u32,
    /// Steps whose records were delivered.
    delivered: u32,
    pace: Pace,
}

/// Steps between two deliveries at most: what the ring holds, with room for what is under way.
const UNREAD: u32 = 512;

impl<E: Executor> Run<E> {
    pub(crate) async fn prepare<H: Host>(
        executor: &E,
        host: &H,
        id: RunId,
        config: &RunConfig,
        loaded: &Loaded,
        plans: Vec<Recorded>,
        watch: &mut dyn FnMut(Task) -> ControlFlow<()>,
    ) -> Result<Self, SessionError> {
        let seeds: Vec<u64> =
            (0..u64::from(config.seeds)).map(|r| config.seed.wrapping_add(r)).collect();
        executor.compile(&made_of(&plans)).await?;
        let mut objectives = Vec::new();
        for plan in plans {
            objectives.push(Trained::prepare(executor, host, plan, loaded, &seeds, watch).await?);
            host.breathe().await;
        }
        Ok(Self {
            id,
            config: config.clone(),
            seeds,
            objectives,
            started: now(),
            ended: false,
            records: Vec::new(),
            step: 0,
            delivered: 0,
            pace: Pace::default(),
        })
    }

    /// What the page is told of it.
    pub(crate) fn start(&self) -> Event {
        Event::Started {
            run: self.id,
            config: Box::new(self.config.clone()),
            objectives: self.objectives.iter().map(Trained::start).collect(),
            seeds: self.seeds.clone(),
        }
    }

    /// Starts the clock again, after what was not training.
    pub(crate) fn resume(&mut self) {
        self.pace.resume();
    }

    /// Steps submitted.
    pub(crate) fn step(&self) -> u32 {
        self.step
    }

    /// Whether there is nothing left to train.
    pub(crate) fn is_over(&self) -> bool {
        self.ended || self.step >= self.config.steps || self.objectives.iter().all(Trained::is_over)
    }

    /// Why each seed of an objective stopped, once the run is over.
    pub(crate) fn stops(&self, objective: usize) -> Vec<(StopReason, u32)> {
        let rest = if self.ended && self.step < self.config.steps {
            StopReason::Stopped
        } else {
            StopReason::Limit
        };
        let stopped = self.objectives[objective].stopped.iter();
        stopped.map(|s| s.unwrap_or((rest, self.step))).collect()
    }

    /// Ends it where it stands, with a validation: or else what is measured would be the weights of
    /// the one before, at first those that nothing has trained.
    pub(crate) fn end(&mut self, executor: &E) -> Result<(), SessionError> {
        self.ended = true;
        for objective in self.objectives.iter_mut().filter(|o| !o.is_over()) {
            let phases = objective.end(self.step);
            executor.submit(&[Work { run: &objective.run, phases: &phases }])?;
        }
        Ok(())
    }

    /// Submits the next chunk, waits for the one before, and delivers records ten times a second.
    pub(crate) async fn advance<H: Host>(
        &mut self,
        executor: &E,
        host: &H,
        blocking: bool,
        most: Option<u32>,
    ) -> Result<(), SessionError> {
        let left = self.config.steps - self.step;
        let steps = most.unwrap_or_else(|| self.pace.chunk(blocking)).min(left).max(1);
        let due = self.pace.is_due() || self.step + steps - self.delivered > UNREAD;
        // Asked for before the next chunk is queued, so that neither waits for it.
        let before = self.step;
        let reading = (due && before > self.delivered).then(|| self.read(executor));
        let done = executor.finish();
        let (from, to) = (before, before + steps);
        self.submit(executor, host, from, to).await?;
        let values = match reading {
            Some(reading) => Some(reading.await?),
            None => None,
        };
        done.await?;
        self.step = to;
        self.pace.done(from, to);
        if let Some(values) = values {
            self.deliver(host, before, &values);
        }
        host.breathe().await;
        Ok(())
    }

    /// Waits for everything and delivers what was recorded.
    pub(crate) async fn catch_up<H: Host>(
        &mut self,
        executor: &E,
        host: &H,
    ) -> Result<(), SessionError> {
        if self.step == 0 && !self.ended {
            return Ok(());
        }
        let values = self.read(executor).await?;
        self.deliver(host, self.step, &values);
        Ok(())
    }

    async fn submit<H: Host>(
        &mut self,
        executor: &E,
        host: &H,
        from: u32,
        to: u32,
    ) -> Result<(), SessionError> {
        let phases: Vec<(usize, Vec<Phase>)> = self
            .objectives
            .iter()
            .enumerate()
            .filter(|(_, o)| !o.is_over())
            .map(|(i, o)| (i, o.phases(from, to)))
            .collect();
        if executor.is_parallel() {
            let work: Vec<Work<'_, E::Run>> = phases
                .iter()
                .map(|(i, phases)| Work { run: &self.objectives[*i].run, phases })
                .collect();
            executor.submit(&work)?;
            return Ok(());
        }
        // One thread takes one objective after the other: the outside need not wait for all of them.
        for (i, phases) in phases {
            let clock = web_time::Instant::now();
            executor.submit(&[Work { run: &self.objectives[i].run, phases: &phases }])?;
            self.objectives[i].seconds += clock.elapsed().as_secs_f64();
            host.breathe().await;
        }
        Ok(())
    }

    /// Asks for what was recorded so far.
    fn read<'a>(
        &self,
        executor: &'a E,
    ) -> impl Future<Output = Result<Vec<Vec<Vec<f32>>>, SessionError>> + use<'a, E> {
        let reads: Vec<_> =
            self.objectives.iter().map(|o| executor.read(&o.run, &o.places())).collect();
        async move {
            let mut values = Vec::new();
            for read in reads {
                values.push(read.await?);
            }
            Ok(values)
        }
    }

    fn deliver<H: Host>(&mut self, host: &H, step: u32, values: &[Vec<Vec<f32>>]) {
        let mut progress = Progress { step, ..Progress::default() };
        for (i, (objective, values)) in (0..).zip(self.objectives.iter_mut().zip(values)) {
            if objective.is_over() {
                continue;
            }
            progress.records.extend(objective.records(i, step, values));
            let stops = objective.note_stops(&values[0]);
            progress.stopped.extend(stops.into_iter().map(|(s, why, at)| (i, s, why, at)));
        }
        self.delivered = step;
        self.records.extend_from_slice(&progress.records);
        progress.rate = self.pace.rate();
        let left = f64::from(self.config.steps - step);
        progress.seconds_left = (progress.rate > 0.0).then(|| left / progress.rate);
        host.send(Event::Progress { run: self.id, progress });
    }

    /// Shares the time of training among the objectives, where they ran at once: by the work of
    /// the steps that each one took.
    pub(crate) fn share_time(&mut self) {
        let total: f64 = self.pace.seconds();
        let work: Vec<f64> = (0..self.objectives.len())
            .map(|i| {
                let steps = self.stops(i).into_iter().map(|(_, steps)| steps).max().unwrap_or(0);
                self.objectives[i].plan.flops(Phase::Train).max(1.0) * f64::from(steps)
            })
            .collect();
        let all: f64 = work.iter().sum::<f64>().max(1.0);
        for (objective, work) in self.objectives.iter_mut().zip(work) {
            objective.seconds = total * work / all;
        }
    }
}

/// The plans themselves.
pub(crate) fn made_of(recorded: &[Recorded]) -> Vec<Arc<Plan>> {
    recorded.iter().map(|recorded| Arc::clone(&recorded.plan)).collect()
}

fn now() -> String {
    let since =
        web_time::SystemTime::now().duration_since(web_time::UNIX_EPOCH).map_or(0, |d| d.as_secs());
    // Seconds since 1970 fit for the next two hundred billion years.
    jiff::Timestamp::from_second(since.cast_signed())
        .map_or_else(|_| String::new(), |t| t.to_string())
}
