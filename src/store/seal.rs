//! A manifest names the digest of every other file; its own stands in it too,
//! so that a byte changed by accident shows. Against intent only a copy of the
//! digest kept elsewhere helps: a release names that of its edition's manifest.

use crate::model::digest::sha256;

const EMPTY: &str = "\"seal\": \"\"";
const START: &str = "\"seal\": \"";

/// Puts the SHA-256 of a JSON text into its field `seal`, which is empty yet.
#[must_use]
pub fn sealed(text: &str) -> String {
    let digest = sha256(text);
    text.replacen(EMPTY, &format!("{START}{digest}\""), 1)
}

/// Whether a text is as it was sealed; none where it has no seal.
#[must_use]
pub fn is_whole(text: &str) -> Option<bool> {
    let (before, rest) = text.split_once(START)?;
    let (digest, after) = rest.split_once('"')?;
    let unsealed = format!("{before}{EMPTY}{after}");
    Some(sha256(unsealed) == digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_byte_breaks_the_seal() {
        let text = sealed("{\n  \"tool\": \"paybench\",\n  \"seal\": \"\"\n}\n");
        assert_eq!(is_whole(&text), Some(true));
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            if let Ok(changed) = String::from_utf8(bytes) {
                assert_ne!(is_whole(&changed), Some(true), "byte {at}");
            }
        }
        assert_eq!(is_whole("{\"tool\": \"paybench\"}"), None);
    }
}
