//! How lines are read: one chapter for each kind of promise.

mod bounds;
mod context;
mod facts;
mod misreadings;
mod normal_form;
mod properties;
mod show;
mod structure;
mod truth;
mod words;
