//! The guests who are in, and how each stops what it asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use datafusion_postgres::pgwire::api::cancel::CancelHandler;
use datafusion_postgres::pgwire::messages::cancel::CancelRequest;
use datafusion_postgres::pgwire::messages::startup::SecretKey;

use crate::engine::rows::Stop;

/// A guest's number, and what only it knows.
type Badge = (i32, Bytes);

/// The guests who are in.
#[derive(Default)]
pub struct Guests(Mutex<HashMap<Badge, Stop>>);

impl Guests {
    /// Lets a guest in until what is returned is dropped.
    pub fn enter(self: &Arc<Guests>, (number, secret): (i32, SecretKey), stop: Stop) -> Stay {
        let badge = (number, secret.to_bytes());
        self.with(|guests| guests.insert(badge.clone(), stop));
        Stay {
            guests: Arc::clone(self),
            badge,
        }
    }

    fn with<T>(&self, what: impl FnOnce(&mut HashMap<Badge, Stop>) -> T) -> T {
        what(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl CancelHandler for Guests {
    async fn on_cancel_request(&self, request: CancelRequest) {
        let badge = (request.pid, request.secret_key.to_bytes());
        self.with(|guests| guests.get(&badge).map(Stop::ask));
    }
}

/// A guest who is in.
pub struct Stay {
    guests: Arc<Guests>,
    badge: Badge,
}

impl Drop for Stay {
    fn drop(&mut self) {
        self.guests.with(|guests| guests.remove(&self.badge));
    }
}
