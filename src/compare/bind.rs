//! The values that a query is run with: those given, and the defaults of its header.

use super::error::QueryError;
use super::parameter::Declared;
use super::query::QueryFile;
use crate::engine::parameter::Parameter;
use crate::model::nearest::nearest;

impl QueryFile {
    /// The parameters that have a default, with it.
    #[must_use]
    pub fn defaults(&self) -> Vec<(String, Parameter)> {
        let declared = self.parameters.iter();
        declared
            .filter_map(|declared| {
                let (_, value) = declared.default.as_ref()?;
                Some((declared.name.clone(), value.clone()))
            })
            .collect()
    }

    /// The values of the parameters: those given, the defaults of the rest.
    ///
    /// # Errors
    /// Where one is unknown, of the wrong type, beyond its limit, or missing.
    pub fn bind(&self, given: &[(String, String)]) -> Result<Vec<(String, Parameter)>, QueryError> {
        self.bind_all(given, &[])
    }

    /// The values of the parameters, and of more than the header declares.
    ///
    /// # Errors
    /// As [`QueryFile::bind`].
    pub fn bind_all(
        &self,
        given: &[(String, String)],
        more: &[Declared],
    ) -> Result<Vec<(String, Parameter)>, QueryError> {
        let all = || self.parameters.iter().chain(more);
        for (name, _) in given {
            if !all().any(|declared| declared.name == *name) {
                let known: Vec<&str> = all().map(|p| p.name.as_str()).collect();
                let meant = nearest(name, known.iter().copied());
                let meant =
                    meant.map_or(String::new(), |meant| format!("\nhint: there is {meant}"));
                let known = if known.is_empty() {
                    "none".to_owned()
                } else {
                    known.join(", ")
                };
                let message = format!(
                    "{} has no parameter `{name}`; it has {known}{meant}",
                    self.name
                );
                return Err(QueryError::Parameter(message));
            }
        }
        all()
            .map(|declared| {
                // Of one that was given twice the last counts.
                let given = given.iter().rfind(|(name, _)| *name == declared.name);
                let value = match (given, &declared.default) {
                    (Some((_, text)), _) => declared.value(text)?,
                    (None, Some((_, value))) => value.clone(),
                    (None, None) => {
                        return Err(QueryError::Parameter(format!(
                            "{} needs --param {}={}\nhint: {} is {}",
                            self.name,
                            declared.name,
                            declared.kind.to_uppercase(),
                            declared.name,
                            declared.expected()
                        )));
                    }
                };
                Ok((declared.name.clone(), value))
            })
            .collect()
    }
}
