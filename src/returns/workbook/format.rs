//! What the formats of cells make of their numbers, in every form of workbook.

/// What a cell's number format makes of its number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// A number as it is.
    #[default]
    Plain,
    /// A hundredth, shown as per cent.
    Percent,
    /// A date, or a time of day.
    Date,
    /// A length of time.
    Elapsed,
    /// Shown with a sign before it: of another currency than pounds.
    Currency(char),
    /// Shown with a `p` behind it: pence.
    Pence,
}

/// The sign of a currency by its sign or code; none of pounds.
#[must_use]
pub fn currency(text: &str) -> Option<char> {
    match text.trim().to_uppercase().as_str() {
        "" | "£" | "GBP" => None,
        "EUR" => Some('€'),
        "USD" => Some('$'),
        other => other
            .chars()
            .next()
            .filter(|sign| is_sign(*sign))
            .or(Some('¤')),
    }
}

fn is_sign(sign: char) -> bool {
    "€$¥₹₽₺₪₩¢¤".contains(sign)
}

impl Format {
    /// Of a built-in format.
    #[must_use]
    pub fn built_in(id: u32) -> Format {
        match id {
            9 | 10 => Format::Percent,
            14..=22 | 27..=36 | 45 | 47 | 50..=58 => Format::Date,
            46 => Format::Elapsed,
            _ => Format::Plain,
        }
    }

    /// Of a format as text, `dd/mm/yyyy`; the part for positive numbers counts. Where
    /// parts have conditions of their own, one that is more than plain counts for all:
    /// which of them applies, the number would tell.
    #[must_use]
    pub fn of(code: &str) -> Format {
        if code.eq_ignore_ascii_case("general") {
            return Format::Plain;
        }
        let mut characters = code.chars();
        let (mut format, conditional) = section(&mut characters);
        while conditional && format == Format::Plain && !characters.as_str().is_empty() {
            (format, _) = section(&mut characters);
        }
        format
    }

    /// Of a number by the text that shows it: `12.60 €`, `50p`, `12.60 EUR`.
    #[must_use]
    pub fn shown(text: &str) -> Format {
        if let Some(sign) = text.chars().find(|sign| is_sign(*sign)) {
            return Format::Currency(sign);
        }
        if text.contains('£') {
            return Format::Plain;
        }
        // A `p` behind the figures is pence; `p/h` and `p.a.` apart from them are no `p`.
        let bytes = text.as_bytes();
        let pence = bytes.windows(2).zip(1..).any(|(two, at)| {
            let ends = bytes
                .get(at + 1)
                .is_none_or(|next| !next.is_ascii_alphanumeric() && *next != b'.');
            two[0].is_ascii_digit() && matches!(two[1], b'p' | b'P') && ends
        });
        if pence {
            return Format::Pence;
        }
        let apart = |char: char| char.is_whitespace() || char.is_ascii_digit() || char == ',';
        let mut words = text
            .split(apart)
            .map(|word| word.trim_matches('.').to_lowercase());
        let unit = words.find_map(|word| match word.as_str() {
            "p" | "pence" => Some(Format::Pence),
            "eur" | "euro" | "euros" => Some(Format::Currency('€')),
            "usd" | "dollar" | "dollars" | "cent" | "cents" => Some(Format::Currency('$')),
            "chf" | "fr" | "jpy" | "aud" | "cad" | "nzd" | "inr" | "pln" | "zł" | "sek" | "nok"
            | "dkk" | "kr" | "sgd" | "hkd" => Some(Format::Currency('¤')),
            _ => None,
        });
        unit.unwrap_or_default()
    }
}

/// What one part of a format makes of its numbers, and whether it has a condition of
/// its own. The rest of the parts is left.
fn section(characters: &mut std::str::Chars<'_>) -> (Format, bool) {
    let (mut percent, mut date, mut elapsed, mut conditional) = (false, false, false, false);
    let mut foreign = None;
    // What is shown beside the number.
    let mut beside = String::new();
    while let Some(character) = characters.next() {
        match character {
            '_' | '*' => {
                characters.next();
            }
            '\\' => beside.extend(characters.next()),
            '"' => beside.extend(characters.by_ref().take_while(|c| *c != '"')),
            '[' => {
                let inside: String = characters.by_ref().take_while(|c| *c != ']').collect();
                let inside = inside.to_lowercase();
                // `[$€-407]`: a sign, and the place whose it is; `[$-809]` is a place alone.
                let sign = inside
                    .strip_prefix('$')
                    .and_then(|own| own.split('-').next());
                foreign = foreign.or(sign.and_then(currency));
                elapsed |= ["h", "hh", "m", "mm", "s", "ss"].contains(&inside.as_str());
                conditional |= inside.starts_with(['<', '>', '=']);
            }
            ';' => break,
            '%' => percent = true,
            sign if is_sign(sign) => beside.push(sign),
            'd' | 'D' | 'm' | 'M' | 'y' | 'Y' | 'h' | 'H' | 's' | 'S' => date = true,
            '0' | '#' | '?' => beside.push('0'),
            _ => beside.push(' '),
        }
    }
    let format = match (foreign, Format::shown(&beside)) {
        _ if elapsed => Format::Elapsed,
        _ if date => Format::Date,
        (Some(sign), _) => Format::Currency(sign),
        (None, Format::Plain) if percent => Format::Percent,
        (None, shown) => shown,
    };
    (format, conditional)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_say_what_a_number_means() {
        for (code, expected) in [
            ("General", Format::Plain),
            ("0.00", Format::Plain),
            ("\"£\"#,##0.00;[Red]-\"£\"#,##0.00", Format::Plain),
            ("[$£-809]#,##0.00", Format::Plain),
            ("#,##0.00\\ \"days\"", Format::Plain),
            ("0.0%", Format::Percent),
            ("0\"%\"", Format::Plain),
            ("[$€-407]#,##0.00", Format::Currency('€')),
            ("#,##0.00\\ [$€-1]", Format::Currency('€')),
            ("[$$-409]#,##0.00", Format::Currency('$')),
            ("[$USD]\\ 0.00", Format::Currency('$')),
            ("[$CHF]\\ 0.00", Format::Currency('¤')),
            ("\"€\"#,##0.00", Format::Currency('€')),
            ("\\€0.00", Format::Currency('€')),
            ("$#,##0.00", Format::Currency('$')),
            ("0.00\"p\"", Format::Pence),
            ("0\" P\"", Format::Pence),
            ("0\\p", Format::Pence),
            ("0\" pence per hour\"", Format::Pence),
            ("0.00\" p.a.\"", Format::Plain),
            ("\"£\"0.00\" p/h\"", Format::Plain),
            ("[$ £-809]0.00", Format::Plain),
            ("0\" hours p/w\"", Format::Plain),
            ("0\"p/h\"", Format::Pence),
            ("0.00\" kr\"", Format::Currency('¤')),
            ("0.00\" per post\"", Format::Plain),
            ("0.00\" EUR\"", Format::Currency('€')),
            ("0.00\\ \\E\\U\\R", Format::Currency('€')),
            ("0.00\" CHF\"", Format::Currency('¤')),
            ("0.00\" GBP\"", Format::Plain),
            ("[<1]0%;0.00", Format::Percent),
            ("[<1]0.00;[>=1]0%", Format::Percent),
            ("0.00;0%", Format::Plain),
            ("[Red]0.00;0%", Format::Plain),
            ("[$-809]0.00", Format::Plain),
            ("dd/mm/yyyy", Format::Date),
            ("[$-809]d mmmm yyyy;@", Format::Date),
            ("h:mm AM/PM", Format::Date),
            ("[h]:mm", Format::Elapsed),
        ] {
            assert_eq!(Format::of(code), expected, "{code}");
        }
        assert_eq!(Format::built_in(14), Format::Date);
        for (text, expected) in [
            ("12.60", Format::Plain),
            ("£12.60", Format::Plain),
            ("-€12.60", Format::Currency('€')),
            ("50p ", Format::Pence),
            ("12.71 EUR", Format::Currency('€')),
            ("12.71 gbp", Format::Plain),
            ("37.5 h pp", Format::Plain),
            ("24,500 p.a.", Format::Plain),
            ("24500p.a.", Format::Plain),
            ("£12.71 p/h", Format::Plain),
            ("12.71 P/T", Format::Plain),
            ("50p/h", Format::Pence),
        ] {
            assert_eq!(Format::shown(text), expected, "{text}");
        }
    }
}
