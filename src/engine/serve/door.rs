//! Where guests come in: the address, the password, the encryption.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use datafusion_postgres::pgwire::api::auth::noop::NoopStartupHandler;
use datafusion_postgres::pgwire::api::auth::sasl::SASLAuthStartupHandler;
use datafusion_postgres::pgwire::api::auth::sasl::scram::{ScramAuth, gen_salted_password};
use datafusion_postgres::pgwire::api::auth::{
    AuthSource, DefaultServerParameterProvider, LoginInfo, Password, StartupHandler,
};
use datafusion_postgres::pgwire::api::{ClientInfo, PgWireConnectionState};
use datafusion_postgres::pgwire::error::{ErrorInfo, PgWireError, PgWireResult};
use datafusion_postgres::pgwire::messages::{PgWireBackendMessage, PgWireFrontendMessage};
use futures::Sink;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::guests::{Guests, Stay};
use crate::engine::rows::Stop;

/// Rounds of hashing, as `PostgreSQL`'s own servers have by default.
const ITERATIONS: usize = 4096;
/// How long whoever gives a wrong password waits for the next try.
const WAIT: Duration = Duration::from_secs(1);
/// The protocol's name where a guest begins with encryption at once.
const PROTOCOL: &[u8] = b"postgresql";

/// What is wrong with what a door was to be made of.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// The certificate or its key.
    #[error("the certificate and its key cannot be used: {0}")]
    Certificate(String),
    /// No random numbers can be had.
    #[error("no random numbers can be had: {0}")]
    Random(String),
}

/// Where guests come in.
pub struct Door {
    /// The address and port to listen on.
    pub address: SocketAddr,
    secret: Option<Arc<Secret>>,
    tls: Option<TlsAcceptor>,
}

impl Door {
    /// A door that is open to everybody on this machine.
    #[must_use]
    pub fn open(address: SocketAddr) -> Door {
        Door {
            address,
            secret: None,
            tls: None,
        }
    }

    /// Behind a password, whatever the name of the user is.
    ///
    /// # Errors
    /// Where no random numbers can be had.
    pub fn with_password(self, password: &str) -> Result<Door, DoorError> {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(|error| DoorError::Random(error.to_string()))?;
        let salted = gen_salted_password(password, &salt, ITERATIONS);
        let secret = Secret {
            salt: salt.to_vec(),
            salted,
        };
        Ok(Door {
            secret: Some(Arc::new(secret)),
            ..self
        })
    }

    /// For encrypted connections only, with a certificate and its key as PEM.
    ///
    /// # Errors
    /// Where they cannot be used.
    pub fn with_tls(self, certificate: &[u8], key: &[u8]) -> Result<Door, DoorError> {
        let wrong = |error: &dyn fmt::Display| DoorError::Certificate(error.to_string());
        let chain = CertificateDer::pem_slice_iter(certificate);
        let chain = chain.collect::<Result<Vec<_>, _>>();
        let chain = chain.map_err(|error| wrong(&error))?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| wrong(&error))?;
        let provider = Arc::new(ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|config| config.with_no_client_auth().with_single_cert(chain, key))
            .map_err(|error| wrong(&error))?;
        config.alpn_protocols = vec![PROTOCOL.to_vec()];
        Ok(Door {
            tls: Some(TlsAcceptor::from(Arc::new(config))),
            ..self
        })
    }

    pub(super) fn tls(&self) -> Option<TlsAcceptor> {
        self.tls.clone()
    }

    pub(super) fn entrance(&self, guests: &Arc<Guests>, stop: Stop) -> Entrance {
        let way = match &self.secret {
            None => Way::Open(Open),
            Some(secret) => {
                let mut scram = ScramAuth::new(Arc::clone(secret) as Arc<dyn AuthSource>);
                scram.set_iterations(ITERATIONS);
                let parameters = Arc::new(DefaultServerParameterProvider::default());
                let handler = SASLAuthStartupHandler::new(parameters).with_scram(scram);
                Way::Password(Box::new(handler))
            }
        };
        Entrance {
            encrypted: self.tls.is_some(),
            way,
            guests: Arc::clone(guests),
            stop,
            stay: OnceLock::new(),
        }
    }
}

/// The password as SCRAM keeps it.
struct Secret {
    salt: Vec<u8>,
    salted: Vec<u8>,
}

impl fmt::Debug for Secret {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("Secret")
    }
}

#[async_trait]
impl AuthSource for Secret {
    async fn get_password(&self, _login: &LoginInfo) -> PgWireResult<Password> {
        Ok(Password::new(Some(self.salt.clone()), self.salted.clone()))
    }
}

struct Open;

impl NoopStartupHandler for Open {}

enum Way {
    Open(Open),
    Password(Box<SASLAuthStartupHandler<DefaultServerParameterProvider>>),
}

/// How one guest comes in.
pub struct Entrance {
    encrypted: bool,
    way: Way,
    guests: Arc<Guests>,
    stop: Stop,
    stay: OnceLock<Stay>,
}

#[async_trait]
impl StartupHandler for Entrance {
    async fn on_startup<C>(
        &self,
        client: &mut C,
        message: PgWireFrontendMessage,
    ) -> PgWireResult<()>
    where
        C: ClientInfo + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::Error: fmt::Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        if self.encrypted && !client.is_secure() {
            let message = "this server takes encrypted connections only: sslmode=require";
            let info = ErrorInfo::new("FATAL".to_owned(), "28000".to_owned(), message.to_owned());
            return Err(PgWireError::UserError(Box::new(info)));
        }
        match &self.way {
            Way::Open(open) => open.on_startup(client, message).await?,
            Way::Password(asked) => {
                let entered = asked.on_startup(client, message).await;
                if entered.is_err() {
                    tokio::time::sleep(WAIT).await;
                }
                entered?;
            }
        }
        if matches!(client.state(), PgWireConnectionState::ReadyForQuery) {
            let badge = client.pid_and_secret_key();
            self.stay
                .get_or_init(|| self.guests.enter(badge, self.stop.clone()));
        }
        Ok(())
    }
}
