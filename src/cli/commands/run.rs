//! `paybench run`: ingest, compare and report as one job, safe to repeat.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use serde_json::Value as Json;

use super::ingest::{Job, tell};
use super::{Opened, report};
use crate::cli::args::{Edition, Run};
use crate::cli::failure::{CONFIG, Failure, LOCKED, MISSING, STORAGE, WARNINGS};
use crate::cli::settings::Settings;
use crate::cli::terminal::Terminal;
use crate::release::{Made, Wanted};
use crate::returns::discover;
use crate::store::commit::Committed;
use crate::store::location::Location;

/// Runs the job of a settings file.
///
/// # Errors
/// Why nothing was published; the last release is as it was.
pub fn run(args: &Run, terminal: &Terminal) -> Result<u8, Failure> {
    let settings = Settings::read(&args.config)?;
    let limits = settings
        .limits(&args.fail_on)
        .map_err(|error| Failure::new(CONFIG, format!("{}: {error}", args.config.display())))?;
    let folder = args.config.parent().unwrap_or(Path::new("")).to_path_buf();
    let _lock = lock(&folder.join("paybench.lock"))?;
    crate::release::swap::may_replace(&settings.out, &[])?;
    let late = missing(&settings, terminal)?;
    let threads = super::threads(None);
    let store = settings.store.clone();
    let location = Location::open(&store, super::runtime(threads)?)?;
    let floors = super::floors(settings.rates.as_deref())?;
    let own_layouts = args.layouts.as_deref().or(settings.layouts.as_deref());
    let job = Job {
        location: &location,
        paths: &settings.returns,
        period: settings.period,
        layouts: super::layouts(own_layouts, &folder, terminal)?,
        key_file: &settings.key_file,
        floors: &floors,
        threads,
    };
    // Names are checked before anything is stored.
    let pages = report::pages(&settings.reports)?;
    let library = super::library(&folder, &Terminal::silent())?;
    for name in &settings.comparisons {
        library.comparison(name)?;
    }
    let done = job.run(terminal)?;
    let code = tell(&done, terminal);
    let options = Edition {
        store,
        period: Some(settings.period),
        edition: None,
        as_of: None,
        rates: settings.rates.clone(),
        threads: Some(threads),
        memory: None,
    };
    let opened = Opened::open(&options, &folder, terminal)?;
    for expected in settings
        .expected
        .iter()
        .filter(|expected| expected.required)
    {
        if opened.manifest.accepted(&expected.return_id).is_none() {
            let message = format!(
                "the required return {} was rejected, and no earlier one is in force",
                expected.return_id
            );
            return Err(Failure::new(MISSING, message));
        }
    }
    let comparisons = if settings.comparisons.is_empty() {
        report::comparisons(&[], &pages, &opened.queries)
    } else {
        settings.comparisons.clone()
    };
    let mut made = opened.make(&Wanted {
        comparisons,
        pages,
        spreadsheets: true,
        release: super::compare::release(settings.restricted),
        commands: vec!["paybench run".to_owned()],
        limits,
    })?;
    if same_outputs(&settings.out, &made) {
        terminal.note("nothing changed since the last release");
    } else {
        let changes = changes(&settings.out, &made, &done, &late);
        for line in &changes {
            terminal.note(line);
        }
        note_changes(&mut made, &changes);
        super::publish(&made, &settings.out, terminal)?;
    }
    terminal.line(&settings.out.display().to_string())?;
    let code = code.max(super::say_limits(&made, terminal));
    Ok(if late.is_empty() {
        code
    } else {
        code.max(WARNINGS)
    })
}

/// Awaited returns that are not there; a required one ends the job.
fn missing(settings: &Settings, terminal: &Terminal) -> Result<Vec<String>, Failure> {
    let here = discover::returns(&settings.returns)?;
    let mut late = Vec::new();
    for expected in &settings.expected {
        if here.iter().any(|entry| entry.id == expected.return_id) {
            continue;
        }
        if expected.required {
            let message = format!("the required return {} is missing", expected.return_id);
            return Err(Failure::new(MISSING, message));
        }
        terminal.warn(&format!("the return {} is missing", expected.return_id));
        late.push(expected.return_id.clone());
    }
    Ok(late)
}

/// Takes the job's lock, or says who holds it.
fn lock(path: &Path) -> Result<File, Failure> {
    let name = path.display().to_string();
    let failed = |error: std::io::Error| Failure::new(STORAGE, format!("{name}: {error}"));
    let mut options = File::options();
    let mut file = options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {
            file.set_len(0).map_err(failed)?;
            let since = chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ");
            file.write_all(format!("process {} since {since}\n", std::process::id()).as_bytes())
                .map_err(failed)?;
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // Whoever holds the lock may not have written its name yet.
            let _ = file
                .rewind()
                .and_then(|()| file.read_to_string(&mut holder));
            let holder = holder.trim();
            Err(Failure::new(
                LOCKED,
                format!("another run holds {name}: {holder}"),
            ))
        }
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

fn read_json(path: &Path) -> Option<Json> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

/// Whether the last release holds the same bytes, its list of changes aside.
fn same_outputs(out: &Path, made: &Made) -> bool {
    let (Some(mut old), Ok(mut new)) = (
        read_json(&out.join("manifest.json")),
        serde_json::from_slice::<Json>(&made.manifest),
    ) else {
        return false;
    };
    let whole = made.files.keys().all(|name| out.join(name).is_file());
    for manifest in [&mut old, &mut new] {
        manifest["seal"] = Json::Null;
        if let Some(outputs) = manifest["outputs"].as_array_mut() {
            outputs.retain(|output| output["name"] != "summary.json");
        }
    }
    whole && old == new
}

/// What moved since the last release, in lines.
fn changes(out: &Path, made: &Made, done: &Committed, late: &[String]) -> Vec<String> {
    let Some(old) = read_json(&out.join("manifest.json")) else {
        return vec!["this is the first release".to_owned()];
    };
    let mut lines = Vec::new();
    if let Committed::Edition(_, report) = done {
        for (what, names) in [("new", &report.added), ("restated", &report.replaced)] {
            if !names.is_empty() {
                lines.push(format!("data: {what} returns: {}", names.join(", ")));
            }
        }
    }
    if !late.is_empty() {
        lines.push(format!("data: returns that are late: {}", late.join(", ")));
    }
    let new: Json = serde_json::from_slice(&made.manifest).unwrap_or_default();
    for (what, key) in [
        ("rates", "rates"),
        ("code: version", "version"),
        ("code: queries", "queries"),
        ("code: rules on contracts", "contract_rules"),
        ("code: templates", "templates"),
        ("release", "release"),
    ] {
        if old[key] != new[key] {
            lines.push(format!("{what} changed"));
        }
    }
    let digest = |manifest: &Json, name: &str| {
        let outputs = manifest["outputs"].as_array().cloned().unwrap_or_default();
        outputs
            .into_iter()
            .find(|output| output["name"] == name)
            .map(|output| output["sha256"].clone())
    };
    let moved: Vec<&str> = made
        .files
        .keys()
        .filter(|name| digest(&old, name) != digest(&new, name))
        .filter_map(|name| name.strip_prefix("tables/")?.strip_suffix(".csv"))
        .collect();
    if !moved.is_empty() {
        lines.push(format!("figures changed in: {}", moved.join(", ")));
    }
    lines
}

/// Puts the changes into `summary.json`, and its new digest into the manifest.
fn note_changes(made: &mut Made, changes: &[String]) {
    use sha2::Digest;
    let Some(bytes) = made.files.get_mut("summary.json") else {
        return;
    };
    let Ok(mut summary) = serde_json::from_slice::<Json>(bytes) else {
        return;
    };
    summary["changes_since_last_release"] = changes.into();
    let Ok(mut text) = serde_json::to_vec_pretty(&summary) else {
        return;
    };
    text.push(b'\n');
    let Ok(mut manifest) = serde_json::from_slice::<Json>(&made.manifest) else {
        return;
    };
    for output in manifest["outputs"].as_array_mut().into_iter().flatten() {
        if output["name"] == "summary.json" {
            output["sha256"] = crate::returns::text::hex(&sha2::Sha256::digest(&text)).into();
            output["bytes"] = text.len().into();
        }
    }
    let Ok(manifest) = crate::release::sealed(manifest) else {
        return;
    };
    *bytes = text;
    made.manifest = manifest;
}
