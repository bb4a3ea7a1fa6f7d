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
const LOOK: Duration = Duration::from_millis(50);

/// Batches of rows. Dropped before its end, the statement is given up.
pub struct Rows<'a> {
    /// The columns.
    pub schema: SchemaRef,
    batches: Receiver<Result<RecordBatch, DataFusionError>>,
    task: JoinHandle<()>,
    runtime: Arc<tokio::runtime::Runtime>,
    stop: Arc<AtomicBool>,
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
        stop: Arc<AtomicBool>,
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

impl Iterator for Rows<'_> {
    type Item = Result<RecordBatch, EngineError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let (batches, task, stop) = (&mut self.batches, &mut self.task, &self.stop);
        let item = self.runtime.block_on(async {
            loop {
                if stop.load(Ordering::Relaxed) {
                    return Some(Err(EngineError::Stopped));
                }
                if let Ok(batch) = tokio::time::timeout(LOOK, batches.recv()).await {
                    match batch {
                        Some(batch) => return Some(batch.map_err(|e| (self.explain)(&e))),
                        None => break,
                    }
                }
            }
            // The engine fell over, which is no end.
            task.await.err().map(|_| {
                let message = "the engine cannot run this statement";
                Err(EngineError::Query(message.to_owned()))
            })
        });
        self.over = !matches!(item, Some(Ok(_)));
        item
    }
}

impl Drop for Rows<'_> {
    fn drop(&mut self) {
        self.task.abort();
    }
}
