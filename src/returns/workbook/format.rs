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
    match text.to_uppercase().as_str() {
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
    matches!(sign, '€' | '$' | '¥' | '₹')
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

    /// Of a format as text, `dd/mm/yyyy`; the part for positive numbers counts.
    #[must_use]
    pub fn of(code: &str) -> Format {
        if code.eq_ignore_ascii_case("general") {
            return Format::Plain;
        }
        let (mut percent, mut pence, mut foreign) = (false, false, None);
        let mut characters = code.chars();
        while let Some(character) = characters.next() {
            match character {
                '_' | '*' => {
                    characters.next();
                }
                '\\' => {
                    let letter = characters.next();
                    pence |= letter == Some('p');
                    foreign = foreign.or(letter.filter(|sign| is_sign(*sign)));
                }
                '"' => {
                    let quoted: String = characters.by_ref().take_while(|c| *c != '"').collect();
                    pence |= quoted.trim() == "p";
                    foreign = foreign.or(quoted.chars().find(|sign| is_sign(*sign)));
                }
                '[' => {
                    let inside: String = characters.by_ref().take_while(|c| *c != ']').collect();
                    let inside = inside.to_lowercase();
                    // `[$€-407]`: a sign, and the place whose it is; `[$-809]` is a place alone.
                    let sign = inside
                        .strip_prefix('$')
                        .and_then(|own| own.split('-').next());
                    foreign = foreign.or(sign.and_then(currency));
                    let elapsed = ["h", "hh", "m", "mm", "s", "ss"].contains(&inside.as_str());
                    if elapsed {
                        return Format::Elapsed;
                    }
                }
                ';' => break,
                '%' => percent = true,
                sign if is_sign(sign) => foreign = Some(sign),
                'd' | 'D' | 'm' | 'M' | 'y' | 'Y' | 'h' | 'H' | 's' | 'S' => return Format::Date,
                _ => {}
            }
        }
        match foreign {
            Some(sign) => Format::Currency(sign),
            None if pence => Format::Pence,
            None if percent => Format::Percent,
            None => Format::Plain,
        }
    }

    /// Of a number by the text that shows it: `12.60 €`, `50p`.
    #[must_use]
    pub fn shown(text: &str) -> Format {
        let text = text.trim();
        match text.chars().find(|sign| is_sign(*sign)) {
            Some(sign) => Format::Currency(sign),
            None if text.ends_with('p') => Format::Pence,
            None => Format::Plain,
        }
    }
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
        ] {
            assert_eq!(Format::shown(text), expected, "{text}");
        }
    }
}
