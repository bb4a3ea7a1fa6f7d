//! The binary: arguments in, exit code out.

use std::process::ExitCode;

use paybench::cli;

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        if paybench::returns::workbook::is_guarded() || cli::is_engines() {
            return;
        }
        cli::terminal::Terminal::silent().error(&cli::fault(panic));
    }));
    let code = std::panic::catch_unwind(cli::main);
    ExitCode::from(code.unwrap_or(cli::failure::INTERNAL))
}
