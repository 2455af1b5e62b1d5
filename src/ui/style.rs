//! Colours.

/// Colours on a terminal that wants them; plain text elsewhere, and always when `NO_COLOR` is set or `TERM=dumb`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    colours: bool,
}

impl Style {
    /// Colours when `terminal` and the environment wants them (no-color.org).
    pub fn detect(terminal: bool) -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        Self { colours: terminal && !unwanted && !dumb }
    }

    /// No colours.
    pub fn plain() -> Self {
        Self::default()
    }

    /// True when there are colours.
    pub fn coloured(self) -> bool {
        self.colours
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.colours { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// Denied, deleted, wrong.
    pub fn bad(self, text: &str) -> String {
        self.paint("1;31", text)
    }

    /// Asked, changed, worth a look.
    pub fn wary(self, text: &str) -> String {
        self.paint("33", text)
    }

    /// Allowed, added.
    pub fn good(self, text: &str) -> String {
        self.paint("32", text)
    }

    /// Headings and names.
    pub fn strong(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// Ids, hunks.
    pub fn note(self, text: &str) -> String {
        self.paint("36", text)
    }

    /// What matters less.
    pub fn faint(self, text: &str) -> String {
        self.paint("2", text)
    }
}
