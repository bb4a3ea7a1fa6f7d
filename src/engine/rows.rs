//! The rows of a statement as they come: no more of them are held than the
//! reader has not taken yet.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;
use tokio::sync::mpsc::{Receiver, channel};
use tokio::task::JoinHandle;

use super::EngineError;

type Explain<'a> = Box<dyn Fn(&DataFusionError) -> EngineError + 'a>;

/// How long a stop may go unseen.
pub(super) const LOOK: Duration = Duration::from_millis(50);

/// What is said where a statement takes too much.
pub const FULL: &str =
    "it needs more memory than it may have\nhint: add LIMIT, name fewer columns, or aggregate";

/// What is said where the engine falls over.
pub(super) const FELL: &str = "the engine cannot run this statement";

/// Set by others, it ends what runs.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    /// Nobody waits for it any more.
    pub asked: Arc<AtomicBool>,
    /// It takes too much memory.
    pub full: Arc<AtomicBool>,
}

impl Stop {
    /// Nobody waits any more.
    pub fn ask(&self) {
        self.asked.store(true, Ordering::Relaxed);
    }

    /// Whether too much memory is taken.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    pub(super) fn seen(&self) -> Option<EngineError> {
        if self.is_full() {
            return Some(EngineError::Query(FULL.to_owned()));
        }
        let asked = self.asked.load(Ordering::Relaxed);
        asked.then_some(EngineError::Stopped)
    }

    /// A stop of its own for what shares the memory.
    #[cfg(feature = "serve")]
    #[must_use]
    pub fn for_another(&self) -> Stop {
        Stop {
            asked: Arc::default(),
            full: Arc::clone(&self.full),
        }
    }

    /// Before the next statement.
    pub fn forget(&self) {
        self.asked.store(false, Ordering::Relaxed);
        self.full.store(false, Ordering::Relaxed);
    }
}

/// What became of waiting for rows.
enum Came {
    Rows(RecordBatch),
    Failed(DataFusionError),
    Stopped(EngineError),
    End,
}

/// Batches of rows. Dropped before its end, the statement is given up.
pub struct Rows<'a> {
    /// The columns.
    pub schema: SchemaRef,
    batches: Receiver<Result<RecordBatch, DataFusionError>>,
    task: JoinHandle<()>,
    runtime: Arc<tokio::runtime::Runtime>,
    stop: Stop,
    explain: Explain<'a>,
    over: bool,
}

impl<'a> Rows<'a> {
    /// The statement runs beside the reader, so that the reader can leave it
    /// whatever it is doing.
    pub(super) fn begin(
        schema: SchemaRef,
        mut stream: SendableRecordBatchStream,
        runtime: Arc<tokio::runtime::Runtime>,
        stop: Stop,
        explain: Explain<'a>,
    ) -> Rows<'a> {
        let (sender, batches) = channel(2);
        let task = runtime.spawn(async move {
            while let Some(batch) = stream.next().await {
                let failed = batch.is_err();
                if sender.send(batch).await.is_err() || failed {
                    return;
                }
            }
        });
        Rows {
            schema,
            batches,
            task,
            runtime,
            stop,
            explain,
            over: false,
        }
    }
}

/// What a task gives, unless it is stopped before or falls over.
pub(super) fn waited<T: Send + 'static>(
    runtime: &tokio::runtime::Runtime,
    mut task: JoinHandle<T>,
    stop: &Stop,
) -> Result<T, EngineError> {
    runtime.block_on(async {
        loop {
            if let Some(error) = stop.seen() {
                task.abort();
                return Err(error);
            }
            if let Ok(ended) = tokio::time::timeout(LOOK, &mut task).await {
                return ended.map_err(|_| EngineError::Fell);
            }
        }
    })
}

impl Iterator for Rows<'_> {
    type Item = Result<RecordBatch, EngineError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let (batches, task, stop) = (&mut self.batches, &mut self.task, &self.stop);
        let came = self.runtime.block_on(async {
            loop {
                if let Some(error) = stop.seen() {
                    return Came::Stopped(error);
                }
                if let Ok(batch) = tokio::time::timeout(LOOK, batches.recv()).await {
                    return match batch {
                        Some(Ok(batch)) => Came::Rows(batch),
                        Some(Err(error)) => Came::Failed(error),
                        // The engine fell over, which is no end.
                        None if task.await.is_err() => Came::Stopped(EngineError::Fell),
                        None => Came::End,
                    };
                }
            }
        });
        let item = match came {
            Came::Rows(batch) => Some(Ok(batch)),
            Came::Failed(error) => Some(Err((self.explain)(&error))),
            Came::Stopped(error) => Some(Err(error)),
            Came::End => None,
        };
        self.over = !matches!(item, Some(Ok(_)));
        item
    }
}

impl Drop for Rows<'_> {
    fn drop(&mut self) {
        self.task.abort();
    }
}
