//! The front door of people: `agentshctl`, one file a verb.
