//! Statements run apart from the guest who waits for them, who can leave whatever
//! the engine is doing: a single step of a join may take minutes.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::array::RecordBatch;
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::context::QueryPlanner;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use datafusion::physical_planner::{DefaultPhysicalPlanner, PhysicalPlanner};
use futures::{StreamExt, stream};
use tokio::sync::mpsc::{Receiver, channel};
use tokio::task::JoinHandle;

use crate::engine::rows::{FELL, LOOK, Stop};

/// Plans a guest's statements to run apart.
#[derive(Debug)]
pub struct Apart {
    /// Ends the one that runs.
    pub stop: Stop,
}

#[async_trait]
impl QueryPlanner for Apart {
    async fn create_physical_plan(
        &self,
        plan: &LogicalPlan,
        session: &dyn Session,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.stop.asked.store(false, Ordering::Relaxed);
        let planner = DefaultPhysicalPlanner::default();
        let input = planner.create_physical_plan(plan, session).await?;
        Ok(Arc::new(ApartExec {
            input,
            stop: self.stop.clone(),
        }))
    }
}

/// The top of a plan: what is below runs as a task of its own.
#[derive(Debug)]
struct ApartExec {
    input: Arc<dyn ExecutionPlan>,
    stop: Stop,
}

impl DisplayAs for ApartExec {
    fn fmt_as(&self, _: DisplayFormatType, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("ApartExec")
    }
}

impl ExecutionPlan for ApartExec {
    fn name(&self) -> &'static str {
        "ApartExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let [input] = <[_; 1]>::try_from(children)
            .map_err(|_| DataFusionError::Plan("one child is wanted".to_owned()))?;
        Ok(Arc::new(ApartExec {
            input,
            stop: self.stop.clone(),
        }))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let (sender, batches) = channel(2);
        let input = Arc::clone(&self.input);
        let schema = input.schema();
        let task = tokio::spawn(async move {
            let mut rows = match input.execute(partition, context) {
                Ok(rows) => rows,
                Err(error) => {
                    let _ = sender.send(Err(error)).await;
                    return;
                }
            };
            while let Some(batch) = rows.next().await {
                if sender.send(batch).await.is_err() {
                    return;
                }
            }
        });
        let waiting = Waiting {
            batches,
            task: Ended(task),
            stop: self.stop.clone(),
        };
        let rows = stream::unfold(waiting, |mut waiting| async move {
            Some((waiting.next().await?, waiting))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            schema,
            Box::pin(rows),
        )))
    }
}

/// A guest who waits for rows.
struct Waiting {
    batches: Receiver<Result<RecordBatch>>,
    task: Ended,
    stop: Stop,
}

impl Waiting {
    async fn next(&mut self) -> Option<Result<RecordBatch>> {
        loop {
            if let Some(error) = self.stop.seen() {
                return Some(Err(DataFusionError::External(Box::new(error))));
            }
            match tokio::time::timeout(LOOK, self.batches.recv()).await {
                Err(_) => {}
                Ok(Some(batch)) => return Some(batch),
                // The engine fell over, which is no end.
                Ok(None) if (&mut self.task.0).await.is_err() => {
                    return Some(Err(DataFusionError::Execution(FELL.to_owned())));
                }
                Ok(None) => return None,
            }
        }
    }
}

/// Ends with whoever waits for it.
struct Ended(JoinHandle<()>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.abort();
    }
}
