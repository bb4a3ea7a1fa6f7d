//! What the sheets of an XLSX workbook share: their list, their texts, the
//! number formats of cells.

use std::collections::{BTreeMap, HashMap};

use quick_xml::events::{BytesStart, Event};

use super::WorkbookError;
use super::format::Format;
use super::package::{Package, Use, Xml, push_reference};

/// The value of an attribute by its local name.
#[must_use]
pub fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = tag
        .attributes()
        .with_checks(false)
        .flatten()
        .find(|attribute| attribute.key.local_name().as_ref() == name)?;
    let value = found.normalized_value(quick_xml::XmlVersion::Implicit1_0);
    value.ok().map(std::borrow::Cow::into_owned)
}

/// Whether an attribute says yes.
#[must_use]
pub fn is_true(tag: &BytesStart<'_>, name: &str) -> bool {
    attribute(tag, name).is_some_and(|value| value == "1" || value == "true")
}

/// One sheet of the list.
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Whether it is not shown.
    pub hidden: bool,
    /// The part that holds it.
    pub part: String,
}

/// The list of sheets, and where the shared parts are.
pub struct Contents {
    /// The sheets in order; charts and macro sheets are none.
    pub sheets: Vec<Listed>,
    /// Whether days count from 1904.
    pub since_1904: bool,
    /// The part of shared texts.
    pub strings: Option<String>,
    /// The part of styles.
    pub styles: Option<String>,
}

/// Type and part of each relationship of a part, by id.
type Relationships = BTreeMap<String, (String, String)>;

fn relationships(package: &mut Package, of: &str) -> Result<Relationships, WorkbookError> {
    let (folder, file) = of.rsplit_once('/').unwrap_or(("", of));
    let name = format!("{folder}/_rels/{file}.rels");
    let mut found = Relationships::new();
    let Some(mut xml) = package.part(&name, Use::Hold)? else {
        return Ok(found);
    };
    loop {
        match xml.next()? {
            Event::Start(tag) if tag.local_name().as_ref() == "Relationship" => {
                let (Some(id), Some(kind), Some(target)) = (
                    attribute(&tag, "Id"),
                    attribute(&tag, "Type"),
                    attribute(&tag, "Target"),
                ) else {
                    continue;
                };
                let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
                if found.insert(id, (kind, resolve(folder, &target))).is_some() {
                    return Err(twice("relationships of one id"));
                }
            }
            Event::Eof => return Ok(found),
            _ => {}
        }
    }
}

fn twice(what: &str) -> WorkbookError {
    WorkbookError::Malformed(format!("it has two {what}"))
}

/// The one part of a kind.
fn only(related: &Relationships, wanted: &str) -> Result<Option<String>, WorkbookError> {
    let mut parts = related.values().filter(|(kind, _)| kind == wanted);
    let first = parts.next().map(|(_, part)| part.clone());
    match parts.next() {
        Some(_) => Err(twice(&format!("parts of the kind {wanted}"))),
        None => Ok(first),
    }
}

/// A target as a part's name: absolute, or relative to the folder.
fn resolve(folder: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Reads the list of sheets.
///
/// # Errors
/// Where the archive is no workbook of this kind.
pub fn contents(package: &mut Package) -> Result<Contents, WorkbookError> {
    let roots = relationships(package, "")?;
    let book = only(&roots, "officeDocument")?
        .ok_or(WorkbookError::NotAWorkbook("a zip archive of other files"))?;
    if book.to_lowercase().ends_with(".bin") {
        return Err(WorkbookError::NotAWorkbook("an .xlsb workbook"));
    }
    let related = relationships(package, &book)?;
    let mut contents = Contents {
        sheets: Vec::new(),
        since_1904: false,
        strings: only(&related, "sharedStrings")?,
        styles: only(&related, "styles")?,
    };
    let other = WorkbookError::NotAWorkbook("an Office file without sheets");
    let Some(mut xml) = package.part(&book, Use::Hold)? else {
        return Err(WorkbookError::Truncated);
    };
    let mut any = false;
    loop {
        match xml.next()? {
            Event::Start(tag) => match tag.local_name().as_ref() {
                "workbookPr" => contents.since_1904 = is_true(&tag, "date1904"),
                "sheet" => {
                    any = true;
                    let id = relationship_id(&tag);
                    let related = id.and_then(|id| related.get(&id));
                    let (Some(name), Some((kind, part))) = (attribute(&tag, "name"), related)
                    else {
                        continue;
                    };
                    if kind == "worksheet" {
                        contents.sheets.push(Listed {
                            name,
                            hidden: attribute(&tag, "state").is_some_and(|s| s != "visible"),
                            part: part.clone(),
                        });
                    }
                }
                _ => {}
            },
            Event::Eof if any => return Ok(contents),
            Event::Eof => return Err(other),
            _ => {}
        }
    }
}

/// `r:id`, which has a prefix where `id` alone would be another attribute.
fn relationship_id(tag: &BytesStart<'_>) -> Option<String> {
    let found = tag
        .attributes()
        .with_checks(false)
        .flatten()
        .find(|found| found.key.local_name().as_ref() == "id" && found.key.prefix().is_some())?;
    Some(found.value.into_owned())
}

/// The shared texts, one after the other.
#[derive(Default)]
pub struct Strings {
    text: String,
    ends: Vec<u32>,
}

impl Strings {
    /// Reads them.
    ///
    /// # Errors
    /// Where the part is broken or out of bounds.
    pub fn read(package: &mut Package, part: &str) -> Result<Strings, WorkbookError> {
        let mut strings = Strings::default();
        let Some(mut xml) = package.part(part, Use::Hold)? else {
            return Ok(strings);
        };
        loop {
            match xml.next()? {
                Event::Start(tag) if tag.local_name().as_ref() == "si" => {
                    text_of(&mut xml, "si", &mut strings.text)?;
                    strings
                        .ends
                        .push(u32::try_from(strings.text.len()).unwrap_or(u32::MAX));
                }
                Event::Eof => return Ok(strings),
                _ => {}
            }
        }
    }

    /// The text of a number.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)? as usize;
        let start = match index {
            0 => 0,
            _ => self.ends[index - 1] as usize,
        };
        self.text.get(start..end)
    }
}

/// Adds the text within a tag that was just opened, up to its end; hints on
/// how to say it are left out.
///
/// # Errors
/// Where the part is broken.
pub fn text_of(xml: &mut Xml<'_>, closing: &str, text: &mut String) -> Result<(), WorkbookError> {
    let (mut inside, mut hint, mut keep) = (false, false, false);
    let mut own = String::new();
    loop {
        match xml.next()? {
            Event::Start(tag) => match tag.local_name().as_ref() {
                "t" if !hint => {
                    inside = true;
                    keep = attribute(&tag, "space").is_some_and(|space| space == "preserve");
                    own.clear();
                }
                "rPh" => hint = true,
                _ => {}
            },
            Event::Text(piece) if inside => own.push_str(&piece.xml10_content()),
            Event::CData(piece) if inside => own.push_str(&piece.xml10_content()),
            Event::GeneralRef(piece) if inside => push_reference(&piece, &mut own)?,
            Event::End(tag) => match tag.local_name().as_ref() {
                "t" if inside => {
                    inside = false;
                    let bare = own.trim_matches([' ', '\t', '\r', '\n']);
                    push_unescaped(if keep { &own } else { bare }, text);
                }
                "rPh" => hint = false,
                name if name == closing => return Ok(()),
                _ => {}
            },
            Event::Eof => return Err(WorkbookError::Truncated),
            _ => {}
        }
    }
}

/// Adds text, `_x000D_` as the character that it stands for.
pub fn push_unescaped(escaped: &str, text: &mut String) {
    let mut rest = escaped;
    while let Some(at) = rest.find("_x") {
        let code = rest
            .get(at + 2..at + 6)
            .filter(|_| rest.as_bytes().get(at + 6) == Some(&b'_'));
        let hexadecimal = code.filter(|code| code.bytes().all(|b| b.is_ascii_hexdigit()));
        let character = hexadecimal
            .and_then(|code| u32::from_str_radix(code, 16).ok())
            .and_then(char::from_u32);
        if let Some(character) = character {
            text.push_str(&rest[..at]);
            text.push(character);
            rest = &rest[at + 7..];
        } else {
            text.push_str(&rest[..at + 2]);
            rest = &rest[at + 2..];
        }
    }
    text.push_str(rest);
}

/// The formats of cells by the number of their style.
///
/// # Errors
/// Where the part is broken.
pub fn formats(package: &mut Package, part: &str) -> Result<Vec<Format>, WorkbookError> {
    let mut own: HashMap<u32, Format> = HashMap::new();
    let mut formats = Vec::new();
    let Some(mut xml) = package.part(part, Use::Hold)? else {
        return Ok(formats);
    };
    let mut cells = false;
    loop {
        match xml.next()? {
            Event::Start(tag) => match tag.local_name().as_ref() {
                "numFmt" => {
                    let id = attribute(&tag, "numFmtId").and_then(|id| id.parse().ok());
                    if let (Some(id), Some(code)) = (id, attribute(&tag, "formatCode")) {
                        own.insert(id, Format::of(&code));
                    }
                }
                "cellXfs" => cells = true,
                "xf" if cells => {
                    let id = attribute(&tag, "numFmtId").and_then(|id| id.parse().ok());
                    let id = id.unwrap_or(0);
                    let format = own.get(&id).copied();
                    formats.push(format.unwrap_or_else(|| Format::built_in(id)));
                }
                _ => {}
            },
            Event::End(tag) if tag.local_name().as_ref() == "cellXfs" => cells = false,
            Event::Eof => return Ok(formats),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_characters_are_restored() {
        for (escaped, expected) in [
            ("a_x000D_b", "a\rb"),
            ("_x005F_x000D_", "_x000D_"),
            ("box_x", "box_x"),
            ("_x00é_", "_x00é_"),
            ("worker_xyz1_", "worker_xyz1_"),
        ] {
            let mut text = String::new();
            push_unescaped(escaped, &mut text);
            assert_eq!(text, expected);
        }
    }
}
