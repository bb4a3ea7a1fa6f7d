//! Which views a statement needs, and in which order they can be planned.

use std::collections::BTreeSet;

use super::parameter::Parameter;
use super::redraw::Redraw;
use super::words::{self, Kind};

/// A view: a name and the SQL behind it.
pub struct View<'a> {
    /// Its name in SQL.
    pub name: &'a str,
    /// One statement on tables and other views.
    pub sql: &'a str,
    /// What its parameters are where a statement on it does not say.
    pub defaults: Vec<(String, Parameter)>,
    /// How its rows are drawn anew, where they are.
    pub redraw: Option<&'a Redraw>,
}

/// The views in an order in which each follows those that it names; where there is a
/// statement, only those behind it. Planning all of them takes longer than most
/// statements. A statement that asks which tables there are needs all.
#[must_use]
pub fn ordered<'a>(views: &'a [View<'a>], statement: Option<&str>) -> Vec<&'a View<'a>> {
    let mut ordered = Vec::new();
    let mut seen = BTreeSet::new();
    let asks_for_all = |name: &str| {
        ["information_schema", "show", "describe"]
            .iter()
            .any(|word| word.eq_ignore_ascii_case(name))
    };
    let named = statement.map(names).filter(|names| {
        let mut names = names.iter();
        !names.any(|name| asks_for_all(name))
    });
    let all = || views.iter().map(|view| view.name.to_owned()).collect();
    for name in named.unwrap_or_else(all) {
        add(&name, views, &mut seen, &mut ordered);
    }
    ordered
}

fn add<'a>(
    name: &str,
    views: &'a [View<'a>],
    seen: &mut BTreeSet<&'a str>,
    ordered: &mut Vec<&'a View<'a>>,
) {
    let found = views
        .iter()
        .find(|view| view.name.eq_ignore_ascii_case(name));
    if let Some(view) = found.filter(|view| seen.insert(view.name)) {
        for name in names(view.sql) {
            add(&name, views, seen, ordered);
        }
        ordered.push(view);
    }
}

/// Whatever may be a name in a statement.
fn names(sql: &str) -> BTreeSet<String> {
    let (pieces, _) = words::pieces(sql);
    let words = pieces.into_iter();
    let words = words.filter(|piece| matches!(piece.kind, Kind::Name | Kind::Keyword));
    words
        .map(|piece| sql[piece.range].trim_matches('"').to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_follows_those_that_it_names() {
        let view = |name, sql| View {
            name,
            sql,
            defaults: Vec::new(),
            redraw: None,
        };
        let views = [
            view("a", "SELECT * FROM b JOIN c"),
            view("b", "SELECT 1 AS d"),
            view("c", "SELECT * FROM b WHERE 'd' = x"),
            view("d", "SELECT 1 -- a"),
            view("round", "SELECT * FROM about"),
            view("about", "SELECT * FROM round"),
        ];
        let order = |statement| {
            let ordered = ordered(&views, statement);
            ordered.iter().map(|view| view.name).collect::<Vec<_>>()
        };
        assert_eq!(order(Some("SELECT * FROM workers")), Vec::<&str>::new());
        assert_eq!(order(Some("SELECT * FROM \"C\"")), ["d", "b", "c"]);
        assert_eq!(order(Some("SELECT round(1)")), ["about", "round"]);
        assert_eq!(order(Some("SHOW TABLES")).len(), 6);
        let all = order(None);
        let at = |name| all.iter().position(|known| *known == name);
        assert!(all.len() == 6 && at("b") < at("c") && at("c") < at("a"));
    }
}
