//! From keys to answers.

use super::keys::Input;
use super::model::{Mode, Model, Page};
use super::view;
use crate::policy::Confirm;
use crate::ui::visible;
use ratatui::crossterm::event::KeyCode;
use std::time::Duration;

/// A card must have been on the screen for so long before a key answers it.
const SEEN: Duration = Duration::from_millis(300);
/// Rows a page key moves.
const PAGE: usize = 10;

/// What comes of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The desk goes on.
    Stay,
    /// The person leaves it.
    Leave,
}

impl Model {
    /// Acts on what was typed.
    pub(super) fn act(&mut self, input: Input) -> Next {
        self.stale = true;
        let key = match input {
            Input::Quit => return Next::Leave,
            Input::Redraw => return Next::Stay,
            Input::Pasted => {
                self.message = "pasted text, or several keys at once, answer nothing: press one key".to_owned();
                return Next::Stay;
            }
            Input::Key(key) => key,
        };
        match self.mode.clone() {
            Mode::Questions | Mode::Steps => return self.browse(key),
            Mode::Typing(entry) => self.type_target(key, entry),
            Mode::Filter => match key {
                KeyCode::Char(letter) => self.filter.push(letter),
                KeyCode::Backspace => drop(self.filter.pop()),
                KeyCode::Esc => {
                    self.filter.clear();
                    self.mode = Mode::Steps;
                }
                KeyCode::Enter => self.mode = Mode::Steps,
                _ => {}
            },
            Mode::Reading => self.read(key),
            Mode::Undo(step) => match key {
                KeyCode::Char('y' | 'Y') => {
                    self.page = view::undo(step, true);
                    self.mode = Mode::Reading;
                }
                KeyCode::Char('n' | 'N' | 'q') | KeyCode::Esc | KeyCode::Enter => {
                    self.message = format!("{step} is left as it is");
                    self.mode = Mode::Steps;
                }
                _ => self.read(key),
            },
        }
        Next::Stay
    }

    fn browse(&mut self, key: KeyCode) -> Next {
        let in_steps = self.mode == Mode::Steps;
        match key {
            KeyCode::Char('q') => return Next::Leave,
            KeyCode::Tab | KeyCode::BackTab => self.mode = if in_steps { Mode::Questions } else { Mode::Steps },
            KeyCode::Char('/') => self.mode = Mode::Filter,
            KeyCode::Up | KeyCode::Char('k') if in_steps => self.step = self.step.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') if in_steps => self.step += 1,
            KeyCode::PageUp if in_steps => self.step = self.step.saturating_sub(PAGE),
            KeyCode::PageDown if in_steps => self.step += PAGE,
            KeyCode::Up | KeyCode::Char('k') => self.choose(self.question.saturating_sub(1)),
            KeyCode::Down | KeyCode::Char('j') => self.choose(self.question + 1),
            KeyCode::PageUp => self.card_from = self.card_from.saturating_sub(PAGE / 2),
            KeyCode::PageDown => self.card_from += PAGE / 2,
            KeyCode::Char('v') | KeyCode::Enter if !in_steps => {
                if let Some(waiting) = self.chosen() {
                    self.page = view::card(&waiting.request);
                    self.mode = Mode::Reading;
                }
            }
            KeyCode::Char('y' | 'Y') if !in_steps => self.wish_yes(),
            KeyCode::Char('n' | 'N') if !in_steps && self.is_seen() => self.answer(false),
            KeyCode::Char('d') | KeyCode::Enter if in_steps => self.with_step(|step| (view::diff(step), Mode::Reading)),
            KeyCode::Char('s') if in_steps => self.with_step(|step| (view::show(step), Mode::Reading)),
            KeyCode::Char('u') if in_steps => self.with_step(|step| (view::undo(step, false), Mode::Undo(step))),
            _ => {}
        }
        self.step = self.step.min(self.shown_steps().len().saturating_sub(1));
        Next::Stay
    }

    fn choose(&mut self, question: usize) {
        let question = question.min(self.waiting.len().saturating_sub(1));
        if question != self.question {
            self.question = question;
            self.card_changed();
        }
    }

    fn with_step(&mut self, make: impl FnOnce(crate::journal::StepId) -> (Page, Mode)) {
        let Some(step) = self.shown_steps().get(self.step).map(|told| told.id) else { return };
        (self.page, self.mode) = make(step);
    }

    /// False, and said so, when the card has only just come.
    fn is_seen(&mut self) -> bool {
        let seen = self.shown.elapsed() >= SEEN;
        if !seen {
            self.message = "this card has only just come: look at it, then press the key again".to_owned();
        }
        seen
    }

    fn wish_yes(&mut self) {
        let Some(waiting) = self.chosen() else { return };
        let typed = waiting.request.card.confirm == Some(Confirm::Type);
        if waiting.answered.is_some() || !self.is_seen() {
            return;
        }
        if typed { self.mode = Mode::Typing(String::new()) } else { self.answer(true) }
    }

    fn type_target(&mut self, key: KeyCode, mut entry: String) {
        let target = self.chosen().map(|waiting| waiting.request.card.target.clone()).unwrap_or_default();
        match key {
            KeyCode::Char(letter) => entry.push(letter),
            KeyCode::Backspace => drop(entry.pop()),
            KeyCode::Enter => {
                let right = !entry.is_empty() && entry == target;
                self.mode = Mode::Questions;
                if right {
                    self.answer(true);
                } else {
                    self.message = format!("that was not {}: nothing is answered", visible(&target));
                }
                return;
            }
            KeyCode::Esc => {
                self.mode = Mode::Questions;
                return;
            }
            _ => {}
        }
        self.mode = Mode::Typing(entry);
    }

    fn read(&mut self, key: KeyCode) {
        let last = self.page.rows.len().saturating_sub(1);
        let from = &mut self.page.from;
        match key {
            KeyCode::Up | KeyCode::Char('k') => *from = from.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => *from = (*from + 1).min(last),
            KeyCode::PageUp => *from = from.saturating_sub(PAGE),
            KeyCode::PageDown | KeyCode::Char(' ') => *from = (*from + PAGE).min(last),
            KeyCode::Home => *from = 0,
            KeyCode::End => *from = last,
            KeyCode::Char('q') | KeyCode::Esc | KeyCode::Enter => {
                let card = self.page.title.starts_with("request");
                self.mode = if card { Mode::Questions } else { Mode::Steps };
                // Nothing is answered by a key that was meant for the page.
                self.card_changed();
            }
            _ => {}
        }
    }
}
