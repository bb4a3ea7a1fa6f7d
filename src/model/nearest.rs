//! The known word that somebody probably meant.

/// The word nearest to `wanted`, if one is near: at most three letters away,
/// and fewer than half of its own.
#[must_use]
pub fn nearest<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = wanted.to_lowercase();
    known
        .map(|word| (distance(&wanted, word), word))
        .filter(|(distance, word)| *distance <= 3 && distance * 2 < word.chars().count())
        .min()
        .map(|(_, word)| word)
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
    }
}
