//! Memory that the engine does not count, such as a text of a billion letters, is
//! watched from outside while a statement runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::failure::USAGE;
use super::terminal::Terminal;
use crate::engine::rows::{FULL, Stop};

/// How often to look.
const LOOK: Duration = Duration::from_millis(5);
/// What code, caches and rows on their way may take besides.
const MARGIN: usize = 256 << 20;

/// Watches until it is dropped.
pub struct Watch {
    done: Arc<AtomicBool>,
    stop: Stop,
    limit: usize,
    watcher: Option<std::thread::JoinHandle<()>>,
}

impl Watch {
    /// Stops what runs where it takes more than twice these bytes of memory, for the
    /// engine knows of half, and ends the program where that does not help: a single
    /// step of the engine cannot be stopped. Where the system does not tell
    /// how much memory there is in use, nothing is watched.
    #[must_use]
    pub fn begin(memory: usize, stop: &Stop) -> Watch {
        let done = Arc::new(AtomicBool::new(false));
        let more = memory.saturating_mul(2).saturating_add(MARGIN);
        let before = resident();
        let limit = before.unwrap_or(0).saturating_add(more);
        let watcher = before.map(|_| {
            let (done, stop) = (Arc::clone(&done), stop.clone());
            std::thread::spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    let taken = resident().unwrap_or(0);
                    if taken > limit {
                        stop.full.store(true, Ordering::Relaxed);
                    }
                    if taken > limit.saturating_add(MARGIN) {
                        give_up();
                    }
                    std::thread::park_timeout(LOOK);
                }
            })
        });
        let stop = stop.clone();
        Watch {
            done,
            stop,
            limit,
            watcher,
        }
    }
}

#[expect(clippy::exit, reason = "nothing else ends a step that has begun")]
fn give_up() {
    Terminal::silent().error(FULL);
    std::process::exit(i32::from(USAGE));
}

impl Drop for Watch {
    fn drop(&mut self) {
        // What was stopped has to let go of its memory.
        let tries = if self.stop.full.load(Ordering::Relaxed) {
            100
        } else {
            0
        };
        for left in (0..tries).rev() {
            if resident().is_none_or(|taken| taken <= self.limit) {
                break;
            }
            if left == 0 {
                give_up();
            }
            std::thread::sleep(LOOK);
        }
        self.done.store(true, Ordering::Relaxed);
        if let Some(watcher) = self.watcher.take() {
            watcher.thread().unpark();
            let _ = watcher.join();
        }
    }
}

/// The bytes of memory that the program has.
fn resident() -> Option<usize> {
    let told = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = told.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: usize = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}
