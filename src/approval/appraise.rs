//! The way of a line up to its verdict, assembled once for both front doors.

use super::Question;
use super::memory::{Memory, Remembering};
use crate::effect::{self, Assessment, Start, World};
use crate::grammar::{Catalog, GrammarFault};
use crate::host::{self, Disk, Loaded, Places, Session};
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
    /// How long each took.
    pub took: Took,
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
        let loaded = host::load(places, directory);
        let (catalog, faults) = Catalog::shipped().with_user(&loaded.grammars);
        let mut appraiser = Self { directory: directory.to_path_buf(), loaded, catalog: Arc::new(catalog), faults };
        appraiser.degrade();
        appraiser
    }

    /// For lines that start in another directory, with the grammars this one has already.
    #[must_use]
    pub fn moved(&self, places: &Places, directory: &Path) -> Self {
        let loaded = host::load(places, directory);
        let catalog = Arc::clone(&self.catalog);
        let mut moved = Self { directory: directory.to_path_buf(), loaded, catalog, faults: self.faults.clone() };
        moved.degrade();
        moved
    }

    /// A grammar of the person's own that is wrong leaves the shipped ones, and everything not read-only is asked about.
    fn degrade(&mut self) {
        if let Some(fault) = self.faults.first() {
            let file = fault.file.display().to_string();
            self.loaded.policy.degrade(Complaint::at(&file, "", 0, "", &fault.to_string(), ""));
        }
    }

    /// Reads, assesses and judges a line that a shell started as `start` would be given here.
    pub fn appraise(&self, line: &[u8], start: &Start) -> Appraisal {
        self.judged(line, start, &Memory::default(), true)
    }

    /// The same for one of many lines, which share what they find on the disk for a moment.
    pub fn appraise_among(&self, line: &[u8], start: &Start, memory: &Memory) -> Appraisal {
        memory.refresh();
        self.judged(line, start, memory, true)
    }

    /// The same for a text of which only the beginning is known: whatever stands there, it is not understood.
    pub fn appraise_beginning(&self, beginning: &[u8], start: &Start) -> Appraisal {
        self.judged(beginning, start, &Memory::default(), false)
    }

    fn judged(&self, line: &[u8], start: &Start, memory: &Memory, whole: bool) -> Appraisal {
        let world = Remembering { disk: Disk::new(self.directory.clone()), memory };
        self.judged_in(line, start, &world, whole)
    }

    /// The same for a command in other surroundings than ours, such as those of a running process.
    pub fn appraise_in(&self, line: &[u8], start: &Start, world: &dyn World) -> Appraisal {
        self.judged_in(line, start, world, true)
    }

    fn judged_in(&self, line: &[u8], start: &Start, world: &dyn World, whole: bool) -> Appraisal {
        let begun = Instant::now();
        let reading = syntax::read(line, &start.read_options());
        let read = Instant::now();
        let mut assessment = effect::assess(&reading, &self.catalog, world, start);
        if !whole {
            assessment.complete = false;
            let end = Span::new(line.len(), line.len());
            assessment.gaps.push((end, "the text goes on where it cannot be read yet".to_owned()));
        }
        let assessed = Instant::now();
        let verdict = self.loaded.policy.judge(&assessment, &self.loaded.scope);
        let took = Took { reading: read - begun, assessing: assessed - read, judging: assessed.elapsed() };
        Appraisal { reading, assessment, verdict, took }
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
            hold: self.loaded.policy.settings().hold_time(),
            step: None,
            running: false,
            verdict: appraisal.verdict,
        }
    }
}
