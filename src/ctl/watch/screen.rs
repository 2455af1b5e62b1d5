//! Drawing.

use super::super::steps::Told;
use super::super::verbs::shortened;
use super::model::{Mode, Model, Waiting};
use crate::approval::Depth;
use crate::policy::Confirm;
use crate::sys::clock;
use crate::ui::{Style as Paint, since_text, visible};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Paragraph, Wrap};
use std::time::Instant;

/// Draws everything.
pub(super) fn draw(model: &mut Model, coloured: bool, frame: &mut Frame<'_>) {
    let ink = Ink { coloured };
    let [head, body, message, keys] =
        Layout::vertical([Constraint::Length(1), Constraint::Min(1), Constraint::Length(1), Constraint::Length(1)])
            .areas(frame.area());
    frame.render_widget(header(model, ink), head);
    match model.mode {
        Mode::Reading | Mode::Undo(_) => page(model, body, frame),
        _ => both(model, ink, body, frame),
    }
    frame.render_widget(Line::styled(bottom(model), ink.strong()), message);
    frame.render_widget(Line::styled(help(model), ink.faint()), keys);
}

/// Colours, where the terminal wants them.
#[derive(Clone, Copy)]
struct Ink {
    coloured: bool,
}

impl Ink {
    fn colour(self, colour: Color) -> Style {
        if self.coloured { Style::new().fg(colour) } else { Style::new() }
    }

    fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    fn faint(self) -> Style {
        if self.coloured { Style::new().add_modifier(Modifier::DIM) } else { Style::new() }
    }

    fn chosen(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }
}

fn header(model: &Model, ink: Ink) -> Line<'static> {
    let waiting = model.waiting.iter().filter(|waiting| waiting.caller.is_some()).count();
    let text = format!(
        "agentsh desk on {} · {waiting} waiting, {} refused",
        model.order.terminal(),
        model.waiting.len() - waiting
    );
    Line::styled(text, if waiting > 0 { ink.colour(Color::Yellow).patch(ink.strong()) } else { ink.strong() })
}

fn both(model: &mut Model, ink: Ink, area: Rect, frame: &mut Frame<'_>) {
    if model.waiting.is_empty() {
        let text = Paragraph::new("no question waits").style(ink.faint());
        let [above, below] = Layout::vertical([Constraint::Length(1), Constraint::Min(1)]).areas(area);
        frame.render_widget(text, above);
        return steps(model, ink, below, frame);
    }
    let rows = model.waiting.len().min(3) as u16 + 1;
    let few = if model.mode == Mode::Steps || model.mode == Mode::Filter { area.height / 2 } else { 5 };
    let [list, card_area, below] =
        Layout::vertical([Constraint::Length(rows), Constraint::Min(6), Constraint::Length(few.min(area.height / 2))])
            .areas(area);
    questions(model, ink, list, frame);
    card(model, ink, card_area, frame);
    steps(model, ink, below, frame);
}

fn titled(title: String, active: bool, ink: Ink) -> Block<'static> {
    let style = if active { ink.strong() } else { ink.faint() };
    Block::new().borders(Borders::TOP).title(Span::styled(title, style)).border_style(ink.faint())
}

fn questions(model: &Model, ink: Ink, area: Rect, frame: &mut Frame<'_>) {
    let block = titled("questions".to_owned(), model.mode == Mode::Questions, ink);
    let height = usize::from(area.height.saturating_sub(1)).max(1);
    let from = (model.question + 1).saturating_sub(height);
    let rows: Vec<Line<'_>> = model
        .waiting
        .iter()
        .enumerate()
        .skip(from)
        .take(height)
        .map(|(index, waiting)| {
            let style = if index == model.question { ink.chosen() } else { Style::new() };
            Line::styled(question_row(waiting), style)
        })
        .collect();
    frame.render_widget(Paragraph::new(rows).block(block), area);
}

fn question_row(waiting: &Waiting) -> String {
    let card = &waiting.request.card;
    let state = match (&waiting.caller, waiting.answered) {
        (_, Some(_)) => "answered".to_owned(),
        (Some(_), None) => format!("{:>3} s", waiting.until.saturating_duration_since(Instant::now()).as_secs()),
        (None, None) => format!("{} ago", since_text(clock::milliseconds().saturating_sub(waiting.request.time))),
    };
    let agent = card.agent.as_ref().map(|agent| format!("{} ", visible(agent))).unwrap_or_default();
    let effect = card.items.first().map(|item| visible(&item.effect).into_owned()).unwrap_or_default();
    format!("{} {state:>8}  {agent}{effect}: {}", waiting.request.id, shortened(&card.line.0))
}

fn card(model: &mut Model, ink: Ink, area: Rect, frame: &mut Frame<'_>) {
    let Some(waiting) = model.waiting.get(model.question) else { return };
    let text = waiting.request.card.text(Depth::Brief, Paint::plain());
    // The first row says what every card says.
    let rows: Vec<Line<'_>> = text
        .lines()
        .skip(1)
        .enumerate()
        .map(|(index, row)| Line::styled(row, if index == 0 { ink.colour(Color::Yellow) } else { Style::new() }))
        .collect();
    let last = rows.len().saturating_sub(1);
    model.card_from = model.card_from.min(last);
    let held = waiting.caller.is_some();
    let title = if held { "the line waits" } else { "refused; approved, it runs once when it is repeated" };
    let block = titled(format!("{}: {title}", waiting.request.id), model.mode == Mode::Questions, ink);
    let from = u16::try_from(model.card_from).unwrap_or(u16::MAX);
    frame.render_widget(Paragraph::new(rows).wrap(Wrap { trim: false }).scroll((from, 0)).block(block), area);
}

fn steps(model: &mut Model, ink: Ink, area: Rect, frame: &mut Frame<'_>) {
    let active = matches!(model.mode, Mode::Steps | Mode::Filter);
    let title =
        if model.filter.is_empty() { "steps".to_owned() } else { format!("steps with {}", visible(&model.filter)) };
    let shown = model.shown_steps();
    let height = usize::from(area.height.saturating_sub(1)).max(1);
    let chosen = model.step.min(shown.len().saturating_sub(1));
    let from = (chosen + 1).saturating_sub(height);
    let mut rows: Vec<Line<'_>> = Vec::new();
    for (index, step) in shown.iter().enumerate().skip(from).take(height) {
        let colour = match step.glyph() {
            "!" => ink.colour(Color::Yellow),
            "✗" => ink.colour(Color::Red),
            "~" => ink.colour(Color::Green),
            _ => ink.faint(),
        };
        let style = if active && index == chosen { ink.chosen() } else { colour };
        rows.push(Line::styled(step_row(step), style));
    }
    if rows.is_empty() {
        rows.push(Line::styled("no steps", ink.faint()));
    }
    frame.render_widget(Paragraph::new(rows).block(titled(title, active, ink)), area);
    model.step = chosen;
}

/// Step, age, class, end, changes, what can be undone, session, line.
fn step_row(step: &Told) -> String {
    let intent = &step.intent;
    let undo = match (&step.undone_by, &step.undoes) {
        (Some(_), _) => "undone",
        (_, Some(_)) => "undo",
        _ if intent.coverage != "full" && step.glyph() != "·" => visible_coverage(&intent.coverage),
        _ => "",
    };
    let session: String = visible(&intent.session).chars().take(8).collect();
    format!(
        "{:<4} {:>4} {} {:>7} {:<9} {undo:<8} {session:<8} {}",
        step.id.to_string(),
        since_text(clock::milliseconds().saturating_sub(step.time)),
        step.glyph(),
        step.end_text(),
        step.changes_text(),
        shortened(&intent.line.0)
    )
}

fn visible_coverage(coverage: &str) -> &'static str {
    match coverage {
        "partial" => "partial",
        _ => "not kept",
    }
}

fn page(model: &mut Model, area: Rect, frame: &mut Frame<'_>) {
    let page = &model.page;
    let block = Block::new().borders(Borders::TOP).title(page.title.clone());
    let rows: Vec<Line<'_>> =
        page.rows.iter().skip(page.from).take(usize::from(area.height)).map(|row| Line::raw(row.as_str())).collect();
    frame.render_widget(Paragraph::new(rows).wrap(Wrap { trim: false }).block(block), area);
}

fn bottom(model: &Model) -> String {
    match &model.mode {
        Mode::Typing(entry) => {
            let target = model.chosen().map(|waiting| visible(&waiting.request.card.target).into_owned());
            format!("Type {} and Enter to run it, Esc to go back: {}", target.unwrap_or_default(), visible(entry))
        }
        Mode::Filter => format!("show steps with: {}", visible(&model.filter)),
        _ if model.message.is_empty() && !model.left.is_empty() => format!("budgets left: {}", model.left),
        _ => model.message.clone(),
    }
}

fn help(model: &Model) -> &'static str {
    match &model.mode {
        Mode::Questions => match model.chosen().map(|waiting| waiting.request.card.confirm) {
            Some(Some(Confirm::Type)) => {
                "y yes (then type its name)  n no  v whole card  ↑↓ other question  Tab steps  q leave"
            }
            Some(_) => "y yes, once  n no  v whole card  ↑↓ other question  Tab steps  q leave",
            None => "Tab steps  / filter  q leave",
        },
        Mode::Steps => "d diff  s show  u undo  / filter  ↑↓ other step  Tab questions  q leave",
        Mode::Filter => "Enter keeps the filter, Esc takes it away",
        Mode::Typing(_) => "Enter answers, Esc goes back",
        Mode::Reading => "↑↓ PgUp PgDn scroll, q goes back",
        Mode::Undo(_) => "y takes the step back, n leaves it",
    }
}
