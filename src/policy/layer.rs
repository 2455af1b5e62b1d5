//! Whose rules they are, and what rules of others they may lift.

use super::rule::Rule;
use super::shipped::ShippedRule;
use std::borrow::Cow;

/// Whose rules they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// Shipped, `00-floor.toml`: nothing lifts them.
    Floor,
    /// Shipped.
    Shipped,
    /// `/etc/agentsh/rules`: may lift shipped ones.
    System,
    /// `$XDG_CONFIG_HOME/agentsh/rules`: may lift shipped ones.
    User,
    /// `.agentsh/rules` in the checkout, which the agent can write: may lift nothing.
    Checkout,
}

impl Layer {
    /// The layer's name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::Shipped => "shipped",
            Self::System => "system",
            Self::User => "user",
            Self::Checkout => "checkout",
        }
    }

    /// True when an `allow` of this layer answers the question of a rule of the other.
    pub(crate) fn lifts(self, other: Self) -> bool {
        matches!(self, Self::System | Self::User) && other == Self::Shipped
    }
}

/// The text of a rule file, as `host` read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleText {
    /// Whose it is.
    pub layer: Layer,
    /// The file, for complaints and for `rules list`.
    pub file: String,
    /// What it says.
    pub text: String,
}

/// A rule with its origin.
pub(crate) struct Held {
    pub layer: Layer,
    pub file: Cow<'static, str>,
    /// The verbs it can match, one bit each; none for a rule over lines. Kept beside the rule, so that a shipped one is
    /// decoded only when it may match.
    pub verbs: u128,
    /// It is about lines as a whole.
    pub of_line: bool,
    pub rule: Origin,
}

/// Where a rule's parts are kept.
pub(crate) enum Origin {
    /// In the binary, decoded on first use.
    Shipped(&'static ShippedRule),
    /// Read from a file.
    Own(Box<Rule>),
}

impl Held {
    /// The rule without the texts that only people read.
    pub fn pattern(&self) -> &Rule {
        match &self.rule {
            Origin::Shipped(shipped) => shipped.pattern(),
            Origin::Own(rule) => rule,
        }
    }

    /// The rule itself.
    pub fn rule(&self) -> &Rule {
        match &self.rule {
            Origin::Shipped(shipped) => shipped.rule(),
            Origin::Own(rule) => rule,
        }
    }
}
