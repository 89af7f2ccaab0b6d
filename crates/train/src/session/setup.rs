//! Before anything trains: data in, a configuration accepted, a run set up.

use super::{Session, telling};
use crate::any_run::AnyRun;
use crate::factors::count;
use crate::forecast::forecast;
use crate::host::Host;
use crate::live::Live;
use crate::read::read;
use crate::run::{Run, made_of};
use crate::trained::{Recorded, recorded};
use crate::{Loaded, SessionError};
use trefoil_plan::Executor;
use trefoil_protocol::{
    BlockRanks, Command, DataSource, Event, ExecutorChoice, ExecutorKind, ObjectiveName,
    ObjectiveSpec, Phase, RunConfig,
};

impl<H: Host> Session<H> {
    pub(super) async fn load(&mut self, data: DataSource, seed: u64) -> Result<(), SessionError> {
        let (host, loaded) = (&self.host, self.loaded.as_ref());
        let mut watch = telling(host, loaded, &mut self.pending, gives_up_reading);
        let (source, aligned) = read(host, data, seed, &mut watch).await?;
        drop(watch);
        // Only now is the old data let go.
        let loaded = Loaded::new(source, &aligned, seed);
        self.host.send(Event::Task { task: None });
        self.show(loaded);
        Ok(())
    }

    fn show(&mut self, loaded: Loaded) {
        self.playing = false;
        self.run = None;
        self.reported = false;
        self.live = None;
        self.host.send(Event::Data {
            summary: Box::new(loaded.dataset.summary()),
            source: loaded.source.clone(),
            ids: loaded.dataset.ids().to_vec(),
        });
        self.loaded = Some(loaded);
    }

    pub(super) async fn configure(&mut self, config: RunConfig) -> Result<(), SessionError> {
        // What cannot be run must not leave an older wish to be trained in its place.
        self.config = None;
        config.validate()?;
        let choice = config.executor;
        self.config = Some(config);
        let mut kind = self.devices.choose(&self.host, choice).await?;
        if self.loaded.is_none() {
            return Ok(());
        }
        let plans = self.plans().await?;
        if let (Some(loaded), Some(config)) = (&self.loaded, &self.config) {
            self.devices.probe(&self.host, config, &plans, &loaded.tables).await?;
            kind = self.devices.choose(&self.host, choice).await?;
        }
        let speed = self.devices.speed(&self.host, kind).await?;
        if let (Some(loaded), Some(config)) = (&self.loaded, &self.config) {
            let forecast = forecast(config, loaded, &plans, speed);
            self.host.send(Event::Forecast { forecast });
        }
        if let (Some(gpu), ExecutorKind::Gpu) = (self.devices.gpu(), kind) {
            // While the settings are looked at: whoever presses Train then does not wait for it.
            gpu.compile(&made_of(&plans)).await?;
        }
        Ok(())
    }

    /// The configuration that was accepted last.
    fn wanted(&self) -> Result<RunConfig, SessionError> {
        if self.loaded.is_none() {
            return Err(SessionError::NoData);
        }
        self.config.clone().ok_or(SessionError::NotConfigured)
    }

    /// The plans of the configured run; splits the data by the run's seed first.
    async fn plans(&mut self) -> Result<Vec<Recorded>, SessionError> {
        let config = self.wanted()?;
        let loaded = self.loaded.as_ref().ok_or(SessionError::NoData)?;
        if loaded.dataset.seed() != config.seed {
            // Generated data follow the seed; everything else is only split anew.
            if let DataSource::Generated(_) = &loaded.source {
                self.load(loaded.source.clone(), config.seed).await?;
            } else {
                let split = loaded.split_by(config.seed);
                self.show(split);
            }
        }
        let found = |spec: &ObjectiveSpec| {
            spec.name == ObjectiveName::Hcl && config.settings(spec).ranks == BlockRanks::Found
        };
        if config.objectives.iter().any(found) {
            self.count_factors().await?;
        }
        let loaded = self.loaded.as_ref().ok_or(SessionError::NoData)?;
        let mut plans = Vec::new();
        for spec in &config.objectives {
            plans.push(recorded(&config, spec, loaded)?);
            self.host.breathe().await;
        }
        Ok(plans)
    }

    /// Counts the factors of the data that is loaded, unless that was done, and tells them.
    pub(super) async fn count_factors(&mut self) -> Result<(), SessionError> {
        let loaded = self.loaded.as_ref().ok_or(SessionError::NoData)?;
        if let Some(counts) = loaded.factors.get() {
            self.host.send(Event::Factors { counts: Box::new(counts.clone()) });
            return Ok(());
        }
        let host = &self.host;
        let mut watch = telling(host, Some(loaded), &mut self.pending, gives_up_reading);
        let counts = count(host, loaded, &mut watch).await?;
        self.host.send(Event::Task { task: None });
        let counts = loaded.factors.get_or_init(|| counts);
        self.host.send(Event::Factors { counts: Box::new(counts.clone()) });
        Ok(())
    }

    /// Sets up a run from the configuration.
    pub(super) async fn start(&mut self) -> Result<(), SessionError> {
        let mut config = self.wanted()?;
        self.devices.choose(&self.host, config.executor).await?;
        let plans = self.plans().await?;
        let loaded = self.loaded.as_ref().ok_or(SessionError::NoData)?;
        self.devices.probe(&self.host, &config, &plans, &loaded.tables).await?;
        let kind = self.devices.choose(&self.host, config.executor).await?;
        config.data = loaded.source.clone();
        // What is written down must give the same numbers where another executor is at hand.
        config.executor = pinned(kind);
        self.playing = false;
        self.phase(Phase::Preparing);
        let (host, id) = (&self.host, self.runs + 1);
        let mut watch = telling(host, Some(loaded), &mut self.pending, gives_up_preparing);
        let run = match self.devices.gpu() {
            Some(gpu) if kind == ExecutorKind::Gpu => {
                Run::prepare(gpu, host, id, &config, loaded, plans, &mut watch)
                    .await
                    .map(AnyRun::Gpu)
            }
            _ => {
                let cpu = self.devices.cpu();
                Run::prepare(cpu, host, id, &config, loaded, plans, &mut watch)
                    .await
                    .map(AnyRun::Cpu)
            }
        };
        drop(watch);
        let run = match run {
            Ok(run) => run,
            Err(error) => {
                // The run before is still there, as it was.
                self.phase(match (&self.run, self.reported) {
                    (None, _) => Phase::Idle,
                    (Some(_), true) => Phase::Finished,
                    (Some(_), false) => Phase::Paused,
                });
                return Err(error);
            }
        };
        host.send(Event::Task { task: None });
        host.send(run.start());
        self.run = Some(run);
        self.reported = false;
        self.runs = id;
        self.live = Live::new(loaded).ok();
        Ok(())
    }

    /// Whether the run is that of the configuration.
    pub(super) async fn is_wanted(&mut self) -> Result<bool, SessionError> {
        let mut wanted = self.wanted()?;
        wanted.executor = pinned(self.devices.choose(&self.host, wanted.executor).await?);
        Ok(self.run.as_ref().is_some_and(|run| {
            let config = run.config();
            *config == RunConfig { data: config.data.clone(), ..wanted }
        }))
    }
}

/// Whether a command ends a task on the data.
fn gives_up_reading(command: &Command) -> bool {
    matches!(command, Command::Cancel | Command::Load { .. })
}

/// Whether a command ends the setting up of a run.
fn gives_up_preparing(command: &Command) -> bool {
    matches!(command, Command::Cancel | Command::Reset | Command::Load { .. })
}

/// What makes `kind` again on another machine.
fn pinned(kind: ExecutorKind) -> ExecutorChoice {
    match kind {
        ExecutorKind::Gpu => ExecutorChoice::Gpu,
        ExecutorKind::Cpu => ExecutorChoice::Cpu,
    }
}
