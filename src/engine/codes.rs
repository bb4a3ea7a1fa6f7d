//! Grouping by codes: columns that hold one of a few words are grouped by one number
//! for all of them, which costs a fraction of hashing and comparing texts row by row.

use std::fmt::{self, Display, Formatter};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, UInt32Type};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::datasource::physical_plan::FileScanConfig;
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{ColumnarValue, JoinType};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::projection::ProjectionRef;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode, PhysicalGroupBy};
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::joins::HashJoinExec;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::{ExecutionPlan, InputOrderMode};

use super::numbers::Words;

/// Groups by codes in the columns of these names.
#[derive(Debug)]
pub(super) struct Coded {
    columns: Vec<String>,
}

impl Coded {
    pub(super) fn new(columns: Vec<String>) -> Coded {
        Coded { columns }
    }

    /// The aggregate that first sees the rows, by codes, and above it the words again.
    fn coded(&self, aggregate: &AggregateExec) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let sees_rows = matches!(
            aggregate.mode(),
            AggregateMode::Partial | AggregateMode::Single
        );
        // Codes are not in the order of their words, which what stands above may rest on.
        let sees_rows = sees_rows && *aggregate.input_order_mode() == InputOrderMode::Linear;
        let groups = aggregate.group_expr();
        if !sees_rows || !groups.is_single() || aggregate.limit_options().is_some() {
            return Ok(None);
        }
        let input = aggregate.input().schema();
        let is_code = |key: &Arc<dyn PhysicalExpr>| -> Result<bool> {
            let column = key.downcast_ref::<Column>();
            let name = column.and_then(|column| read_as(aggregate.input(), column.index()));
            let known = name.is_some_and(|name| self.columns.contains(&name));
            Ok(known && key.data_type(&input)? == DataType::Utf8View)
        };
        let (mut texts, mut others) = (Vec::new(), Vec::new());
        for (key, name) in groups.expr() {
            if is_code(key)? {
                texts.push(Arc::clone(key));
            } else {
                others.push((Arc::clone(key), name.clone()));
            }
        }
        if texts.is_empty() {
            return Ok(None);
        }
        let words = Arc::new(Words::default());
        // The code stands first, then the other keys, then what is worked out.
        let (mut place, mut other, mut value) = (0, 0, others.len());
        let output = aggregate.schema();
        let mut shown: Vec<ProjectionExpr> = Vec::new();
        for (at, field) in output.fields().iter().enumerate() {
            let is_code = groups.expr().get(at).map(|(key, _)| is_code(key));
            let next = match is_code.transpose()? {
                Some(true) => {
                    let word = WordOf {
                        code: Arc::new(Column::new(CODE, 0)),
                        words: Arc::clone(&words),
                        place,
                        field: Arc::clone(field),
                    };
                    place += 1;
                    shown.push(ProjectionExpr::new(Arc::new(word), field.name()));
                    continue;
                }
                Some(false) => &mut other,
                None => &mut value,
            };
            *next += 1;
            let column = Column::new(field.name(), *next);
            shown.push(ProjectionExpr::new(Arc::new(column), field.name()));
        }
        let code: Arc<dyn PhysicalExpr> = Arc::new(CodeOf { texts, words });
        let mut keys = vec![(code, CODE.to_owned())];
        keys.extend(others);
        let by_code = AggregateExec::try_new(
            *aggregate.mode(),
            PhysicalGroupBy::new_single(keys),
            aggregate.aggr_expr().to_vec(),
            aggregate.filter_expr().to_vec(),
            Arc::clone(aggregate.input()),
            aggregate.input_schema(),
        )?;
        let plan = ProjectionExec::try_new(shown, Arc::new(by_code))?;
        // Whatever stands above was planned for exactly this.
        Ok((plan.schema() == output).then(|| Arc::new(plan) as Arc<dyn ExecutionPlan>))
    }
}

/// The name of a column where it is read, if it comes from there as it is: whatever else
/// goes by the name of a code may have a million words.
fn read_as(plan: &Arc<dyn ExecutionPlan>, at: usize) -> Option<String> {
    let of = |column: &Arc<dyn PhysicalExpr>| column.downcast_ref::<Column>().cloned();
    if let Some(scan) = plan.downcast_ref::<DataSourceExec>() {
        let files = scan.data_source().downcast_ref::<FileScanConfig>();
        let Some(shown) = files.and_then(|files| files.file_source().projection()) else {
            return plan
                .schema()
                .fields()
                .get(at)
                .map(|field| field.name().clone());
        };
        let column = of(&shown.as_ref().get(at)?.expr)?;
        return Some(column.name().to_owned());
    }
    if let Some(projection) = plan.downcast_ref::<ProjectionExec>() {
        let column = of(&projection.expr().get(at)?.expr)?;
        return read_as(projection.input(), column.index());
    }
    let kept = |kept: &Option<ProjectionRef>| match kept {
        Some(kept) => kept.get(at).copied(),
        None => Some(at),
    };
    if let Some(filter) = plan.downcast_ref::<FilterExec>() {
        return read_as(filter.input(), kept(filter.projection())?);
    }
    if let Some(join) = plan.downcast_ref::<HashJoinExec>() {
        use JoinType::{Full, Inner, Left, Right};
        let has_both = matches!(join.join_type(), Inner | Left | Right | Full);
        let at = kept(&join.projection).filter(|_| has_both)?;
        let on_left = join.left().schema().fields().len();
        return match at.checked_sub(on_left) {
            Some(at) => read_as(join.right(), at),
            None => read_as(join.left(), at),
        };
    }
    let repartition = plan.downcast_ref::<RepartitionExec>()?;
    read_as(repartition.input(), at)
}

impl PhysicalOptimizerRule for Coded {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let coded = plan.transform_up(|node| {
            let aggregate = node.downcast_ref::<AggregateExec>();
            let coded = aggregate.map(|aggregate| self.coded(aggregate));
            Ok(match coded.transpose()?.flatten() {
                Some(coded) => Transformed::yes(coded),
                None => Transformed::no(node),
            })
        })?;
        Ok(coded.data)
    }

    fn name(&self) -> &'static str {
        "group_by_codes"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The name of the key that stands for words.
const CODE: &str = "code";

/// The code of the texts of some columns.
#[derive(Debug)]
struct CodeOf {
    texts: Vec<Arc<dyn PhysicalExpr>>,
    words: Arc<Words>,
}

/// One of the texts of a code.
#[derive(Debug)]
struct WordOf {
    code: Arc<dyn PhysicalExpr>,
    words: Arc<Words>,
    place: usize,
    field: FieldRef,
}

impl PhysicalExpr for CodeOf {
    fn return_field(&self, _input: &Schema) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(CODE, DataType::UInt32, false)))
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        let arrays = self.texts.iter().map(|text| {
            let texts = text.evaluate(batch)?;
            texts.into_array(batch.num_rows())
        });
        let arrays = arrays.collect::<Result<Vec<ArrayRef>>>()?;
        let texts: Vec<_> = arrays.iter().map(AsArray::as_string_view).collect();
        let codes = self.words.codes(&texts)?;
        Ok(ColumnarValue::Array(Arc::new(codes)))
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        self.texts.iter().collect()
    }

    fn with_new_children(
        self: Arc<Self>,
        texts: Vec<Arc<dyn PhysicalExpr>>,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        let words = Arc::clone(&self.words);
        Ok(Arc::new(CodeOf { texts, words }))
    }

    fn fmt_sql(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

impl PhysicalExpr for WordOf {
    fn return_field(&self, _input: &Schema) -> Result<FieldRef> {
        Ok(Arc::clone(&self.field))
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        let codes = self.code.evaluate(batch)?.into_array(batch.num_rows())?;
        let codes = codes.as_primitive::<UInt32Type>();
        let texts = self.words.texts(codes, self.place);
        Ok(ColumnarValue::Array(Arc::new(texts)))
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.code]
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn PhysicalExpr>>,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        let none = || DataFusionError::Internal("a word is of one code".to_owned());
        Ok(Arc::new(WordOf {
            code: children.into_iter().next().ok_or_else(none)?,
            words: Arc::clone(&self.words),
            place: self.place,
            field: Arc::clone(&self.field),
        }))
    }

    fn fmt_sql(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

impl Display for CodeOf {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = self.texts.iter().map(ToString::to_string).collect();
        write!(f, "code_of({})", texts.join(", "))
    }
}

impl Display for WordOf {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "word_of({}, {})", self.code, self.place)
    }
}

// Codes of two lists are never the same.
impl PartialEq for CodeOf {
    fn eq(&self, other: &CodeOf) -> bool {
        self.texts == other.texts && Arc::ptr_eq(&self.words, &other.words)
    }
}

impl Eq for CodeOf {}

impl Hash for CodeOf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.texts.hash(state);
        Arc::as_ptr(&self.words).hash(state);
    }
}

impl PartialEq for WordOf {
    fn eq(&self, other: &WordOf) -> bool {
        self.code.eq(&other.code)
            && self.place == other.place
            && Arc::ptr_eq(&self.words, &other.words)
    }
}

impl Eq for WordOf {}

impl Hash for WordOf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.code.hash(state);
        self.place.hash(state);
        Arc::as_ptr(&self.words).hash(state);
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::StringViewArray;
    use datafusion::datasource::MemTable;
    use datafusion::execution::session_state::SessionStateBuilder;
    use datafusion::physical_plan::displayable;
    use datafusion::prelude::{SessionConfig, SessionContext};

    use super::*;

    fn context(coded: bool, partitions: usize) -> SessionContext {
        let config = SessionConfig::new().with_target_partitions(partitions);
        let state = SessionStateBuilder::new()
            .with_config(config)
            .with_default_features();
        let names = ["short", "long", "many"];
        let names = names.map(str::to_owned).to_vec();
        let state = if coded {
            state.with_physical_optimizer_rule(Arc::new(Coded::new(names)))
        } else {
            state
        };
        let context = SessionContext::new_with_state(state.build());
        let text = |word: &dyn Fn(usize) -> Option<String>, from: usize| -> ArrayRef {
            Arc::new((from..from + 1000).map(word).collect::<StringViewArray>())
        };
        let names = ["short", "long", "many", "other"];
        let schema = names.map(|name| Field::new(name, DataType::Utf8View, true));
        let schema = Arc::new(Schema::new(schema.to_vec()));
        let batches = (0..6).map(|batch| {
            let from = batch * 1000;
            let columns = vec![
                text(&|n| (n % 5 > 0).then(|| format!("{}", n % 7)), from),
                text(&|n| Some(format!("a word of some length {}", n % 20)), from),
                text(
                    &|n| (n % 3 > 0).then(|| format!("{:x}", n * n % 1500)),
                    from,
                ),
                text(&|n| Some("x".repeat(n % 4)), from),
            ];
            RecordBatch::try_new(Arc::clone(&schema), columns).unwrap()
        });
        let batches: Vec<RecordBatch> = batches.collect();
        let halves = batches.chunks(3).map(<[RecordBatch]>::to_vec).collect();
        let table = MemTable::try_new(schema, halves).unwrap();
        context.register_table("t", Arc::new(table)).unwrap();
        context
    }

    #[tokio::test]
    async fn groups_by_codes_are_the_groups_by_text() {
        let statements = [
            "SELECT short, count(*) AS n FROM t GROUP BY short",
            "SELECT long, min(other) AS low, count(DISTINCT many) AS n FROM t GROUP BY long",
            "SELECT many, count(*) AS n FROM t GROUP BY many",
            "SELECT short, other, long, count(many) AS n FROM t GROUP BY short, other, long",
            "SELECT short, long, grouping(short) AS g, count(*) AS n FROM t GROUP BY GROUPING SETS ((short, long), (long), ())",
            "SELECT many, other, short, long, count(*) AS n, max(other) AS high FROM t GROUP BY many, other, short, long",
            "SELECT short, long, count(*) AS n FROM t GROUP BY short, long",
            "SELECT DISTINCT short, long FROM t WHERE other <> 'x'",
            "SELECT x AS short, count(*) AS n FROM (SELECT other AS x FROM t) GROUP BY x",
            "SELECT short, count(*) AS n FROM (SELECT concat(other, many) AS short FROM t) GROUP BY short",
            "SELECT other AS z, long AS other, count(*) AS n FROM t WHERE short <> '1' GROUP BY other, long",
            "SELECT a.many, b.long, count(*) AS n FROM t AS a LEFT JOIN (SELECT other, max(long) AS long FROM t WHERE short <> '1' GROUP BY other) AS b ON a.other = b.other GROUP BY a.many, b.long",
            "SELECT short, long, n, sum(n) OVER (PARTITION BY short ORDER BY long) AS s FROM (SELECT short, long, count(*) AS n FROM (SELECT short, long, row_number() OVER (PARTITION BY short ORDER BY long) AS at FROM t) AS o WHERE at < 90 GROUP BY short, long) -- SETS",
            "SELECT short, count(*) AS n FROM t WHERE short = 'nothing' GROUP BY short",
        ];
        for sql in statements {
            let planned = context(true, 2).sql(sql).await.unwrap();
            let columns = planned.schema().fields().len();
            let places: Vec<String> = (1..=columns).map(|place| place.to_string()).collect();
            let ordered = format!("SELECT * FROM ({sql}\n) ORDER BY {}", places.join(", "));
            for partitions in [1, 2] {
                let mut answers = Vec::new();
                for coded in [false, true] {
                    let frame = context(coded, partitions).sql(&ordered).await.unwrap();
                    answers.push(frame.collect().await.unwrap());
                }
                assert_eq!(answers[0], answers[1], "{sql}");
            }
            let plan = planned.create_physical_plan().await.unwrap();
            let plan = displayable(plan.as_ref()).indent(false).to_string();
            let left_alone = ["AS x", "SETS", "concat", "nothing"];
            let left_alone = left_alone.iter().any(|word| sql.contains(word));
            assert_eq!(plan.contains("code_of"), !left_alone, "{plan}");
        }
    }
}
