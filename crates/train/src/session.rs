//! Commands in, events out.

use crate::any_run::AnyRun;
use crate::devices::Devices;
use crate::evaluate::evaluate;
use crate::forecast::forecast;
use crate::host::Host;
use crate::live::Live;
use crate::read::read;
use crate::run::Run;
use crate::trained::{Recorded, recorded};
use crate::{Loaded, SessionError, export};
use std::collections::VecDeque;
use std::ops::ControlFlow;
use trefoil_protocol::{
    Colour, Command, DataSource, Event, ExecutorChoice, ExecutorKind, Export, Fault, Phase,
    RunConfig, RunId,
};

/// A session: what is loaded, the run that trains, and who is around.
pub struct Session<H: Host> {
    host: H,
    devices: Devices<H::Gpu>,
    loaded: Option<Loaded>,
    config: Option<RunConfig>,
    run: Option<AnyRun<H::Gpu>>,
    live: Option<Live>,
    runs: RunId,
    playing: bool,
    /// Whether the run has its report.
    reported: bool,
    pending: VecDeque<Command>,
}

/// Runs a body with the run, its executor, and whether that blocks the thread.
macro_rules! with_run {
    ($session:expr, |$run:ident, $executor:ident, $blocking:ident| $body:expr) => {
        match (&mut $session.run, $session.devices.gpu()) {
            (Some(AnyRun::Gpu($run)), Some(gpu)) => {
                let ($executor, $blocking) = (gpu, false);
                $body
            }
            (Some(AnyRun::Cpu($run)), _) => {
                let ($executor, $blocking) = ($session.devices.cpu(), true);
                $body
            }
            _ => Err(SessionError::NoData),
        }
    };
}

impl<H: Host> Session<H> {
    /// A session in which nothing is loaded.
    pub fn new(host: H) -> Self {
        Self {
            host,
            devices: Devices::default(),
            loaded: None,
            config: None,
            run: None,
            live: None,
            runs: 0,
            playing: false,
            reported: false,
            pending: VecDeque::new(),
        }
    }

    /// Answers commands and trains until nobody can send a command any more.
    pub async fn serve(&mut self) {
        loop {
            self.collect();
            while let Some(command) = self.pending.pop_front() {
                let outcome = self.handle(command).await;
                self.tell(outcome);
                self.collect();
            }
            if self.playing {
                let outcome = self.advance().await;
                if outcome.is_err() {
                    self.playing = false;
                    self.phase(Phase::Paused);
                }
                self.tell(outcome);
            } else {
                match self.host.wait().await {
                    Some(command) => self.pending.push_back(command),
                    None => return,
                }
            }
        }
    }

    /// What is around the session.
    pub fn host(&self) -> &H {
        &self.host
    }

    fn tell(&self, outcome: Result<(), SessionError>) {
        tell(&self.host, outcome);
    }

    /// Takes in the commands that have come; those that only ask for what is known are answered at
    /// once.
    fn collect(&mut self) {
        take_in(&self.host, self.loaded.as_ref(), &mut self.pending);
    }

    async fn handle(&mut self, command: Command) -> Result<(), SessionError> {
        match command {
            Command::Load { data, seed } => self.load(data, seed).await,
            Command::Configure { config } => self.configure(config).await,
            Command::Play => self.play().await,
            // It came when all was measured already.
            Command::Pause | Command::Stop | Command::Step if self.reported => {
                self.phase(Phase::Finished);
                Ok(())
            }
            Command::Pause => {
                self.playing = false;
                with_run!(self, |run, executor, _blocking| run
                    .catch_up(executor, &self.host)
                    .await)?;
                self.phase(Phase::Paused);
                Ok(())
            }
            Command::Step => self.step().await,
            Command::Stop => {
                with_run!(self, |run, executor, _blocking| run.end(executor))?;
                self.playing = false;
                self.finish().await
            }
            Command::Reset => {
                self.playing = false;
                let outcome = self.start().await;
                // In any case nothing trains now.
                self.phase(Phase::Paused);
                outcome
            }
            Command::Cancel => {
                self.host.send(Event::Task { task: None });
                Ok(())
            }
            Command::Colour { by } => colour(&self.host, self.loaded.as_ref(), &by),
            Command::Export { what } => self.export(&what).await,
        }
    }

    fn phase(&self, phase: Phase) {
        self.host.send(Event::Phase { run: self.runs, phase });
    }

    async fn load(&mut self, data: DataSource, seed: u64) -> Result<(), SessionError> {
        let (host, loaded, pending) = (&self.host, self.loaded.as_ref(), &mut self.pending);
        let mut watch = |task| {
            take_in(host, loaded, pending);
            host.send(Event::Task { task: Some(task) });
            let given_up = |c: &Command| matches!(c, Command::Cancel | Command::Load { .. });
            if pending.iter().any(given_up) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let (source, aligned) = read(host, data, seed, &mut watch).await?;
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

    async fn configure(&mut self, config: RunConfig) -> Result<(), SessionError> {
        // What cannot be run must not leave an older wish to be trained in its place.
        self.config = None;
        config.validate()?;
        let choice = config.executor;
        self.config = Some(config);
        let kind = self.devices.choose(&self.host, choice).await?;
        if self.loaded.is_none() {
            return Ok(());
        }
        let plans = self.plans().await?;
        let speed = self.devices.speed(&self.host, kind).await?;
        if let (Some(loaded), Some(config)) = (&self.loaded, &self.config) {
            let forecast = forecast(config, loaded, &plans, speed);
            self.host.send(Event::Forecast { forecast });
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
        let loaded = self.loaded.as_ref().ok_or(SessionError::NoData)?;
        let mut plans = Vec::new();
        for spec in &config.objectives {
            plans.push(recorded(&config, spec, loaded)?);
            self.host.breathe().await;
        }
        Ok(plans)
    }

    /// Sets up a run from the configuration.
    async fn start(&mut self) -> Result<(), SessionError> {
        let mut config = self.wanted()?;
        let kind = self.devices.choose(&self.host, config.executor).await?;
        let plans = self.plans().await?;
        let loaded = self.loaded.as_ref().ok_or(SessionError::NoData)?;
        config.data = loaded.source.clone();
        // What is written down must give the same numbers where another executor is at hand.
        config.executor = pinned(kind);
        self.run = None;
        self.reported = false;
        self.phase(Phase::Preparing);
        let (host, id) = (&self.host, self.runs + 1);
        let run = match self.devices.gpu() {
            Some(gpu) if kind == ExecutorKind::Gpu => {
                let run = Run::prepare(gpu, host, id, &config, loaded, plans).await?;
                host.send(run.start());
                AnyRun::Gpu(run)
            }
            _ => {
                let cpu = self.devices.cpu();
                let run = Run::prepare(cpu, host, id, &config, loaded, plans).await?;
                host.send(run.start());
                AnyRun::Cpu(run)
            }
        };
        self.run = Some(run);
        self.runs = id;
        self.live = Live::new(loaded).ok();
        Ok(())
    }

    /// Whether the run is that of the configuration.
    async fn is_wanted(&mut self) -> Result<bool, SessionError> {
        let mut wanted = self.wanted()?;
        wanted.executor = pinned(self.devices.choose(&self.host, wanted.executor).await?);
        Ok(self.run.as_ref().is_some_and(|run| {
            let config = run.config();
            *config == RunConfig { data: config.data.clone(), ..wanted }
        }))
    }

    async fn play(&mut self) -> Result<(), SessionError> {
        let same = self.is_wanted().await?;
        let over = self.run.as_ref().is_some_and(AnyRun::is_over);
        if same && over && !self.reported {
            // Its evaluation was given up; its weights are still there.
            return self.finish().await;
        }
        if !same || over {
            self.start().await?;
        }
        with_run!(self, |run, _executor, _blocking| {
            run.resume();
            Ok(())
        })?;
        self.playing = true;
        self.phase(Phase::Training);
        Ok(())
    }

    async fn step(&mut self) -> Result<(), SessionError> {
        let begun = self.run.as_ref().is_some_and(|run| run.step() > 0);
        if !begun && !self.is_wanted().await? {
            self.start().await?;
        }
        self.playing = false;
        let over = with_run!(self, |run, executor, blocking| {
            if !run.is_over() {
                run.resume();
                run.advance(executor, &self.host, blocking, Some(1)).await?;
                run.catch_up(executor, &self.host).await?;
            }
            Ok(run.is_over())
        })?;
        if over { self.finish().await } else { self.look(true).await }?;
        if !over {
            self.phase(Phase::Paused);
        }
        Ok(())
    }

    async fn advance(&mut self) -> Result<(), SessionError> {
        let over = with_run!(self, |run, executor, blocking| {
            if run.is_over() {
                return Err(SessionError::Cancelled);
            }
            run.advance(executor, &self.host, blocking, None).await?;
            Ok(run.is_over())
        })?;
        if over {
            self.playing = false;
            self.finish().await
        } else {
            self.look(false).await
        }
    }

    /// A look at one objective, if it is time for one.
    async fn look(&mut self, at_all: bool) -> Result<(), SessionError> {
        self.collect();
        let Some(mut live) = self.live.take() else { return Ok(()) };
        let result = match &self.loaded {
            Some(loaded) => {
                let (host, pending) = (&self.host, &mut self.pending);
                let mut watch = |_| {
                    take_in(host, Some(loaded), pending);
                    if pending.is_empty() {
                        ControlFlow::Continue(())
                    } else {
                        ControlFlow::Break(())
                    }
                };
                with_run!(self, |run, executor, _blocking| {
                    let outcome = live.look(executor, host, run, loaded, at_all, &mut watch).await;
                    run.resume();
                    outcome
                })
            }
            None => Ok(()),
        };
        self.live = Some(live);
        match result {
            // A look that a command interrupted is taken again later.
            Err(SessionError::Cancelled) => Ok(()),
            other => other,
        }
    }

    /// The last records, then the report.
    async fn finish(&mut self) -> Result<(), SessionError> {
        self.phase(Phase::Evaluating);
        let (Some(loaded), Some(info)) = (&self.loaded, self.devices.info()) else {
            return Err(SessionError::NoData);
        };
        let (host, pending, runs) = (&self.host, &mut self.pending, self.runs);
        let mut tell = |task| {
            take_in(host, Some(loaded), pending);
            host.send(Event::Task { task: Some(task) });
            let given_up = |c: &Command| {
                matches!(c, Command::Cancel | Command::Reset | Command::Play | Command::Load { .. })
            };
            if pending.iter().any(given_up) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let evaluated = with_run!(self, |run, executor, blocking| {
            run.catch_up(executor, host).await?;
            if !blocking {
                run.share_time();
            }
            evaluate(executor, host, run, loaded, info, &mut tell).await
        });
        host.send(Event::Task { task: None });
        match evaluated {
            Ok(found) => {
                let (report, points) = (Box::new(found.report), found.points);
                host.send(Event::Report { run: runs, report, points });
                self.reported = true;
                self.phase(Phase::Finished);
                Ok(())
            }
            Err(error) => {
                self.phase(Phase::Paused);
                Err(error)
            }
        }
    }

    async fn export(&mut self, what: &Export) -> Result<(), SessionError> {
        let loaded = self.loaded.as_ref().ok_or(SessionError::NoData)?;
        let (name, text) = with_run!(self, |run, executor, _blocking| {
            match *what {
                Export::Losses => Ok(("losses.csv".to_owned(), export::losses(run))),
                Export::Embeddings { objective, seed } => {
                    export::embeddings(executor, &self.host, run, loaded, objective, seed).await
                }
            }
        })?;
        self.host.send(Event::Export { name, mime: "text/csv".to_owned(), text });
        Ok(())
    }
}

/// Takes in the commands that have come; those that only ask for what is known are answered at
/// once, whatever else goes on.
fn take_in<H: Host>(host: &H, loaded: Option<&Loaded>, pending: &mut VecDeque<Command>) {
    while let Some(command) = host.next() {
        if let Command::Colour { by } = &command {
            tell(host, colour(host, loaded, by));
        } else {
            pending.push_back(command);
        }
    }
}

fn tell<H: Host>(host: &H, outcome: Result<(), SessionError>) {
    match outcome {
        Ok(()) => {}
        Err(SessionError::Cancelled) => host.send(Event::Task { task: None }),
        Err(error) => host.send(Event::Fault { fault: Fault::from(&error) }),
    }
}

fn colour<H: Host>(host: &H, loaded: Option<&Loaded>, by: &Colour) -> Result<(), SessionError> {
    let loaded = loaded.ok_or(SessionError::NoData)?;
    host.send(Event::Colour { values: loaded.dataset.colour(by)? });
    Ok(())
}

/// What makes `kind` again on another machine.
fn pinned(kind: ExecutorKind) -> ExecutorChoice {
    match kind {
        ExecutorKind::Gpu => ExecutorChoice::Gpu,
        ExecutorKind::Cpu => ExecutorChoice::Cpu,
    }
}
