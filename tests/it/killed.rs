//! Processes that are killed in the middle of an ingest, and processes that
//! race for the next edition. `tests/object_stores/run.sh` does the same on
//! buckets, and with more kills and more commits.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::sync::Arc;

use paybench::model::date;
use paybench::store::location::Location;
use paybench::store::manifest::{self, Manifest};

use crate::util::{PERIOD, Project, Ran, sha256, small_return};

/// A number from the environment, or its usual value.
fn many(variable: &str, usual: usize) -> usize {
    let given = std::env::var(variable).ok();
    given.map_or(usual, |given| given.parse().unwrap())
}

/// A store as readers see it.
struct Store(Location);

impl Store {
    fn at(address: &str) -> Store {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        Store(Location::open(address, Arc::new(runtime.unwrap())).unwrap())
    }

    fn edition(&self, number: u32) -> Manifest {
        manifest::read(&self.0, date::iso(PERIOD).unwrap(), number).unwrap()
    }

    fn newest(&self) -> Manifest {
        let period = date::iso(PERIOD).unwrap();
        manifest::newest(&self.0, period).unwrap().unwrap()
    }

    /// Table to digest of the newest edition, each held against its bytes.
    fn contents(&self) -> BTreeMap<String, String> {
        let edition = self.newest();
        let files = edition.files.iter().map(|file| {
            let path = format!("{}/{}", edition.folder(), file.name);
            let digest = sha256(&self.0.get(&path).unwrap());
            assert_eq!(digest, file.sha256, "{path}");
            (file.name.rsplit('/').next().unwrap().to_owned(), digest)
        });
        files.collect()
    }

    /// Files of the period, also of attempts that came to nothing.
    fn files(&self) -> usize {
        let period = format!("period={PERIOD}");
        let count = |name: &String| {
            if name.ends_with(".json") {
                return 1;
            }
            self.0.list(&format!("{period}/{name}")).unwrap().len()
        };
        self.0.list(&period).unwrap().iter().map(count).sum()
    }
}

/// Kills ingests at moments spread over their life, and asserts that the store
/// is whole after each; `place` gives the address of a new store.
pub fn kills(project: &Project, times: usize, place: impl Fn(usize) -> String) {
    let rate = |number: usize| format!("12.{number:02}");
    let rates: Vec<String> = (0..90).map(rate).collect();
    let pay: Vec<(&str, &str)> = rates.iter().map(|r| (r.as_str(), r.as_str())).collect();
    small_return(project, "in/elm", "ELM", &pay);
    small_return(project, "in/oak", "OAK", &[("a", "13.00")]);
    small_return(project, "next/oak", "OAK", &[("a", "13.50")]);
    small_return(project, "next/yew", "YEW", &pay);
    let args = |folder: &'static str, store: &str| -> Vec<String> {
        let args = ["ingest", folder, "--period", PERIOD, "--store", store];
        args.map(str::to_owned).to_vec()
    };
    let ingest = |folder, store: &str| {
        let args = args(folder, store);
        project.run(&args.iter().map(String::as_str).collect::<Vec<_>>())
    };
    // What an ingest that nobody disturbs gives.
    let mut address = place(0);
    ingest("in", &address).ends(0);
    let before = Store::at(&address).contents();
    ingest("next", &address).ends(0);
    let after = Store::at(&address).contents();
    let mut stores = 1;
    let mut killed = 0;
    let mut fresh = true;
    let mut dice: u64 = 2026;
    while killed < times {
        if fresh {
            address = place(stores);
            stores += 1;
            ingest("in", &address).ends(0);
            fresh = false;
        }
        let store = Store::at(&address);
        let there = store.files();
        let args = args("next", &address);
        let mut child = project.start(&args.iter().map(String::as_str).collect::<Vec<_>>());
        // From before the first file to after the manifest, and a little on.
        let wanted = there + killed % 10;
        while store.files() < wanted && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        for _ in 0..(dice >> 44) {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
        let ended = child.wait_with_output().unwrap();
        if ended.status.signal().is_none() {
            Ran::of(ended, &["ingest"]).ends(0);
        }
        killed += 1;
        // What the killed one left is in nobody's way.
        match store.newest().edition {
            1 => assert_eq!(store.contents(), before),
            2 => {
                assert_eq!(store.contents(), after);
                fresh = true;
            }
            more => panic!("edition {more} from nowhere"),
        }
    }
    ingest("next", &address).ends(0);
    let store = Store::at(&address);
    assert_eq!(store.newest().edition, 2);
    assert_eq!(store.contents(), after);
}

/// Lets two processes commit returns one by one, each its own, at the same time.
pub fn races(project: &Project, commits: usize, address: &str) {
    small_return(project, "first", "FIRST", &[("a", "12.71")]);
    let ingest = |folder: &str| {
        let args = ["ingest", folder, "--period", PERIOD, "--store", address];
        project.run(&args).ends(0)
    };
    ingest("first");
    for side in ["left", "right"] {
        for number in 0..commits {
            let id = format!("{side}{number}");
            small_return(project, &id, &id.to_uppercase(), &[("a", "12.71")]);
        }
    }
    std::thread::scope(|scope| {
        for side in ["left", "right"] {
            let ingest = &ingest;
            scope.spawn(move || {
                for number in 0..commits {
                    ingest(&format!("{side}{number}"));
                }
            });
        }
    });
    let store = Store::at(address);
    let editions = 2 * commits + 1;
    assert_eq!(store.newest().edition as usize, editions);
    store.contents();
    // Each edition has one return more than the one before it, and all of its.
    let mut known: Vec<String> = Vec::new();
    for number in 1..=editions {
        let edition = store.edition(u32::try_from(number).unwrap());
        let ids: Vec<String> = edition
            .returns
            .iter()
            .map(|r| r.return_id.clone())
            .collect();
        assert_eq!(ids.len(), number);
        assert!(known.iter().all(|id| ids.contains(id)), "{known:?} {ids:?}");
        known = ids;
    }
}

/// How many kills the environment asks for.
pub fn kills_wanted() -> usize {
    many("PAYBENCH_TEST_KILLS", 10)
}

/// How many commits of each side of a race the environment asks for.
pub fn commits_wanted() -> usize {
    many("PAYBENCH_TEST_COMMITS", 4)
}

#[test]
fn a_killed_ingest_leaves_the_last_edition_and_is_in_nobodys_way() {
    let project = Project::new();
    kills(&project, kills_wanted(), |number| {
        project
            .join(&format!("store{number}"))
            .display()
            .to_string()
    });
}

#[test]
fn two_processes_that_commit_at_once_lose_nothing() {
    let project = Project::new();
    let store = project.join("store").display().to_string();
    races(&project, commits_wanted(), &store);
}
