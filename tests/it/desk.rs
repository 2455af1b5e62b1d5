//! The desk: lines that wait for a person, the program they are answered in, and who may answer.

mod budgets;
mod grants;
mod reach;
mod tmux;
mod waiting;
mod watch;
