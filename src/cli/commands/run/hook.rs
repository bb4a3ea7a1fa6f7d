//! The command that a job calls at its end. It gets the news as a mail on its
//! standard input; whatever becomes of it changes nothing.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::Done;
use crate::cli::failure::Failure;
use crate::cli::settings::{Hook, Settings};
use crate::cli::terminal::Terminal;
use crate::store::remote::without_secrets;

/// Calls the command, if there is one for this end of the job.
pub fn call(settings: &Settings, folder: &Path, end: &Result<Done, Failure>, terminal: &Terminal) {
    let Some(hook) = &settings.hook else {
        return;
    };
    let (outcome, code, mail) = match end {
        Ok(done) => (done.outcome.as_str(), done.code, done.mail.clone()),
        Err(failure) => ("failed", failure.code, sorry(settings, failure)),
    };
    if !hook.when.iter().any(|when| when == outcome) {
        return;
    }
    let summary = std::path::absolute(settings.out.join("summary.json")).unwrap_or_default();
    let environment = [
        ("PAYBENCH_OUTCOME", outcome.to_owned()),
        ("PAYBENCH_EXIT_CODE", code.to_string()),
        ("PAYBENCH_PERIOD", settings.period.to_string()),
        (
            "PAYBENCH_SUMMARY",
            if summary.is_file() {
                summary.display().to_string()
            } else {
                String::new()
            },
        ),
    ];
    if let Err(why) = start(hook, folder, &environment, mail) {
        terminal.warn(&format!(
            "the hook {}: {why}; nothing else is changed by that",
            hook.command.join(" ")
        ));
    }
}

/// What is told of a job that failed.
fn sorry(settings: &Settings, failure: &Failure) -> String {
    format!(
        "Subject: paybench {}: failed with exit code {}\n\n{}\n\n\
         Nothing was published; the last release is as it was.\n",
        settings.period,
        failure.code,
        without_secrets(&failure.message)
    )
}

fn start(
    hook: &Hook,
    folder: &Path,
    environment: &[(&str, String)],
    mail: String,
) -> Result<(), String> {
    let Some((program, arguments)) = hook.command.split_first() else {
        return Err("its command is empty".to_owned());
    };
    let mut command = Command::new(program);
    if !folder.as_os_str().is_empty() {
        command.current_dir(folder);
    }
    let started = command
        .args(arguments)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn();
    let mut child = started.map_err(|error| error.to_string())?;
    // A command that never reads must not hold the job: the text is given by a
    // thread, which ends with the command.
    let given = child.stdin.take().map(|mut input| {
        std::thread::spawn(move || {
            // A command that does not want the text closes its end.
            let _ = input.write_all(mail.as_bytes());
        })
    });
    let until = Instant::now() + Duration::from_secs(hook.seconds);
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(20)),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!(
                    "it took over {} seconds and was ended",
                    hook.seconds
                ));
            }
            Err(error) => return Err(error.to_string()),
        }
    };
    if let Some(given) = given {
        let _ = given.join();
    }
    if status.success() {
        Ok(())
    } else {
        Err(format!("it ended with {status}"))
    }
}
