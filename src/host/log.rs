//! Diagnostics for whoever looks into agentsh itself: appended to the file that `AGENTSH_LOG` names, never to the
//! command's stderr. Without the variable nothing is set up and events cost nothing.

use crate::sys::clock;
use std::fmt::{self, Write as _};
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Mutex;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Writes events as lines: seconds since the epoch, process id, level, module, message and fields.
#[derive(Debug)]
pub struct Log {
    file: Mutex<File>,
}

impl Log {
    /// Sends this process's events to the file that `AGENTSH_LOG` names (made 0600 when it is not there). A file that
    /// cannot be opened is as if none were named: diagnostics must not change what the shell does.
    pub fn start() {
        let Some(path) = crate::sys::variable("AGENTSH_LOG").filter(|path| !path.is_empty()) else { return };
        let opened = OpenOptions::new().append(true).create(true).mode(0o600).open(path);
        if let Ok(file) = opened {
            let _ = tracing::subscriber::set_global_default(Self { file: Mutex::new(file) });
        }
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event()
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let now = clock::since_epoch();
        let (level, module) = (event.metadata().level(), event.metadata().target());
        let mut line = format!("{}.{:06} {} {level} {module}:", now.as_secs(), now.subsec_micros(), std::process::id());
        event.record(&mut Fields(&mut line));
        line.push('\n');
        if let Ok(mut file) = self.file.lock() {
            let _ = file.write_all(line.as_bytes());
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Fields of an event, on one line.
struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let shown = format!("{value:?}").replace('\n', "\\n");
        let _ = if field.name() == "message" {
            write!(self.0, " {shown}")
        } else {
            write!(self.0, " {}={shown}", field.name())
        };
    }
}
