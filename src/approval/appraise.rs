//! The way of a line up to its verdict, assembled once for both front doors.

use super::Question;
use super::carried::{carried, hands_to_us, narrow};
use super::lineage::{GUARD, agent_above_us};
use super::memory::{Memory, Remembering};
use crate::agents::Wrapped;
use crate::effect::{self, Assessment, Start, World};
use crate::grammar::{Catalog, GrammarFault};
use crate::host::{self, Disk, Loaded, Places, Run, Session};
use crate::policy::{Complaint, Verdict};
use crate::syntax::{self, Reading};
use crate::text::Span;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A line and all that was made of it.
#[derive(Debug)]
pub struct Appraisal {
    /// How it was read.
    pub reading: Reading,
    /// What it would do.
    pub assessment: Assessment,
    /// What policy makes of that.
    pub verdict: Verdict,
    /// The agent whose wrapper carried the line, and the line it carried. The rest speaks of that line; of what agents run
    /// for themselves at their start there is none.
    pub carried: Option<Carried>,
    /// How long each took; nothing for a line that is judged alone, for which nobody looks at the clock.
    pub took: Took,
}

impl Appraisal {
    /// The line that an agent's wrapper carried.
    pub fn inner(&self) -> Option<&[u8]> {
        self.carried.as_ref()?.line.as_deref()
    }
}

/// What a wrapper carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// The agent.
    pub agent: &'static str,
    /// The line it asked for.
    pub line: Option<Vec<u8>>,
}

/// How long the floors took over a line.
#[derive(Clone, Copy, Debug, Default)]
pub struct Took {
    /// Reading it.
    pub reading: Duration,
    /// Finding out what it would do.
    pub assessing: Duration,
    /// Judging that.
    pub judging: Duration,
}

/// Rules, grammars and scope for lines that start in one directory; made once, used for any number of lines.
pub struct Appraiser {
    directory: PathBuf,
    loaded: Loaded,
    catalog: Arc<Catalog>,
    faults: Vec<GrammarFault>,
}

impl Appraiser {
    /// For lines that start in the absolute `directory`.
    pub fn at(places: &Places, directory: &Path) -> Self {
        Self::of(host::load(places, directory), directory)
    }

    /// For lines of a session that start there, asked by a process that is not of that session.
    pub fn of_run(places: &Places, directory: &Path, run: &Run) -> Self {
        Self::of(host::load_in(places, directory, Some(run)), directory)
    }

    /// For lines that a hook is told of: an agent's, of the session it names.
    pub fn of_hook(places: &Places, directory: &Path, session: Option<&str>) -> Self {
        let mut loaded = host::load(places, directory);
        loaded.hold_to_branches(session.map(str::to_owned));
        Self::of(loaded, directory)
    }

    fn of(mut loaded: Loaded, directory: &Path) -> Self {
        find_whose(&mut loaded);
        let (catalog, faults) = Catalog::shipped().with_user(&loaded.grammars);
        let mut appraiser = Self { directory: directory.to_path_buf(), loaded, catalog: Arc::new(catalog), faults };
        appraiser.degrade();
        appraiser
    }

    /// For lines that start in another directory, with the grammars this one has already.
    #[must_use]
    pub fn moved(&self, places: &Places, directory: &Path) -> Self {
        let mut loaded = host::load(places, directory);
        find_whose(&mut loaded);
        let catalog = Arc::clone(&self.catalog);
        let mut moved = Self { directory: directory.to_path_buf(), loaded, catalog, faults: self.faults.clone() };
        moved.degrade();
        moved
    }

    /// A grammar of the person's own that is wrong leaves the shipped ones, and everything not read-only is asked about.
    fn degrade(&mut self) {
        if let Some(fault) = self.faults.first() {
            self.loaded.policy.degrade(Complaint {
                file: fault.file.display().to_string(),
                line: fault.line,
                column: 1,
                key: fault.key.clone(),
                expected: String::new(),
                message: fault.wrong.clone(),
                whole_file: true,
            });
        }
    }

    /// Reads, assesses and judges a line that a shell started as `start` is given here and now. Of a wrapper that ends by
    /// starting this shell again with the line nothing is said yet: the line is judged then.
    pub fn appraise(&self, line: &[u8], start: &Start) -> Appraisal {
        let memory = Memory::default();
        let mut world = self.world(&memory);
        world.disk.settle();
        let mut wrapped = carried(line, start, &world);
        if let Some(wrapped) = wrapped.as_mut().filter(|wrapped| hands_to_us(wrapped)) {
            wrapped.text.clear();
            wrapped.place = None;
        }
        self.judged(line, wrapped, start, &world, true, false)
    }

    /// The same for one of many lines that are only asked about, and share what they find on the disk for a moment.
    pub fn appraise_among(&self, line: &[u8], start: &Start, memory: &Memory) -> Appraisal {
        memory.refresh();
        let world = self.world(memory);
        self.judged(line, carried(line, start, &world), start, &world, true, true)
    }

    /// The same for a text of which only the beginning is known: whatever stands there, it is not understood.
    pub fn appraise_beginning(&self, beginning: &[u8], start: &Start) -> Appraisal {
        self.judged(beginning, None, start, &self.world(&Memory::default()), false, false)
    }

    /// The same for a command in other surroundings than ours, such as those of a running process.
    pub fn appraise_in(&self, line: &[u8], start: &Start, world: &dyn World) -> Appraisal {
        self.judged(line, None, start, world, true, false)
    }

    /// The same for the text of a shell that an agent starts. Of a wrapper that ends by starting a shell with the line nothing is
    /// said yet: that start is judged then.
    pub fn appraise_text_in(&self, text: &[u8], start: &Start, world: &dyn World) -> Appraisal {
        let mut wrapped = carried(text, start, world);
        if let Some(wrapped) = wrapped.as_mut().filter(|wrapped| wrapped.hands_to.is_some()) {
            wrapped.text.clear();
            wrapped.place = None;
        }
        self.judged(text, wrapped, start, world, true, false)
    }

    fn world<'a>(&self, memory: &'a Memory) -> Remembering<'a> {
        Remembering { disk: Disk::new(self.directory.clone()), memory }
    }

    fn judged(
        &self,
        line: &[u8],
        wrapped: Option<Wrapped>,
        start: &Start,
        world: &dyn World,
        whole: bool,
        timed: bool,
    ) -> Appraisal {
        let now = || timed.then(Instant::now);
        let begun = now();
        let line = wrapped.as_ref().map_or(line, |wrapped| &wrapped.text);
        let mut reading = syntax::read(line, &start.read_options());
        let read = now();
        let mut assessment = effect::assess(&reading, &self.catalog, world, start);
        if let Some(wrapped) = &wrapped {
            narrow(wrapped, &mut reading, &mut assessment);
        }
        if !whole {
            assessment.complete = false;
            let end = Span::new(line.len(), line.len());
            assessment.gaps.push((end, "the text goes on where it cannot be read yet".to_owned()));
        }
        let assessed = now();
        let verdict = self.loaded.policy.judge(&assessment, &self.loaded.scope);
        let between =
            |from: Option<Instant>, to: Option<Instant>| to.zip(from).map_or(Duration::ZERO, |(to, from)| to - from);
        let took = Took {
            reading: between(begun, read),
            assessing: between(read, assessed),
            judging: between(assessed, now()),
        };
        let carried = wrapped.map(|wrapped| Carried { agent: wrapped.agent, line: wrapped.inner });
        Appraisal { reading, assessment, verdict, carried, took }
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Settings, rules and scope.
    pub fn loaded(&self) -> &Loaded {
        &self.loaded
    }

    /// What is wrong with rule, settings and grammar files, each as one line.
    pub fn complaints(&self) -> Vec<String> {
        let faults = self.faults.iter().map(ToString::to_string);
        self.loaded.complaints.iter().map(ToString::to_string).chain(faults).collect()
    }

    /// The question that an appraised line is.
    pub fn question(&self, appraisal: Appraisal, session: &Session) -> Question {
        Question {
            line: appraisal.reading.source.bytes().to_vec(),
            cwd: self.directory.clone(),
            session: session.id.clone(),
            agent: session.agent.clone(),
            call: session.call.clone(),
            prompt: None,
            hold: self.loaded.policy.settings().hold_time(session.agent.as_deref()),
            step: None,
            running: false,
            counted: false,
            left: String::new(),
            commands: appraisal.assessment.commands,
            verdict: appraisal.verdict,
        }
    }
}

/// An agent that names itself in no variable, or whose variables were taken away, is found above us.
fn find_whose(loaded: &mut Loaded) {
    if loaded.asks_whose() && agent_above_us().is_some_and(|agent| agent != GUARD) {
        loaded.hold_to_branches(None);
    }
}
