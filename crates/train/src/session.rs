//! Commands in, events out.

use crate::any_run::AnyRun;
use crate::devices::Devices;
use crate::evaluate::evaluate;
use crate::export::{Embeddings, losses};
use crate::host::Host;
use crate::live::Live;
use crate::{Loaded, SessionError};
use std::collections::VecDeque;
use std::ops::ControlFlow;
use trefoil_plan::Executor;
use trefoil_protocol::{Colour, Command, Event, Export, Fault, Phase, RunConfig, RunId, Task};

mod setup;

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
            Command::CountFactors => self.count_factors().await,
            Command::Colour { by } => colour(&self.host, self.loaded.as_ref(), &by),
            Command::Export { what } => self.export(&what).await,
        }
    }

    fn phase(&self, phase: Phase) {
        self.host.send(Event::Phase { run: self.runs, phase });
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
        let (host, runs) = (&self.host, self.runs);
        let given_up = |c: &Command| {
            matches!(c, Command::Cancel | Command::Reset | Command::Play | Command::Load { .. })
        };
        let mut tell = telling(host, Some(loaded), &mut self.pending, given_up);
        let evaluated = with_run!(self, |run, executor, _blocking| {
            run.catch_up(executor, host).await?;
            if executor.is_parallel() {
                run.share_time();
            }
            evaluate(executor, host, run, loaded, info, &mut tell).await
        });
        drop(tell);
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
        with_run!(self, |run, executor, _blocking| {
            match *what {
                Export::Losses => {
                    send_file(&self.host, "losses.csv".to_owned(), losses(run));
                }
                Export::Embeddings { objective, seed, rows } => {
                    if seed.is_some_and(|seed| seed as usize >= run.seeds.len()) {
                        return Err(SessionError::NoData);
                    }
                    let made = Embeddings::make(executor, &self.host, run, loaded, objective, rows);
                    for (name, text) in made.await?.files(seed) {
                        send_file(&self.host, name, text);
                    }
                }
            }
            Ok(())
        })
    }
}

fn send_file<H: Host>(host: &H, name: String, text: String) {
    host.send(Event::Export { name, mime: "text/csv".to_owned(), text });
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

/// Tells the outside how far a task is, takes in what has come meanwhile, and breaks off where one
/// of these commands gives the task up.
fn telling<'a, H: Host>(
    host: &'a H,
    loaded: Option<&'a Loaded>,
    pending: &'a mut VecDeque<Command>,
    gives_up: impl Fn(&Command) -> bool + 'a,
) -> impl FnMut(Task) -> ControlFlow<()> + 'a {
    move |task| {
        take_in(host, loaded, pending);
        host.send(Event::Task { task: Some(task) });
        if pending.iter().any(&gives_up) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
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
