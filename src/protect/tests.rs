//! What protection promises, on small tables.

use super::*;
use std::path::Path;

fn query(header: &str) -> QueryFile {
    crate::compare::query::parse(Path::new("test.sql"), header, None).unwrap()
}

/// Rows as role group, sector, workers, then what they rest on.
fn table(rows: &[(&str, &str, [i64; 4])]) -> Table {
    let columns = [
        "role_group",
        "sector",
        "workers",
        "median",
        "basis_workers",
        "basis_private_workers",
        "basis_private_providers",
        "basis_private_largest",
    ];
    Table {
        name: "test".to_owned(),
        columns: columns.map(str::to_owned).to_vec(),
        rows: rows
            .iter()
            .map(|(group, sector, basis)| {
                let mut row = vec![
                    Value::Text((*group).to_owned()),
                    Value::Text((*sector).to_owned()),
                    Value::Integer(basis[0]),
                    Value::Decimal(126_000, 4),
                ];
                row.extend(basis.map(Value::Integer));
                row
            })
            .collect(),
    }
}

fn markers(rows: &[(&str, &str, [i64; 4])]) -> Vec<String> {
    let query =
        query("-- disclosure: total role_group sector\n-- disclosure: need 20 workers for median");
    let out = publish(&query, &table(rows), &[], Release::Protected, 0)
        .unwrap()
        .unwrap();
    out.table
        .rows
        .iter()
        .map(|row| {
            row[3..6]
                .iter()
                .map(Value::render)
                .collect::<Vec<_>>()
                .join("/")
        })
        .collect()
}

#[test]
fn thresholds_stand_where_they_are_said_to_stand() {
    for (basis, expected) in [
        ([9, 9, 4, 3], "//[c]"),
        ([10, 10, 4, 3], "10//[c]"),
        ([19, 19, 4, 3], "19//[c]"),
        ([20, 20, 4, 3], "20/12.6000/"),
        ([40, 40, 2, 20], "//[c]"),
        ([40, 40, 3, 20], "40/12.6000/"),
        ([40, 40, 3, 21], "//[c]"),
        ([40, 0, 0, 0], "40/12.6000/"),
        ([40, 5, 1, 5], "//[c]"),
    ] {
        assert_eq!(
            markers(&[("front_line", "independent", basis)]),
            [expected],
            "{basis:?}"
        );
    }
}

#[test]
fn one_hidden_part_hides_its_totals_and_so_on() {
    let public = |n| [n, 0, 0, 0];
    // The hidden sector hides `all` of its group; then `all` of both
    // groups would give that one away.
    let out = markers(&[
        ("all", "all", public(75)),
        ("all", "nhs", public(34)),
        ("all", "local_authority", public(41)),
        ("front_line", "all", public(39)),
        ("front_line", "nhs", public(9)),
        ("front_line", "local_authority", public(30)),
        ("senior", "all", public(36)),
        ("senior", "nhs", public(25)),
        ("senior", "local_authority", public(11)),
    ]);
    let hidden: Vec<bool> = out.iter().map(|row| row.starts_with("//")).collect();
    assert_eq!(
        hidden,
        [true, true, false, true, true, false, false, false, false]
    );
}

#[test]
fn small_counts_go_with_what_is_computed_from_them() {
    let query = query("-- disclosure: small workers empties median");
    let mut rows = table(&[("all", "nhs", [40, 0, 0, 0])]);
    rows.rows[0][2] = Value::Integer(9);
    let out = publish(&query, &rows, &[], Release::Protected, 0)
        .unwrap()
        .unwrap();
    assert_eq!(
        out.table.rows[0][3..6]
            .iter()
            .map(Value::render)
            .collect::<Vec<_>>(),
        ["", "", "[c]"]
    );
    rows.rows[0][2] = Value::Integer(0);
    let out = publish(&query, &rows, &[], Release::Protected, 0)
        .unwrap()
        .unwrap();
    assert_eq!(out.table.rows[0][3].render(), "0");
}

#[test]
fn a_guarded_count_cannot_be_worked_out_from_its_totals() {
    let rows = table(&[
        ("all", "all", [64, 0, 0, 0]),
        ("all", "commissioned", [63, 0, 0, 0]),
        ("all", "independent", [57, 0, 0, 0]),
        ("all", "third_sector", [6, 0, 0, 0]),
        ("all", "local_authority", [1, 0, 0, 0]),
    ]);
    // What the rows rest on is not what is counted here.
    let mut rows = rows;
    for row in &mut rows.rows {
        row[4] = Value::Integer(100);
    }
    let shown = |header: &str| -> Vec<String> {
        let out = publish(&query(header), &rows, &[], Release::Protected, 0);
        let rows = out.unwrap().unwrap().table.rows;
        rows.iter().map(|row| row[3].render()).collect()
    };
    let header = "-- disclosure: total role_group sector\n-- disclosure: small workers\n";
    assert_eq!(shown(header), ["64", "63", "57", "", ""]);
    let header = format!("{header}-- disclosure: guard workers\n");
    assert_eq!(shown(&header), ["64", "", "57", "", ""]);
}

#[test]
fn what_does_not_say_what_it_rests_on_stays_inside() {
    let rows = table(&[("all", "nhs", [40, 0, 0, 0])]);
    assert_eq!(
        publish(&query("SELECT 1"), &rows, &[], Release::Protected, 0).unwrap(),
        None
    );
    let mut bare = rows.clone();
    bare.columns[4] = "something".to_owned();
    let error = publish(
        &query("-- disclosure: small workers"),
        &bare,
        &[],
        Release::Protected,
        0,
    );
    assert!(matches!(error, Err(ProtectError::NoBasis(..))));
}
