//! What a terminal is told of: colours, and results longer than it.

use std::io::Write;
use std::process::{Command, Stdio};

/// Whether the person wants colours.
pub fn coloured() -> bool {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    set("NO_COLOR").is_none() && set("TERM").is_some_and(|term| term != "dumb")
}

/// Shows what does not fit the screen through `$PAGER`, or `less` where none is
/// set. Whether it did.
pub fn page(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let (columns, rows) = screen();
    let fits = text.lines().count() < rows && text.lines().all(|l| l.chars().count() <= columns);
    let pager = std::env::var("PAGER").unwrap_or_else(|_| "less".to_owned());
    if fits || pager.is_empty() {
        return false;
    }
    let mut command = Command::new("sh");
    command.arg("-c").arg(&pager).stdin(Stdio::piped());
    if std::env::var_os("LESS").is_none() {
        // Long lines are cut, not folded: the arrows move along them.
        command.env("LESS", "FRSX");
    }
    let Ok(mut child) = command.spawn() else {
        return false;
    };
    if let Some(mut input) = child.stdin.take() {
        // Whoever leaves the pager has seen enough.
        let _ = input.write_all(bytes);
    }
    // 127: the shell has no such program.
    child.wait().is_ok_and(|status| status.code() != Some(127))
}

#[cfg(unix)]
fn screen() -> (usize, usize) {
    match rustix::termios::tcgetwinsize(std::io::stdin()) {
        Ok(size) if size.ws_col > 0 => (size.ws_col.into(), size.ws_row.into()),
        _ => (80, 24),
    }
}

#[cfg(not(unix))]
fn screen() -> (usize, usize) {
    (usize::MAX, usize::MAX)
}
