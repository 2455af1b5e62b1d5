//! A verb that could not do its work.

/// What is printed as `error:` and `hint:`, and the exit status.
#[derive(Debug)]
pub(super) struct Failure {
    /// A lowercase fragment or sentence.
    pub(super) message: String,
    /// What to do (may be empty).
    pub(super) hint: String,
    /// 2 for wrong usage, 1 for what could not be done, 125 where a judgement was asked for.
    pub(super) status: u8,
}

/// What a verb gives: its exit status.
pub(super) type Result<T = u8> = std::result::Result<T, Failure>;

impl Failure {
    /// Wrong usage: status 2.
    pub(super) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into(), status: 2 }
    }

    /// Could not be done: status 1.
    pub(super) fn plain(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: String::new(), status: 1 }
    }

    /// The same with a hint.
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: hint.into(), ..self }
    }

    /// The same with another status.
    pub(super) fn status(self, status: u8) -> Self {
        Self { status, ..self }
    }
}

impl From<crate::journal::JournalError> for Failure {
    fn from(error: crate::journal::JournalError) -> Self {
        Self::plain(error.to_string())
    }
}
