//! The known word that somebody probably meant.

/// The word nearest to `wanted`, whatever the case, if one is near: at most three
/// letters away, and fewer than half of its own.
#[must_use]
pub fn nearest<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let folded = wanted.to_lowercase();
    known
        .map(|word| (distance(&folded, &word.to_lowercase()), word))
        .filter(|(distance, word)| *distance <= 3 && distance * 2 < word.chars().count())
        .min_by_key(|(folded, word)| (*folded, distance(wanted, word), *word))
        .map(|(_, word)| word)
}

/// The word nearest to `wanted`; where none is near, up to five that have it as
/// one of their parts.
#[must_use]
pub fn related<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let known: Vec<&str> = known.collect();
    if let Some(word) = nearest(wanted, known.iter().copied()) {
        return vec![word];
    }
    let wanted = wanted.to_lowercase();
    let has = |word: &&str| word.split('_').any(|part| part == wanted);
    let mut found: Vec<&str> = known.into_iter().filter(has).collect();
    found.sort_unstable();
    found.dedup();
    found.truncate(5);
    found
}

/// How many letters must be added, dropped or changed.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let change = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_pen_are_near_and_other_words_are_not() {
        let roles = ["care_worker", "support_worker", "manager", "nhs"];
        let near = |word| nearest(word, roles.into_iter());
        assert_eq!(near("Care_Worker"), Some("care_worker"));
        assert_eq!(near("care worker"), Some("care_worker"));
        assert_eq!(near("carer_worker"), Some("care_worker"));
        assert_eq!(near("maneger"), Some("manager"));
        assert_eq!(near("nh"), Some("nhs"));
        assert_eq!(near("gardener"), None);
        assert_eq!(
            related("worker", roles.into_iter()),
            ["care_worker", "support_worker"]
        );
        assert_eq!(related("maneger", roles.into_iter()), ["manager"]);
    }
}
