//! Storage that fails at a call of choice.

use std::fmt::{Display, Formatter};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::stream::{self, BoxStream, StreamExt};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
    UploadPart,
};

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It has no effect.
    Refused,
    /// It has its effect, but the answer is lost.
    AnswerLost,
    /// It and all after it have no effect.
    Down,
    /// It is answered as done, but what was written is gone.
    Vanished,
    /// A new file is refused as if there were one, and there is none.
    Conflict,
}

/// Storage whose call of one number fails; the others reach the storage behind.
#[derive(Clone, Debug)]
pub struct Faulty {
    inner: Arc<dyn ObjectStore>,
    plan: Arc<Plan>,
}

#[derive(Debug)]
struct Plan {
    at: usize,
    fault: Fault,
    next: AtomicUsize,
    calls: Mutex<Vec<String>>,
}

fn broken() -> Error {
    Error::Generic {
        store: "test",
        source: "the line is dead".into(),
    }
}

impl Faulty {
    /// Storage whose call number `at` fails.
    pub fn new(inner: Arc<dyn ObjectStore>, at: usize, fault: Fault) -> Faulty {
        let plan = Plan {
            at,
            fault,
            next: AtomicUsize::new(0),
            calls: Mutex::new(Vec::new()),
        };
        Faulty {
            inner,
            plan: Arc::new(plan),
        }
    }

    /// Storage that never fails and notes its calls.
    pub fn sound(inner: Arc<dyn ObjectStore>) -> Faulty {
        Faulty::new(inner, usize::MAX, Fault::Refused)
    }

    /// The calls so far, as `kind path`.
    pub fn calls(&self) -> Vec<String> {
        self.plan.calls.lock().unwrap().clone()
    }
}

impl Plan {
    /// Counts a call; whether and how it fails.
    fn call(&self, kind: &str, path: &Path) -> Option<Fault> {
        self.calls.lock().unwrap().push(format!("{kind} {path}"));
        let number = self.next.fetch_add(1, Ordering::SeqCst);
        let down = self.fault == Fault::Down && number > self.at;
        (number == self.at || down).then_some(self.fault)
    }
}

/// What the caller sees of a call that went through.
fn answered<T>(fault: Option<Fault>, result: Result<T>) -> Result<T> {
    match fault {
        Some(Fault::AnswerLost) => result.and(Err(broken())),
        _ => result,
    }
}

fn refused(fault: Option<Fault>) -> Result<()> {
    match fault {
        Some(Fault::Refused | Fault::Down) => Err(broken()),
        _ => Ok(()),
    }
}

impl Display for Faulty {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "storage with faults")
    }
}

#[async_trait]
impl ObjectStore for Faulty {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        opts: PutOptions,
    ) -> Result<PutResult> {
        let fault = self.plan.call("put", location);
        refused(fault)?;
        if fault == Some(Fault::Conflict) {
            let path = location.to_string();
            let source = "somebody else is writing it".into();
            return Err(Error::AlreadyExists { path, source });
        }
        let result = self.inner.put_opts(location, payload, opts).await;
        if fault == Some(Fault::Vanished) {
            self.inner.delete(location).await?;
        }
        answered(fault, result)
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        opts: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let fault = self.plan.call("begin", location);
        refused(fault)?;
        let inner = self.inner.put_multipart_opts(location, opts).await;
        let inner = answered(fault, inner)?;
        Ok(Box::new(FaultyUpload {
            inner,
            location: location.clone(),
            plan: Arc::clone(&self.plan),
        }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let kind = if options.head { "head" } else { "get" };
        let fault = self.plan.call(kind, location);
        refused(fault)?;
        answered(fault, self.inner.get_opts(location, options).await)
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        let (inner, plan) = (Arc::clone(&self.inner), Arc::clone(&self.plan));
        let delete = move |location: Result<Path>| {
            let (inner, plan) = (Arc::clone(&inner), Arc::clone(&plan));
            async move {
                let location = location?;
                let fault = plan.call("delete", &location);
                refused(fault)?;
                let result = inner.delete(&location).await;
                answered(fault, result.map(|()| location))
            }
        };
        locations.then(delete).boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let fault = self.plan.call("list", prefix.unwrap_or(&Path::default()));
        match refused(fault).and(answered(fault, Ok(()))) {
            Ok(()) => self.inner.list(prefix),
            Err(error) => stream::once(async { Err(error) }).boxed(),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let fault = self.plan.call("list", prefix.unwrap_or(&Path::default()));
        refused(fault)?;
        answered(fault, self.inner.list_with_delimiter(prefix).await)
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        let fault = self.plan.call("copy", to);
        refused(fault)?;
        let result = self.inner.copy_opts(from, to, options).await;
        if fault == Some(Fault::Vanished) {
            self.inner.delete(to).await?;
        }
        answered(fault, result)
    }
}

#[derive(Debug)]
struct FaultyUpload {
    inner: Box<dyn MultipartUpload>,
    location: Path,
    plan: Arc<Plan>,
}

#[async_trait]
impl MultipartUpload for FaultyUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let fault = self.plan.call("part", &self.location);
        if let Err(error) = refused(fault) {
            return Box::pin(async { Err(error) });
        }
        let part = self.inner.put_part(data);
        Box::pin(async move { answered(fault, part.await) })
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let fault = self.plan.call("complete", &self.location);
        refused(fault)?;
        answered(fault, self.inner.complete().await)
    }

    async fn abort(&mut self) -> Result<()> {
        let fault = self.plan.call("abort", &self.location);
        refused(fault)?;
        answered(fault, self.inner.abort().await)
    }
}

/// Storage that takes the condition of a put and ignores it.
#[derive(Debug)]
pub struct Careless(pub Arc<dyn ObjectStore>);

impl Display for Careless {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "careless storage")
    }
}

#[async_trait]
impl ObjectStore for Careless {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        _: PutOptions,
    ) -> Result<PutResult> {
        self.0.put(location, payload).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        opts: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.0.put_multipart_opts(location, opts).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.0.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.0.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.0.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.0.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.0.copy_opts(from, to, options).await
    }
}
