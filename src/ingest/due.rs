//! Digests of large files, which are made while their rows are read: and what
//! becomes of one that has to be known before, or of a file that turns out to
//! be other text than it seemed to be.

use super::header::Known;
use super::intake::Intake;
use super::look::{Digest, look};
use crate::model::date;
use crate::returns::encoding::Encoding;
use crate::returns::workbook::Room;

impl Intake {
    /// Makes all digests that are due: for what has to be known before rows.
    ///
    /// # Errors
    /// Where a file can no longer be read.
    pub fn all_digests(&mut self) -> std::io::Result<()> {
        for entry in 0..self.returns.len() {
            for file in 0..self.returns[entry].files.len() {
                if self.returns[entry].files[file].is_due() {
                    self.look_again(entry, file)?;
                }
            }
        }
        Ok(())
    }

    /// Looks at all of a file of which the digest is due; says whether it is
    /// other text than it was taken for, so that rows read of it do not count.
    ///
    /// # Errors
    /// Where it can no longer be read.
    pub(super) fn look_again(&mut self, entry: usize, file: usize) -> std::io::Result<bool> {
        let judged = &mut self.returns[entry];
        let day = date::from_days(self.period).unwrap_or_default();
        let known = Known::new(&self.layouts, day);
        let source = judged.files[file].source.clone();
        let looked = look(&judged.id, source, &known, &Room::default(), Digest::First)?;
        let other = |encoding| encoding != Encoding::Utf8;
        let other = looked.iter().any(|now| other(now.fingerprint.encoding));
        for mut now in looked {
            let before = &mut judged.files[file];
            // It is still the file of the first look that must not have changed.
            now.stamp = before.stamp;
            if other {
                *before = now;
            } else {
                before.fingerprint = now.fingerprint;
            }
        }
        Ok(other)
    }
}
