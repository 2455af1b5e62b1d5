//! What was typed.

use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use std::io;
use std::time::Duration;

/// One thing typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// One key.
    Key(KeyCode),
    /// Several keys at once, or marked as pasted: nobody pressed them one by one.
    Pasted,
    /// The terminal has another size.
    Redraw,
    /// Ctrl-C.
    Quit,
}

/// Takes all that has been typed. `entering`: words are typed, so that several keys at once are ordinary; a key that
/// ends the word counts only alone.
pub(super) fn typed(entering: bool) -> io::Result<Vec<Input>> {
    let mut found = Vec::new();
    let mut pressed = 0;
    while event::poll(Duration::ZERO)? {
        match event::read()? {
            Event::Key(key) if key.kind != KeyEventKind::Release => {
                pressed += 1;
                found.push(input(key));
            }
            Event::Paste(_) => found.push(Input::Pasted),
            Event::Resize(..) => found.push(Input::Redraw),
            _ => {}
        }
    }
    if pressed > 1 && !found.contains(&Input::Quit) {
        let ends = |input: &Input| matches!(input, Input::Key(KeyCode::Enter));
        let moves = |input: &Input| {
            matches!(
                input,
                Input::Redraw | Input::Key(KeyCode::Up | KeyCode::Down | KeyCode::PageUp | KeyCode::PageDown)
            )
        };
        if !entering && !found.iter().all(moves) || entering && found.iter().any(ends) {
            return Ok(vec![Input::Pasted]);
        }
    }
    Ok(found)
}

fn input(key: KeyEvent) -> Input {
    match key.code {
        KeyCode::Char('c' | 'C') if key.modifiers.contains(KeyModifiers::CONTROL) => Input::Quit,
        // A letter with Alt or Ctrl is no answer.
        KeyCode::Char(_) if key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => Input::Redraw,
        code => Input::Key(code),
    }
}
