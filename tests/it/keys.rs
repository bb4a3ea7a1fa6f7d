//! The key behind worker keys: made once, for its owner alone, and shown.

use std::path::Path;

use crate::util::{PERIOD, Project, small_return, tree};

#[cfg(unix)]
pub fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_key_is_made_once_and_for_its_owner_alone() {
    let project = Project::new();
    let made = project
        .run(&["key", "new", "--key-file", "my.key"])
        .ends(0)
        .says(&["my.key", "keep it safe and apart from the store"]);
    let text = project.read("my.key");
    assert_eq!(text.trim_end().len(), 64);
    let id = project.run(&["key", "id", "--key-file", "my.key"]).ends(0);
    assert_eq!(id.stdout, made.stdout);
    assert!(
        !text.contains(made.stdout.trim()),
        "an id is no part of the key"
    );
    #[cfg(unix)]
    assert_eq!(mode(&project.join("my.key")), 0o600);
    project
        .run(&["key", "new", "--key-file", "my.key"])
        .ends(78)
        .says(&["my.key exists already"]);
    assert_eq!(project.read("my.key"), text);
    // Nothing but the key is left beside it.
    assert_eq!(tree(project.path()).len(), 1);
    small_return(&project, "oak", "OAK", &[("1", "12.10")]);
    let args = ["ingest", "oak", "--period", PERIOD, "--key-file", "my.key"];
    project.run(&args).ends(0).never_says(&["made the key"]);
    let manifest = project.json(&format!("store/period={PERIOD}/0001.json"));
    assert_eq!(manifest["key_id"], made.stdout.trim());
}

#[test]
fn what_is_no_key_is_said_and_left_as_it_is() {
    let project = Project::new();
    let id = |file: &str| project.run(&["key", "id", "--key-file", file]);
    id("none.key")
        .ends(78)
        .says(&["there is no key file none.key"]);
    project
        .run(&["key", "new", "--key-file", "no/folder.key"])
        .ends(78);
    for text in [
        "",
        "sesame",
        &"0f".repeat(31),
        &format!("{}\n\n{0}", "0f".repeat(32)),
    ] {
        let path = project.write("bad.key", text);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::Permissions::from_mode(0o600);
            std::fs::set_permissions(&path, mode).unwrap();
        }
        let said = id("bad.key").ends(78).says(&["bad.key is not a key file"]);
        assert!(text.is_empty() || !said.stderr.contains(text));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let path = project.write("open.key", "0f".repeat(32));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        id("open.key")
            .ends(78)
            .says(&["can be read by others", "chmod 600 open.key"]);
    }
}

#[test]
fn the_key_of_a_worker_cannot_be_had_without_the_key_file() {
    let project = Project::new();
    small_return(&project, "oak", "OAK", &[("1001", "12.71")]);
    for (store, key) in [("one", "one.key"), ("two", "two.key"), ("three", "one.key")] {
        let args = [
            "ingest",
            "oak",
            "--period",
            PERIOD,
            "--store",
            store,
            "--key-file",
            key,
        ];
        project.run(&args).ends(0);
    }
    let key = |store: &str| {
        let args = [
            "query",
            "SELECT worker_key FROM workers",
            "--store",
            store,
            "--format",
            "csv",
        ];
        project.run(&args).ends(0).stdout
    };
    assert_eq!(key("one"), key("three"));
    assert_ne!(key("one"), key("two"));
}
