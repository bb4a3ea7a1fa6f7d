//! Object storage by its address: who it is, what it needs from the
//! environment, and what of that no message may repeat.

use std::sync::Arc;
use std::time::Duration;

use object_store::path::Path as ObjectPath;
use object_store::{BackoffConfig, Error, ObjectStore, RetryConfig};
use url::Url;

use super::StoreError;

/// The storage, its scheme and bucket, and the store's place in it.
type Opened = (Arc<dyn ObjectStore>, Url, ObjectPath);

/// Whether this is an address rather than a folder.
#[must_use]
pub fn is_address(text: &str) -> bool {
    text.contains("://")
}

/// The storage of an address such as `s3://bucket/prefix`. Credentials and
/// endpoint come from the environment alone.
///
/// # Errors
/// Where the address is none, its feature is not built in, or the environment
/// does not hold what the storage needs.
pub fn open(address: &str) -> Result<Opened, StoreError> {
    let wrong = |why: &str| StoreError::Address(why.to_owned());
    let scheme = address.split("://").next().unwrap_or_default();
    if !SCHEMES.iter().any(|(known, ..)| *known == scheme) {
        let known: Vec<String> = SCHEMES.iter().map(|(s, ..)| format!("{s}://")).collect();
        return Err(StoreError::Address(format!(
            "{scheme}:// is no address of a store; a store is a folder or at {}",
            known.join(", ")
        )));
    }
    let url = Url::parse(address)
        .map_err(|error| StoreError::Address(format!("the store's address: {error}")))?;
    // Not repeated: it may be a password.
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(
            "the store's address holds a user or password; these are read from the environment only",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() || url.port().is_some() {
        return Err(wrong(
            "the store's address has more than a bucket and a prefix; the endpoint and all else \
             are read from the environment",
        ));
    }
    let Some(bucket) = url.host_str().filter(|bucket| !bucket.is_empty()) else {
        return Err(StoreError::Address(format!(
            "{address} names no bucket; it should be {scheme}://BUCKET/PREFIX"
        )));
    };
    let root = ObjectPath::from_url_path(url.path())
        .map_err(|error| StoreError::Address(format!("{address}: {error}")))?;
    let mut base = url.clone();
    base.set_path("/");
    let objects = build(scheme, bucket).map_err(|source| StoreError::Configuration {
        what: format!("opening {address}"),
        hint: hint(scheme, &source),
        source: Box::new(source),
    })?;
    Ok((objects, base, root))
}

/// Scheme, Cargo feature, the variables that it is set up by, and by which of
/// them it lets somebody in.
const SCHEMES: [(&str, &str, &str, &str); 3] = [
    (
        "s3",
        "s3",
        "AWS_",
        "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT",
    ),
    (
        "az",
        "azure",
        "AZURE_",
        "AZURE_STORAGE_ACCOUNT_NAME, AZURE_STORAGE_ACCOUNT_KEY",
    ),
    ("gs", "gcs", "GOOGLE_", "GOOGLE_SERVICE_ACCOUNT"),
];

/// Few and short: a person waits for it.
#[cfg(any(feature = "s3", feature = "azure", feature = "gcs"))]
fn retry() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(2),
            base: 2.0,
        },
        max_retries: 5,
        retry_timeout: Duration::from_mins(1),
    }
}

fn build(scheme: &str, bucket: &str) -> Result<Arc<dyn ObjectStore>, Error> {
    match scheme {
        #[cfg(feature = "s3")]
        "s3" => Ok(Arc::new(
            object_store::aws::AmazonS3Builder::from_env()
                .with_bucket_name(bucket)
                .with_retry(retry())
                .build()?,
        )),
        #[cfg(feature = "azure")]
        "az" => Ok(Arc::new(
            object_store::azure::MicrosoftAzureBuilder::from_env()
                .with_container_name(bucket)
                .with_retry(retry())
                .build()?,
        )),
        #[cfg(feature = "gcs")]
        "gs" => Ok(Arc::new(
            object_store::gcp::GoogleCloudStorageBuilder::from_env()
                .with_bucket_name(bucket)
                .with_retry(retry())
                .build()?,
        )),
        _ => {
            let known = SCHEMES.iter().find(|(known, ..)| *known == scheme);
            let feature = known.map_or("", |(_, feature, ..)| *feature);
            Err(Error::NotSupported {
                source: format!(
                    "{scheme}:// is not built into this paybench (Cargo feature `{feature}`)"
                )
                .into(),
            })
        }
    }
}

/// What helps most people whose storage does not answer as it should.
#[must_use]
pub fn hint(scheme: &str, error: &Error) -> String {
    let known = SCHEMES.iter().find(|(known, ..)| *known == scheme);
    match (known, error) {
        (Some(_), Error::NotSupported { .. } | Error::AlreadyExists { .. }) | (None, _) => {
            String::new()
        }
        (Some((.., prefix, usual)), _) => format!(
            "\nhint: endpoint and credentials are read from {prefix}* variables, such as {usual}"
        ),
    }
}

/// The text without anything secret that the environment holds.
#[must_use]
pub fn without_secrets(text: &str) -> String {
    let mut text = text.to_owned();
    for secret in
        std::env::vars_os().flat_map(|(name, value)| match (name.to_str(), value.to_str()) {
            (Some(name), Some(value)) => secrets_in(name, value),
            _ => Vec::new(),
        })
    {
        text = text.replace(&secret, "[hidden]");
    }
    text
}

/// The secret parts of a variable: all of it, and every long word of it, for a
/// message may quote a part; of an endpoint the password.
fn secrets_in(name: &str, value: &str) -> Vec<String> {
    let ours = SCHEMES
        .iter()
        .any(|(.., prefix, _)| name.starts_with(prefix));
    if !ours || value.is_empty() {
        return Vec::new();
    }
    if let Ok(url) = Url::parse(value) {
        return url.password().map(str::to_owned).into_iter().collect();
    }
    let kinds = ["KEY", "SECRET", "TOKEN", "SAS", "PASSWORD", "CREDENTIAL"];
    if !kinds.iter().any(|kind| name.contains(kind)) {
        return Vec::new();
    }
    let words = value.split(|c: char| c.is_whitespace() || "\"'{},:;?&\\".contains(c));
    let mut secrets: Vec<String> = words
        .filter(|word| word.len() >= 16)
        .map(str::to_owned)
        .collect();
    if value.len() >= 4 {
        secrets.insert(0, value.to_owned());
    }
    secrets
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(address: &str) -> String {
        match open(address) {
            Err(error) => error.to_string(),
            Ok(_) => panic!("{address} was opened"),
        }
    }

    #[test]
    fn addresses_that_are_none_are_refused_and_passwords_not_repeated() {
        assert!(refused("ftp://host/store").contains("s3://, az://, gs://"));
        assert!(refused("s3:///store").contains("no bucket"));
        for address in ["s3://me:hush@bucket/store", "s3://hush@bucket"] {
            let said = refused(address);
            assert!(
                said.contains("environment") && !said.contains("hush"),
                "{said}"
            );
        }
        assert!(refused("s3://bucket/store?versionId=1").contains("prefix"));
        assert!(!is_address("a folder/s3:") && is_address("s3://bucket"));
    }

    #[test]
    fn secrets_are_keys_their_long_words_and_passwords_of_endpoints() {
        let none: Vec<String> = Vec::new();
        assert_eq!(
            secrets_in("AWS_SECRET_ACCESS_KEY", "tops3cret"),
            ["tops3cret"]
        );
        assert_eq!(secrets_in("AWS_REGION", "eu-west-2"), none);
        assert_eq!(secrets_in("HOME_KEY", "tops3cret"), none);
        assert_eq!(
            secrets_in("AWS_ENDPOINT", "http://me:hush@host:9000"),
            ["hush"]
        );
        assert_eq!(secrets_in("AWS_ENDPOINT", "http://host:9000"), none);
        let json = "{\"private_key\": \"0123456789abcdefghij\"}";
        let of_json = secrets_in("GOOGLE_SERVICE_ACCOUNT_KEY", json);
        assert_eq!(of_json, [json, "0123456789abcdefghij"]);
    }
}
