//! Grouping by codes: columns that hold one of a few words are grouped by a number
//! for each word, which costs a fraction of hashing and comparing text row by row.

use std::collections::HashMap;
use std::fmt::{self, Display, Formatter};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, PoisonError, RwLock};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringViewArray, UInt32Array};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, UInt32Type};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{Column, Literal};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode, PhysicalGroupBy};
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use datafusion::scalar::ScalarValue;

/// Groups by codes in the columns of these names. Another column that goes by such a
/// name gives the same groups, though not as fast.
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
            AggregateMode::Partial | AggregateMode::Single | AggregateMode::SinglePartitioned
        );
        let groups = aggregate.group_expr();
        if !sees_rows || aggregate.limit_options().is_some() {
            return Ok(None);
        }
        let input = aggregate.input().schema();
        let output = aggregate.schema();
        let (mut keys, mut nulls) = (Vec::new(), groups.null_expr().to_vec());
        let mut shown: Vec<ProjectionExpr> = Vec::new();
        let mut any = false;
        for (at, field) in output.fields().iter().enumerate() {
            let plain: Arc<dyn PhysicalExpr> = Arc::new(Column::new(field.name(), at));
            let Some((key, name)) = groups.expr().get(at) else {
                shown.push(ProjectionExpr::new(plain, field.name()));
                continue;
            };
            let is_code = key
                .downcast_ref::<Column>()
                .is_some_and(|column| self.columns.iter().any(|known| known == column.name()))
                && key.data_type(&input)? == DataType::Utf8View;
            if !is_code {
                keys.push((Arc::clone(key), name.clone()));
                shown.push(ProjectionExpr::new(plain, field.name()));
                continue;
            }
            any = true;
            let words = Arc::new(Words::default());
            let code = CodeOf {
                text: Arc::clone(key),
                words: Arc::clone(&words),
            };
            let word = WordOf {
                code: plain,
                words,
                field: Arc::clone(field),
            };
            keys.push((Arc::new(code), name.clone()));
            if let Some((null, _)) = nulls.get_mut(at) {
                *null = Arc::new(Literal::new(ScalarValue::UInt32(None)));
            }
            shown.push(ProjectionExpr::new(Arc::new(word), field.name()));
        }
        if !any {
            return Ok(None);
        }
        let by_code = AggregateExec::try_new(
            *aggregate.mode(),
            PhysicalGroupBy::new(
                keys,
                nulls,
                groups.groups().to_vec(),
                groups.has_grouping_set(),
            ),
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

/// The words of a column in the order in which they turned up: a word's place is its
/// code. One list serves all threads of a statement.
#[derive(Debug, Default)]
struct Words(RwLock<Known>);

#[derive(Debug, Default)]
struct Known {
    words: Vec<Arc<str>>,
    codes: HashMap<Arc<str>, u32>,
}

impl Words {
    fn code(&self, word: &str) -> Result<u32> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(code) = known.codes.get(word) {
            return Ok(*code);
        }
        drop(known);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(code) = known.codes.get(word) {
            return Ok(*code);
        }
        let code = u32::try_from(known.words.len())
            .map_err(|_| DataFusionError::ResourcesExhausted("too many groups".to_owned()))?;
        let word: Arc<str> = word.into();
        known.words.push(Arc::clone(&word));
        known.codes.insert(word, code);
        Ok(code)
    }

    fn codes(&self, texts: &StringViewArray) -> Result<UInt32Array> {
        let mut seen = Seen::new();
        let mut codes = Vec::with_capacity(texts.len());
        for (row, view) in texts.views().iter().enumerate() {
            codes.push(match seen.code(*view) {
                Ok(code) => code,
                Err(_) if texts.is_null(row) => 0,
                Err(slot) => seen.keep(slot, *view, self.code(texts.value(row))?),
            });
        }
        Ok(UInt32Array::new(codes.into(), texts.nulls().cloned()))
    }

    fn texts(&self, codes: &UInt32Array) -> StringViewArray {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let word = |code: u32| known.words.get(code as usize).map(AsRef::as_ref);
        codes
            .iter()
            .map(|code| word(code?))
            .collect::<StringViewArray>()
    }
}

/// The texts of one batch by their views: a view is the same where the text is, for
/// short ones always, for long ones nearly, as they stand once in a page.
struct Seen {
    views: [u128; Seen::SLOTS],
    codes: [u32; Seen::SLOTS],
}

impl Seen {
    const SLOTS: usize = 256;
    const TRIES: usize = 4;

    fn new() -> Seen {
        Seen {
            // No text is that long.
            views: [u128::MAX; Seen::SLOTS],
            codes: [0; Seen::SLOTS],
        }
    }

    /// The code, or where it could be kept.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "halves of a view")]
    fn code(&self, view: u128) -> std::result::Result<u32, usize> {
        let (low, high) = (view as u64, (view >> 64) as u64);
        let mixed = (low ^ high.rotate_left(29)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let first = (mixed >> 56) as usize;
        for step in 0..Seen::TRIES {
            let slot = (first + step) % Seen::SLOTS;
            if self.views[slot] == view {
                return Ok(self.codes[slot]);
            }
            if self.views[slot] == u128::MAX {
                return Err(slot);
            }
        }
        Err(first)
    }

    fn keep(&mut self, slot: usize, view: u128, code: u32) -> u32 {
        self.views[slot] = view;
        self.codes[slot] = code;
        code
    }
}

/// The code of a text.
#[derive(Debug)]
struct CodeOf {
    text: Arc<dyn PhysicalExpr>,
    words: Arc<Words>,
}

/// The text of a code.
#[derive(Debug)]
struct WordOf {
    code: Arc<dyn PhysicalExpr>,
    words: Arc<Words>,
    field: FieldRef,
}

impl PhysicalExpr for CodeOf {
    fn return_field(&self, input: &Schema) -> Result<FieldRef> {
        let text = self.text.return_field(input)?;
        let field = Field::new(text.name(), DataType::UInt32, text.is_nullable());
        Ok(Arc::new(field))
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        let texts = self.text.evaluate(batch)?.into_array(batch.num_rows())?;
        let codes = self.words.codes(texts.as_string_view())?;
        Ok(ColumnarValue::Array(Arc::new(codes)))
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.text]
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn PhysicalExpr>>,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        let words = Arc::clone(&self.words);
        let text = only(children)?;
        Ok(Arc::new(CodeOf { text, words }))
    }

    fn fmt_sql(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.text.fmt_sql(f)
    }
}

impl PhysicalExpr for WordOf {
    fn return_field(&self, _input: &Schema) -> Result<FieldRef> {
        Ok(Arc::clone(&self.field))
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        let codes = self.code.evaluate(batch)?.into_array(batch.num_rows())?;
        let texts = self.words.texts(codes.as_primitive::<UInt32Type>());
        Ok(ColumnarValue::Array(Arc::new(texts) as ArrayRef))
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.code]
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn PhysicalExpr>>,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        let (words, field) = (Arc::clone(&self.words), Arc::clone(&self.field));
        let code = only(children)?;
        Ok(Arc::new(WordOf { code, words, field }))
    }

    fn fmt_sql(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.code.fmt_sql(f)
    }
}

fn only(children: Vec<Arc<dyn PhysicalExpr>>) -> Result<Arc<dyn PhysicalExpr>> {
    let none = || DataFusionError::Internal("a code is of one column".to_owned());
    children.into_iter().next().ok_or_else(none)
}

impl Display for CodeOf {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "code_of({})", self.text)
    }
}

impl Display for WordOf {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "word_of({})", self.code)
    }
}

// Codes of two lists are never the same.
impl PartialEq for CodeOf {
    fn eq(&self, other: &CodeOf) -> bool {
        self.text.eq(&other.text) && Arc::ptr_eq(&self.words, &other.words)
    }
}

impl Eq for CodeOf {}

impl Hash for CodeOf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
        Arc::as_ptr(&self.words).hash(state);
    }
}

impl PartialEq for WordOf {
    fn eq(&self, other: &WordOf) -> bool {
        self.code.eq(&other.code) && Arc::ptr_eq(&self.words, &other.words)
    }
}

impl Eq for WordOf {}

impl Hash for WordOf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.code.hash(state);
        Arc::as_ptr(&self.words).hash(state);
    }
}

#[cfg(test)]
mod tests {
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
            "SELECT DISTINCT short, long FROM t WHERE other <> 'x'",
            "SELECT x AS short, count(*) AS n FROM (SELECT other AS x FROM t) GROUP BY x",
            "SELECT short, count(*) AS n FROM t WHERE short = 'nothing' GROUP BY short",
        ];
        for sql in statements {
            let planned = context(true, 2).sql(sql).await.unwrap();
            let columns = planned.schema().fields().len();
            let places: Vec<String> = (1..=columns).map(|place| place.to_string()).collect();
            let ordered = format!("SELECT * FROM ({sql}) ORDER BY {}", places.join(", "));
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
            assert_eq!(plan.contains("code_of"), !sql.contains("AS x"), "{plan}");
        }
    }
}
