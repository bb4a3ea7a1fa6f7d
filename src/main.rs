//! The binary: arguments in, exit code out.

use std::process::ExitCode;

use paybench::cli;

fn main() -> ExitCode {
    // What a panic has to say may hold a value of a return: its place is enough.
    std::panic::set_hook(Box::new(|panic| {
        if paybench::returns::workbook::is_guarded() {
            return;
        }
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        cli::terminal::Terminal::silent().error(&format!(
            "internal fault at {place}; what was stored and published is as it was"
        ));
    }));
    let code = std::panic::catch_unwind(cli::main);
    ExitCode::from(code.unwrap_or(cli::failure::INTERNAL))
}
