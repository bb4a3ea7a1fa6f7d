//! Storage fails at every call of an ingest, a withdrawal, a comparison: the
//! last edition stays, and the next run gives what it would have given.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path as ObjectPath;
use paybench::cli::failure::Failure;
use paybench::ingest::intake::Intake;
use paybench::ingest::key::Key;
use paybench::ingest::layout::Layouts;
use paybench::model::{date, floors};
use paybench::returns::discover;
use paybench::store::StoreError;
use paybench::store::commit::{Committed, commit};
use paybench::store::location::Location;
use paybench::store::manifest::{self, Manifest};
use paybench::store::rates;
use paybench::store::withdraw::withdraw;
use tokio::runtime::Runtime;
use url::Url;

use crate::faulty::{Careless, Fault, Faulty};
use crate::util::{PERIOD, Project, copy, sha256, small_return};

/// Returns to ingest, a key, and a runtime.
struct Bench {
    project: Project,
    runtime: Arc<Runtime>,
}

/// Where the trials of a test keep their store.
#[derive(Clone)]
enum Storage {
    /// A folder: what is written must also be settled on the disk.
    Disk,
    /// No folder: as buckets are.
    Bucket(Arc<InMemory>),
}

impl Bench {
    fn new() -> Bench {
        let project = Project::new();
        let rate = |number: usize| format!("12.{number:02}");
        let rates: Vec<String> = (0..90).map(rate).collect();
        let pay: Vec<(&str, &str)> = rates.iter().map(|r| (r.as_str(), r.as_str())).collect();
        small_return(&project, "in/elm", "ELM", &pay);
        small_return(&project, "in/oak", "OAK", &[("a", "13.00")]);
        small_return(&project, "next/oak", "OAK", &[("a", "13.50"), ("b", "999")]);
        small_return(&project, "next/yew", "YEW", &pay);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        Bench {
            project,
            runtime: Arc::new(runtime.unwrap()),
        }
    }

    /// The store in `folder`, with the objects of this storage behind `wrap`.
    fn location(
        &self,
        storage: &Storage,
        folder: &Path,
        wrap: impl FnOnce(Arc<dyn ObjectStore>) -> Arc<dyn ObjectStore>,
    ) -> Location {
        let (inner, base, root): (Arc<dyn ObjectStore>, _, _) = match storage {
            Storage::Disk => {
                let root = ObjectPath::from_absolute_path(folder).unwrap();
                let disk = LocalFileSystem::new().with_automatic_cleanup(true);
                (Arc::new(disk), "file:///", root)
            }
            Storage::Bucket(memory) => (
                Arc::clone(memory) as _,
                "memory://bucket",
                "some/store".into(),
            ),
        };
        let base = Url::parse(base).unwrap();
        let runtime = Arc::clone(&self.runtime);
        // Small parts, so that a file has several.
        Location::over(wrap(inner), base, root, "the-store", runtime).in_parts_of(4096)
    }

    fn intake(&self, folder: &str) -> Intake {
        let returns = discover::returns(&[self.project.join(folder)]).unwrap();
        let key = Key::from_secrets(&[7; 32], &[]);
        let period = date::days(date::iso(PERIOD).unwrap());
        Intake::prepare(returns, Layouts::built_in().unwrap(), period, key, 1).unwrap()
    }

    fn ingest(&self, location: &Location, folder: &str) -> Result<Manifest, StoreError> {
        let floors = floors::built_in().unwrap();
        let mut intake = self.intake(folder);
        let done = commit(location, &mut intake, &floors, &AtomicU64::new(0))?;
        Ok(match done {
            Committed::Edition(manifest, _) | Committed::NothingChanged(manifest, _) => *manifest,
        })
    }
}

fn newest(location: &Location) -> Manifest {
    let period = date::iso(PERIOD).unwrap();
    manifest::newest(location, period).unwrap().unwrap()
}

/// Table to digest of the files of an edition, each held against its bytes.
#[track_caller]
fn contents(location: &Location, edition: &Manifest) -> BTreeMap<String, String> {
    let files = edition.files.iter().map(|file| {
        let bytes = location
            .get(&format!("{}/{}", edition.folder(), file.name))
            .unwrap();
        assert_eq!(
            (sha256(&bytes), bytes.len() as u64),
            (file.sha256.clone(), file.bytes)
        );
        let table = file.name.rsplit('/').next().unwrap().to_owned();
        (table, file.sha256.clone())
    });
    let files = files.collect();
    location.get(&edition.rates.file).unwrap();
    files
}

/// Every file of the store.
fn objects(bench: &Bench, storage: &Storage, folder: &Path) -> BTreeSet<String> {
    match storage {
        Storage::Disk => crate::util::tree(folder).into_keys().collect(),
        Storage::Bucket(memory) => bench.runtime.block_on(async {
            use futures::TryStreamExt;
            let all: Vec<_> = memory.list(None).try_collect().await.unwrap();
            all.into_iter()
                .map(|meta| meta.location.to_string())
                .collect()
        }),
    }
}

/// Lets `act` fail at each of its calls in turn, and each time asserts that the
/// edition before it stands, and that a second `act` gives what a sound one gives.
fn survives(
    storage: &Storage,
    faults: &[Fault],
    act: impl Fn(&Bench, &Location) -> Result<Manifest, StoreError>,
) -> Vec<String> {
    let bench = Bench::new();
    let base = bench.project.join("base");
    let first = bench.location(storage, &base, |inner| inner);
    bench.ingest(&first, "in").unwrap();
    let before = contents(&first, &newest(&first));
    let trial = |name: &str| {
        let folder = bench.project.join(name);
        let storage = match storage {
            Storage::Disk => {
                copy(&base, &folder);
                Storage::Disk
            }
            Storage::Bucket(memory) => Storage::Bucket(Arc::new(memory.fork())),
        };
        (storage, folder)
    };
    // A sound run tells the calls that there are, and what comes of them.
    let (sound, folder) = trial("sound");
    let noted = std::sync::Mutex::new(None);
    let location = bench.location(&sound, &folder, |inner| {
        let sound = Faulty::sound(inner);
        *noted.lock().unwrap() = Some(sound.clone());
        Arc::new(sound)
    });
    act(&bench, &location).unwrap();
    let after = contents(&location, &newest(&location));
    let calls = noted.lock().unwrap().as_ref().unwrap().calls();
    assert_ne!(before, after);
    let mut seen = Vec::new();
    for fault in faults {
        for (at, call) in calls.iter().enumerate() {
            let kind = call.split(' ').next().unwrap();
            let reads = ["list", "get", "head"].contains(&kind);
            // An answer that was lost is as good as none was given.
            let whole = ["put", "copy"].contains(&kind);
            if reads && *fault != Fault::Refused || !whole && *fault == Fault::Vanished {
                continue;
            }
            let (storage, folder) = trial(&format!("{fault:?}-{at}"));
            let what = format!("{fault:?} at {at}, {call}");
            let there = objects(&bench, &storage, &folder);
            let sound = bench.location(&storage, &folder, |inner| inner);
            let failing = bench.location(&storage, &folder, |inner| {
                Arc::new(Faulty::new(inner, at, *fault))
            });
            let failed = act(&bench, &failing).err();
            let now = newest(&sound);
            match &failed {
                Some(StoreError::Unsure { .. }) => {}
                Some(_) => assert_eq!(now.edition, 1, "{what}"),
                None => assert_eq!(now.edition, 2, "{what}"),
            }
            let mut as_before = false;
            if let Some(error) = failed {
                // Where the storage works again at once nothing is left behind.
                let unsure = matches!(error, StoreError::Unsure { .. });
                as_before = objects(&bench, &storage, &folder) == there;
                let clean = [Fault::Refused, Fault::AnswerLost].contains(fault) && !unsure;
                assert!(as_before || !clean, "{what}");
                let failure = Failure::from(error);
                assert_eq!(failure.code, 74, "{what}: {}", failure.message);
                assert!(
                    failure.message.contains("the-store")
                        || failure.message.contains(&*folder.to_string_lossy()),
                    "{what}: {}",
                    failure.message
                );
                seen.push(format!("{what}: {}", failure.message));
            }
            if as_before {
                assert_eq!(contents(&sound, &now), before, "{what}");
                continue;
            }
            match act(&bench, &sound) {
                // What went through unheard cannot be withdrawn again.
                Err(StoreError::NoSuchReturn(_)) if now.edition == 2 => {}
                done => assert_eq!(done.unwrap().edition, 2, "{what}"),
            }
            let repeated = newest(&sound);
            assert_eq!(repeated.edition, 2, "{what}");
            assert_eq!(contents(&sound, &repeated), after, "{what}");
            if matches!(storage, Storage::Disk) {
                std::fs::remove_dir_all(&folder).unwrap();
            }
        }
    }
    seen
}

#[test]
fn an_ingest_survives_every_fault_of_a_disk() {
    let faults = [Fault::Refused, Fault::AnswerLost, Fault::Vanished];
    let said = survives(&Storage::Disk, &faults, |bench, location| {
        bench.ingest(location, "next")
    });
    let about = |kind: &str, fault: &str| {
        let of_kind = |line: &&String| line.starts_with(fault) && line.contains(kind);
        said.iter().filter(of_kind).count()
    };
    for kind in ["put", "begin", "part", "complete", "get", "list"] {
        assert!(
            about(&format!(", {kind} "), "Refused") > 0,
            "{kind}: {said:#?}"
        );
    }
    assert!(about(", copy ", "Refused") > 0, "{said:#?}");
    // The link that was made and not heard of is known again.
    assert_eq!(about(", copy ", "AnswerLost"), 0, "{said:#?}");
    // What is not on the disk when it should be is noticed, before the manifest.
    assert!(about(".parquet", "Vanished") > 0, "{said:#?}");
}

#[test]
fn an_ingest_survives_every_fault_of_a_bucket() {
    let faults = [Fault::Refused, Fault::AnswerLost, Fault::Down];
    let storage = Storage::Bucket(Arc::default());
    let said = survives(&storage, &faults, |bench, location| {
        bench.ingest(location, "next")
    });
    // A manifest whose answer was lost is known by its bytes, and is no race.
    let lost = |line: &&String| line.starts_with("AnswerLost") && line.contains("0002.json");
    assert_eq!(said.iter().find(lost), None);
    // Where nobody can look either, nobody claims to know.
    let down = |line: &&String| {
        line.starts_with("Down") && line.contains("put some/store/period=2026-09-30/0002.json")
    };
    let down = said.iter().find(down).unwrap();
    assert!(
        down.contains("may have been written all the same"),
        "{down}"
    );
}

#[test]
fn a_withdrawal_survives_every_fault() {
    let faults = [Fault::Refused, Fault::AnswerLost];
    let storage = Storage::Bucket(Arc::default());
    let said = survives(&storage, &faults, |_, location| {
        withdraw(location, None, "elm")
    });
    assert!(!said.is_empty());
}

#[test]
fn a_refusal_without_reason_is_asked_again() {
    let bench = Bench::new();
    let storage = Storage::Bucket(Arc::default());
    let folder = bench.project.join("unused");
    let first = bench.location(&storage, &folder, |inner| inner);
    bench.ingest(&first, "in").unwrap();
    let calls = {
        let Storage::Bucket(memory) = &storage else {
            unreachable!()
        };
        let fork = Storage::Bucket(Arc::new(memory.fork()));
        let faulty = std::cell::RefCell::new(None);
        let location = bench.location(&fork, &folder, |inner| {
            let sound = Faulty::sound(inner);
            *faulty.borrow_mut() = Some(sound.clone());
            Arc::new(sound)
        });
        bench.ingest(&location, "next").unwrap();
        faulty.take().unwrap().calls()
    };
    let put = calls
        .iter()
        .position(|call| call.starts_with("put") && call.ends_with("0002.json"));
    let location = bench.location(&storage, &folder, |inner| {
        Arc::new(Faulty::new(inner, put.unwrap(), Fault::Conflict))
    });
    assert_eq!(bench.ingest(&location, "next").unwrap().edition, 2);
}

#[test]
fn storage_that_ignores_conditions_is_not_trusted() {
    let bench = Bench::new();
    let memory = Arc::new(InMemory::new());
    let storage = Storage::Bucket(Arc::clone(&memory));
    let folder = bench.project.join("unused");
    let location = bench.location(&storage, &folder, |inner| Arc::new(Careless(inner)));
    let failure = Failure::from(bench.ingest(&location, "in").unwrap_err());
    assert_eq!(failure.code, 78, "{}", failure.message);
    assert!(failure.message.contains("the-store") && failure.message.contains("If-None-Match"));
    assert_eq!(objects(&bench, &storage, &folder), BTreeSet::new());
    // Sound storage is asked once, and nothing stays of the question.
    let sound = bench.location(&storage, &folder, |inner| inner);
    bench.ingest(&sound, "in").unwrap();
    let probes = |name: &&String| name.contains("probe");
    assert_eq!(objects(&bench, &storage, &folder).iter().find(probes), None);
}

#[test]
fn a_comparison_over_storage_that_fails_is_a_fault_of_the_storage() {
    use paybench::compare::library::Library;
    let bench = Bench::new();
    let storage = Storage::Bucket(Arc::default());
    let folder = bench.project.join("unused");
    let sound = bench.location(&storage, &folder, |inner| inner);
    let edition = bench.ingest(&sound, "in").unwrap();
    let floors = floors::built_in().unwrap();
    let rates = rates::table(&floors).unwrap();
    let library = Library::load(None).unwrap();
    let compare = |faulty: &Faulty| {
        let location = bench.location(&storage, &folder, |_| Arc::new(faulty.clone()));
        let means = paybench::engine::session::Means::of(1, None);
        let session = paybench::compare::run::open(&location, &edition, &rates, &library, means)?;
        let query = library.comparison("pay_by_sector").unwrap();
        paybench::compare::run::batches(&session, query, &query.bind(&[]).unwrap())
    };
    let Storage::Bucket(memory) = &storage else {
        unreachable!()
    };
    let faulty = Faulty::sound(Arc::clone(memory) as Arc<dyn ObjectStore>);
    compare(&faulty).unwrap();
    let calls = faulty.calls().len();
    assert!(calls > 2, "{:?}", faulty.calls());
    for at in 0..calls {
        let faulty = Faulty::new(Arc::clone(memory) as Arc<dyn ObjectStore>, at, Fault::Down);
        let failure = Failure::from(compare(&faulty).unwrap_err());
        assert_eq!(failure.code, 74, "{at}: {}", failure.message);
        assert!(
            failure.message.contains("the line is dead"),
            "{}",
            failure.message
        );
    }
}

#[test]
fn a_file_that_changes_while_it_is_read_is_not_stored() {
    let bench = Bench::new();
    let store = bench.project.join("store");
    let location = bench.location(&Storage::Disk, &store, |inner| inner);
    bench.ingest(&location, "in").unwrap();
    let before = crate::util::tree(&store);
    let workers = bench.project.join("next/oak/workers.csv");
    let text = std::fs::read_to_string(&workers).unwrap();
    let floors = floors::built_in().unwrap();
    // Longer, as long but other, and the same bytes in another file.
    let replaced = text.replace("13.50", "13.60");
    for (now, renamed) in [
        (format!("{text}late\n"), false),
        (replaced, false),
        (text, true),
    ] {
        let mut intake = bench.intake("next");
        let target = if renamed {
            bench.project.join("aside")
        } else {
            workers.clone()
        };
        std::fs::write(&target, now).unwrap();
        if renamed {
            std::fs::rename(&target, &workers).unwrap();
        }
        let Err(error) = commit(&location, &mut intake, &floors, &AtomicU64::new(0)) else {
            panic!("it was stored");
        };
        let failure = Failure::from(error);
        assert_eq!(failure.code, 65);
        assert!(
            failure.message.contains("oak/workers.csv changed while"),
            "{}",
            failure.message
        );
        crate::util::same_tree(&store, &before);
    }
    assert_eq!(bench.ingest(&location, "next").unwrap().edition, 2);
}
