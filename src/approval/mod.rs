//! Puts the question to a person, turns a verdict into a clearance or a refusal.
