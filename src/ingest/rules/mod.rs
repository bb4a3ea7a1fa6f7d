//! The rules that look at more than one cell, in one table with ids, and how a
//! breach of one becomes a finding.

pub mod across;
pub mod cross_field;
pub mod list;
pub mod previous;

pub use cross_field::cross_field;
pub use list::all;

use std::borrow::Cow;

use super::cell::Cells;
use super::findings::RowFindings;
use super::layout::{Binding, FileLayout};
use super::value::Value;
use crate::model::column::Named;
use crate::model::finding::Severity;
use crate::model::schema::Table;

/// How much a rule has to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One cell.
    Column,
    /// One row.
    Row,
    /// A file or a return as a whole.
    File,
    /// Several rows, tables or returns.
    Table,
    /// What the store held before.
    Previous,
}

impl Scope {
    /// The word that `describe rules` prints.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Scope::Column => "column",
            Scope::Row => "row",
            Scope::File => "file",
            Scope::Table => "table",
            Scope::Previous => "previous",
        }
    }
}

/// One rule: its id, what it says and what to do.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The stable id, with its table.
    pub id: &'static str,
    /// How much it looks at.
    pub scope: Scope,
    /// What its breach means.
    pub severity: Severity,
    /// What is wrong.
    pub message: &'static str,
    /// What to do.
    pub fix: &'static str,
}

impl Rule {
    /// What is wrong, and the detail where there is one.
    #[must_use]
    pub fn told(&self, detail: &str) -> Cow<'static, str> {
        match detail {
            "" => self.message.into(),
            detail => format!("{}: {detail}", self.message).into(),
        }
    }
}

macro_rules! rules {
    ($([$scope:ident] $($name:ident $severity:ident $id:literal $message:literal $fix:literal;)*)*) => {
        $($(#[doc = concat!("`", $id, "`")]
        pub const $name: Rule = Rule {
            id: $id,
            scope: Scope::$scope,
            severity: Severity::$severity,
            message: $message,
            fix: $fix,
        };)*)*
        /// Every rule that is not about a single column.
        pub const RULES: &[Rule] = &[$($($name),*),*];
    };
}

rules! {
    [File]
    UNREADABLE_FILE Error "file.unreadable"
        "the file cannot be read as rows of text"
        "save the sheet as CSV (UTF-8) and send it again";
    ENCODING Warning "file.encoding"
        "the file is not UTF-8 and was read as Windows-1252"
        "check letters with accents and pound signs, or save the file as CSV UTF-8";
    UNKNOWN_FILE Error "file.unknown"
        "the file is of no known kind"
        "give it the name of its table, such as workers, or send it with the header of its layout";
    NOT_READ Warning "file.not_read"
        "the file is not read: it is no .csv or .tsv file and no workbook that can be read"
        "save it as CSV (UTF-8) or .xlsx and send it again; or leave it out";
    MISSING_COLUMNS Error "file.header"
        "required columns are missing from the header"
        "add the columns, with a value in each row";
    COLUMN_TWICE Error "file.column_twice"
        "two columns of the header are one and the same"
        "leave out the one that is not meant, or give each its own name";
    UNKNOWN_COLUMN Warning "file.unknown_column"
        "the column is not known and is not read"
        "mend the column's name if it is misspelt, otherwise leave it out";
    UNNAMED_COLUMN Warning "file.unnamed_column"
        "values stand in a column without a name, and are not read"
        "give the column its name in the header, or clear it";
    TITLE_ROWS Warning "file.title_rows"
        "rows above the header are not read"
        "nothing to do if they are a title; otherwise put the header first";
    DATA_ABOVE Error "file.data_above"
        "rows of data stand above the header"
        "put the header first: what stands above it is not read";
    SPREAD_HEADER Error "file.header_spread"
        "the header takes up two rows"
        "give each column one name, all of them in one row";
    OLD_FORM Warning "file.old_format"
        "the workbook is in the .xls format, in which formulas without a result cannot be told"
        "save it as .xlsx and send it again";
    UNKNOWN_SHEET Warning "sheet.unknown"
        "the sheet is no table of a return and is not read"
        "nothing to do for notes; a sheet with data needs the name of its table, such as workers";
    HIDDEN Warning "sheet.hidden"
        "what is hidden is read all the same"
        "delete what does not belong to the return, and show the rest";
    MERGED Warning "sheet.merged"
        "of merged cells only the first has a value; the others are read as empty"
        "unmerge them and fill in each cell";
    NOT_NEEDED Warning "file.not_needed"
        "the file was recognised and holds nothing that is read"
        "nothing to do; it may be left out";
    NO_WORKPLACE Error "return.no_workplace"
        "the return has no workplace that can be accepted"
        "send a workplaces file, and mend the errors in its rows";
    [Row]
    LONG_ROW Error "row.cells"
        "the row has more cells than the header has columns"
        "put text that holds a comma between quotation marks, and check that no cell has slipped";
    SHORT_ROW Warning "row.short"
        "the row has fewer cells than the header; the missing ones count as empty"
        "fill the row up with empty cells";
    LINE_BREAK Warning "row.line_break"
        "a cell holds a line break"
        "check that no quotation mark is left open: it would swallow the rows after it";
    QUOTATION Error "row.quotation"
        "the cell goes on behind the quotation mark that closes it"
        "put quotation marks around the whole cell or around none of it; double those within";
    CELL_ERROR Error "row.cell_error"
        "the cell holds an error instead of a value"
        "mend the formula, or type the value";
    CELL_FORMULA Error "row.cell_formula"
        "the value of the cell is not in the file, only its formula or what it shows"
        "open the workbook, let it calculate, and save it again; or type the value";
    CELL_LONG Error "row.cell_long_number"
        "the cell holds a number of more than 15 digits, of which a workbook keeps only 15"
        "format the column as text and type the value again";
    BAD_STATUS Error "row.status"
        "whether the row counts cannot be told from this column"
        "use one of the words that the layout lists";
    MONTH Error "row.month"
        "the row is not of the month of the period"
        "send the rows of that month only, each with its month as 2026-09, 202609 or 2026-SEP";
    PAY_RANGE Error "workers.pay_rate.range"
        "pay is outside 2.50 to 200 pounds an hour, or 500 to 250,000 pounds a year"
        "check the pounds and pence, and whether pay is by the hour or by the year";
    PAY_BASIS_MISSING Warning "workers.pay_basis.missing"
        "there is pay, but not whether it is by the hour or by the year; the pay is not used"
        "give pay_basis: hourly or annual";
    ANNUAL_HOURS Warning "workers.contracted_hours.annual_pay"
        "annual pay without contracted hours cannot be compared by the hour"
        "give contracted_hours";
    HOURLY_HIGH Warning "workers.hourly.above_range"
        "annual pay over the contracted hours comes out above 200 pounds an hour and is not used"
        "check the salary and contracted_hours";
    HOURLY_LOW Warning "workers.hourly.below_range"
        "annual pay over the contracted hours comes out below 2.50 pounds an hour"
        "check whether the salary is that of a year, and contracted_hours";
    ZERO_HOURS Warning "workers.zero_hours.contracted_hours"
        "a zero-hours contract has contracted hours"
        "confirm which is right: zero_hours, or contracted_hours";
    START_BIRTH Warning "workers.start_date.birth"
        "start_date is before the worker's 13th birthday"
        "check start_date and birth_date";
    BIRTH_AGE Warning "workers.birth_date.age"
        "by birth_date the worker is under 13 or over 100 at the period"
        "check birth_date; leave it empty if it is not known";
    APPRENTICESHIP_BIRTH Warning "workers.apprenticeship_start.birth"
        "apprenticeship_start is before the worker's 13th birthday"
        "check apprenticeship_start and birth_date";
    ZERO_HOURS_ORDER Warning "workers.zero_hours_since.order"
        "zero_hours_since is before start_date"
        "check the two dates";
    ZERO_HOURS_UNFLAGGED Warning "workers.zero_hours_since.unflagged"
        "there is a start of zero hours, but zero_hours is not yes"
        "set zero_hours to yes, or leave zero_hours_since empty";
    OFFER_ORDER Warning "workers.contract_offer_on.order"
        "contract_offer_on is before start_date"
        "check the two dates";
    OFFER_UNDATED Warning "workers.contract_offer_hours.undated"
        "there are hours offered, but not the day of the offer"
        "give contract_offer_on, or leave contract_offer_hours empty";
    TRAVEL_RATE Warning "workplaces.travel_rate.unflagged"
        "there is a travel rate, but travel is not paid at a rate of its own"
        "say in travel_time_pay that travel has a rate of its own (different_rate), or leave travel_rate empty";
    FLOWS_IDENTITY Warning "flows.closing.identity"
        "closing is not opening + starters - leavers"
        "check the four counts; moves inside the provider are neither starters nor leavers";
    FLOWS_RETAINED Warning "flows.retained.order"
        "retained is more than opening or closing"
        "count only those in post at both ends";
    PERIOD_ORDER Error "pay_periods.period_end.order"
        "period_end is before period_start"
        "check the two dates";
    PERIOD_LONG Warning "pay_periods.period_end.length"
        "the pay reference period is longer than 31 days, so it is not tested"
        "give a row for each pay reference period: none is longer than a month";
    PERIOD_HOURS Warning "pay_periods.hours_work.period"
        "the hours together are more than the pay period has"
        "check the hours and the two dates: they must be those of one pay reference period";
    PERIOD_DAYS Warning "pay_periods.accommodation_days.period"
        "accommodation_days is more than the pay period has, and the wage test counts them all"
        "check accommodation_days and the two dates";
    PERIOD_PARTS Warning "pay_periods.gross_pay.parts"
        "premium, allowances, absence_pay, tips and expenses together are more than gross_pay"
        "give gross_pay with all of them in it, and each once";
    POINTS_ORDER Warning "pay_points.maximum_rate.order"
        "maximum_rate is below minimum_rate"
        "check the two rates";
    ASC_PAY_PAIR Error "workers.pay_rate.basis"
        "SALARY is given without SALARYINT 1, or HOURLYRATE without SALARYINT 3"
        "give SALARY with SALARYINT 1, or HOURLYRATE with SALARYINT 3";
    ASC_PAY_IGNORED Warning "workers.pay_rate.ignored"
        "SALARYINT says that pay is not known, so the pay given is not used"
        "set SALARYINT to 1 or 3";
    ASC_DECIMALS Error "workers.pay_rate.decimals"
        "HOURLYRATE has more than two decimals"
        "give HOURLYRATE with at most two decimals";
    ASC_SALARY_RANGE Error "workers.pay_rate.salary_range"
        "SALARY is above 200,000 pounds for a role other than senior management"
        "check the salary";
    ASC_ZERO_HOURS Error "workers.zero_hours.hours"
        "CONTHOURS is given although ZEROHRCONT is 1 or 999"
        "leave CONTHOURS empty, or set ZEROHRCONT to 2";
    ASC_ZERO_UNKNOWN Warning "workers.zero_hours.unanswered"
        "CONTHOURS and ZEROHRCONT do not fit together"
        "answer ZEROHRCONT, or give the contracted hours";
    ASC_CONTHOURS Warning "workers.contracted_hours.ignored"
        "CONTHOURS does not apply to this contract and is not used"
        "give AVGHOURS instead";
    ASC_AVGHOURS Warning "workers.average_hours.ignored"
        "AVGHOURS does not apply to this contract and is not used"
        "give CONTHOURS instead";
    ASC_HOURS Warning "workers.contracted_hours.form"
        "hours are not 0 to 75 in whole or half hours; the value is not used"
        "give hours a week from 0 to 75, in whole or half hours";
    ASC_RENAMED Error "workers.worker_ref.renamed"
        "CHGUNIQUEWRKID has more than 49 characters"
        "give the new reference with at most 49 characters";
    ASC_TRANSFER Warning "workers.workplace_id.transfer"
        "TRANSFERSTAFFRECORD counts only with STATUS UPDATE and is not used"
        "set STATUS to UPDATE, or leave TRANSFERSTAFFRECORD empty";
    ASC_LISTS Error "flows.lists.length"
        "a list of counts is not as long as the list of roles"
        "give one count for each role listed, or the single code for not known";
    ASC_COUNTS Error "flows.lists.count"
        "a count in a list is not a whole number in its range"
        "give whole numbers, or the code for not known";
    ASC_ROLES Error "flows.lists.role"
        "the list of roles holds a role that is not known"
        "use the role codes of the layout; `paybench describe layouts NAME` lists them";
    [Table]
    DUPLICATE Error "row.duplicate_key"
        "another row has the same key, so neither is accepted"
        "keep the one row that is right; where both are, give each an id or reference of its own";
    WORKPLACE_MISSING Error "row.workplace"
        "the workplace is not among the accepted workplaces of this return"
        "add the workplace to the workplaces file, mend its errors, or mend the row's workplace_id";
    TWO_RETURNS Error "workplaces.two_returns"
        "the workplace stands in two returns of the period"
        "leave it in the one return that it belongs to; where a folder was renamed, take out the old return with paybench withdraw";
    TOTAL_STAFF Warning "workplaces.total_staff.rows"
        "total_staff is not the number of rows in the workers file"
        "send a row for each worker of every contract, or mend total_staff";
    PERIOD_WORKER Warning "pay_periods.worker.missing"
        "the worker is not in the workers file, so the age is not known"
        "add the worker, or mend worker_ref";
    APPRENTICESHIP_MISSING Warning "workers.apprenticeship_start.missing"
        "there are apprentices, and no column says when their apprenticeships began"
        "add the column apprenticeship_start: from 19 on, which minimum wage applies depends on it";
    FULL_TIME_SALARY Warning "workers.pay_rate.full_time_salary"
        "with at most four fifths of the full-time hours, the worker has the salary of a full-timer in the same role and workplace"
        "give the pay for the hours contracted, not for full-time hours";
    FLOWS_NO_WORKERS Warning "flows.role.no_workers"
        "by these counts the role has staff in post, and no worker has the role"
        "send the workers of the role, or mend the role or its counts";
    LEAVERS_STAFF Warning "flows.leavers.staff"
        "as many left in the year as the workplace has staff, or more"
        "confirm the leavers: one person once, and nobody who moved inside the provider";
    VACANCIES_STAFF Warning "flows.vacancies.staff"
        "as many posts are vacant as the workplace has staff, or more"
        "confirm the vacancies: posts that are empty at the period, not all of the year";
    LEAVERS_MOVED Warning "flows.leavers.moved"
        "as many left as were transferred to another workplace of the provider"
        "leave transfers out of the leavers: who moves inside the provider does not leave it";
    STARTERS_MOVED Warning "flows.starters.moved"
        "as many joined as were transferred from another workplace of the provider"
        "leave transfers out of the starters: who moves inside the provider does not join it";
    POINTS_BELOW Warning "pay_points.minimum_rate.workers"
        "workers of the role are paid less than the lowest rate"
        "mend minimum_rate, or the pay of these workers";
    POINTS_ABOVE Warning "pay_points.maximum_rate.workers"
        "workers of the role are paid more than the highest rate"
        "mend maximum_rate, or the pay of these workers";
    [Previous]
    TABLE_GONE Warning "return.table_missing"
        "the earlier version of the return had rows of tables that this one has no file of"
        "confirm that they are meant to go, or send the whole return again";
    OTHER_PROVIDER Error "return.other_provider"
        "the store has a return of the same name from another provider"
        "give the folder of this return a name of its own";
    PROVIDER_GONE Warning "return.provider_gone"
        "a provider of the earlier return of this name has no workplace in this one"
        "confirm that the provider is meant to go, or send its workplaces too";
    STAFF_CHANGED Warning "workers.provider_id.staff"
        "the provider has at most half the staff that it had before, or at least twice as many"
        "confirm that every worker is in the return, and once";
    RATES_UNCHANGED Warning "workers.pay_rate.unchanged"
        "no worker of the provider who was there about a year before has another rate now"
        "send the rates of this period, or confirm that nobody had a rise; where an award is not settled set pay_award_pending";
    RATE_TRIPLED Warning "workers.pay_rate.tripled"
        "the rate is at least three times what it was before, or at most a third of it"
        "check the rate, whether it is by the hour or by the year, and the hours";
}

/// Records a breach of `rule`; `detail` follows its message.
pub fn breach(
    rule: &Rule,
    findings: &mut RowFindings<'_>,
    column: Option<&str>,
    value: Option<&str>,
    detail: &str,
) {
    // Rules about any row take the name of the row's own table.
    let id = match rule.id.strip_prefix("row.") {
        Some(rest) => findings.id(rest),
        None => rule.id.into(),
    };
    let (message, fix) = (rule.told(detail), findings.in_its_words(rule.fix));
    findings.push(rule.severity, id, column, value, message, fix);
}

/// A row as the cross-field rules see it.
pub struct Row<'r, 'a> {
    /// The table.
    pub table: &'static Table,
    /// The typed values, in the table's order.
    pub values: &'r mut [Value<'a>],
    /// The cells that they were read from.
    pub cells: Cells<'r, 'a>,
    /// The header that the cells stand under; none for rows made of lists.
    pub binding: Option<&'r Binding>,
    /// The period, as days since 1970.
    pub period: i32,
}

impl<'a> Row<'_, 'a> {
    /// The value of a column; empty where the table has none of the name.
    #[must_use]
    #[inline]
    pub fn get(&self, column: &Named) -> Value<'a> {
        column
            .of(self.table)
            .and_then(|position| self.values.get(position).copied())
            .unwrap_or(Value::Empty)
    }
    /// Replaces the value of a column.
    #[inline]
    pub fn set(&mut self, column: &Named, value: Value<'a>) {
        if let Some(position) = column.of(self.table) {
            self.values[position] = value;
        }
    }
    /// Whether something stands in a column that is no mark for "not known".
    #[must_use]
    pub fn is_known(&self, column: &Named) -> bool {
        let cell = column.of(self.table).and_then(|at| self.cells.get(at));
        cell.is_some_and(|cell| !cell.text.is_empty())
    }
    /// Whether the file leaves out a column that its layout has.
    #[must_use]
    pub fn leaves_out(&self, column: &Named) -> bool {
        let Some(binding) = self.binding else {
            return false;
        };
        let position = column.of(self.table);
        if position.is_none_or(|position| !binding.columns[position].is_empty()) {
            return false;
        }
        let files = binding.layout.files.iter();
        let mut own = files
            .filter(|file| {
                file.table
                    .is_some_and(|table| table.name == self.table.name)
            })
            .peekable();
        let gives = |file: &FileLayout| file.columns.iter().any(|c| Some(c.position) == position);
        own.peek().is_none() || own.any(gives)
    }
    /// The text of a column in the file, where there is any.
    #[must_use]
    pub fn raw(&self, column: &Named) -> Option<&'a str> {
        column
            .of(self.table)
            .and_then(|position| self.cells.get(position))
            .map(|cell| cell.raw)
            .filter(|raw| !raw.is_empty())
    }
    /// What a wrong value of a column costs: its row, or itself alone.
    #[must_use]
    pub fn wrong(&self, column: &Named) -> Severity {
        let position = column.of(self.table);
        let source = position.and_then(|position| self.cells.get(position)?.source);
        source.map_or(Severity::Error, |source| source.wrong)
    }

    /// The name of a column in the file.
    #[must_use]
    pub fn name<'n>(&'n self, column: &'n Named) -> &'n str {
        column
            .of(self.table)
            .and_then(|position| self.cells.get(position)?.source)
            .map_or(column.name, |source| source.name.as_str())
    }
}
