//! The templates: built in, or from the user's folder.

use std::collections::BTreeMap;
use std::path::Path;

use include_dir::{Dir, include_dir};
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior};

use super::{ReportError, template_error};

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/reports");

/// Templates by file name, each built in or from the user's folder.
#[derive(Clone, Debug)]
pub struct Templates {
    texts: BTreeMap<String, String>,
    overridden: Vec<String>,
}

impl Templates {
    /// The built-in templates; files of `folder`, where there is one, add to
    /// them or take the place of those of the same name.
    ///
    /// # Errors
    /// Where the folder or one of its files cannot be read as text.
    pub fn load(folder: Option<&Path>) -> Result<Templates, ReportError> {
        let mut texts = BTreeMap::new();
        for file in BUILT_IN.files() {
            let name = file.path().to_string_lossy().into_owned();
            if let Some(text) = file.contents_utf8().filter(|_| is_template(&name)) {
                texts.insert(name, text.to_owned());
            }
        }
        let mut overridden = Vec::new();
        if let Some(folder) = folder {
            for (name, text) in read_folder(folder)? {
                // An unchanged copy of a built-in template changes nothing.
                if texts.get(&name) != Some(&text) {
                    overridden.push(name.clone());
                    texts.insert(name, text);
                }
            }
        }
        Ok(Templates { texts, overridden })
    }

    /// The names of templates that come from the user's folder, in order.
    #[must_use]
    pub fn overridden(&self) -> &[String] {
        &self.overridden
    }

    /// The names of the pages that can be made: those built in, and the user's
    /// own `NAME.html.j2` that take the place of no built-in template.
    pub fn pages(&self) -> impl Iterator<Item = String> {
        let own = self.overridden.iter().filter_map(|file| {
            let name = file.strip_suffix(".html.j2")?;
            BUILT_IN.get_file(file).is_none().then(|| name.to_owned())
        });
        let built_in = super::pages().iter().map(|(name, _)| (*name).to_owned());
        built_in.chain(own)
    }

    /// Every template's name and text, in order of names.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// The engine with every template.
    ///
    /// # Errors
    /// Where a template cannot be read as one.
    pub fn environment(&self) -> Result<Environment<'_>, ReportError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let syntax = SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build();
        environment.set_syntax(syntax.map_err(|error| template_error(&error))?);
        for (name, text) in &self.texts {
            environment
                .add_template(name, text)
                .map_err(|error| template_error(&error))?;
        }
        Ok(environment)
    }
}

fn is_template(name: &str) -> bool {
    let extension = Path::new(name).extension();
    extension.is_some_and(|extension| ["j2", "css", "js"].iter().any(|known| extension == *known))
}

/// The templates of a folder in order of names; folders inside it are not read.
fn read_folder(folder: &Path) -> Result<BTreeMap<String, String>, ReportError> {
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |source| ReportError::Read { path, source }
    };
    let mut texts = BTreeMap::new();
    for entry in std::fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        if let Some(name) = name.filter(|name| is_template(name) && path.is_file()) {
            let text = std::fs::read_to_string(&path).map_err(failed(&path))?;
            texts.insert(name, text);
        }
    }
    Ok(texts)
}
