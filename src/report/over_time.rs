//! Turnover over time, drawn as one line a sector on one scale.

use serde::Serialize;

use super::chart::{self, Amount, Axis};
use super::facts::TableFacts;
use super::figures::Figure;
use super::tables::SECTORS;
use crate::compare::table::Value;
use crate::model::date;

/// The measure that is drawn; the table has all of them.
const DRAWN: &str = "turnover_closing";
/// Tenths of the text size from one sector of the drawing to the next.
const ROW: i128 = 70;
/// How high a line may be, of that.
const LINE: i128 = 34;
/// Where the first and last period are, in hundredths of a per cent: figures
/// beside them need room.
const EDGES: (i128, i128) = (800, 9_200);

/// One measure of all jobs over the periods, by sector.
#[derive(Clone, Debug, Serialize)]
pub struct OverTime {
    measure: &'static str,
    /// The periods in words, oldest first.
    periods: Vec<Period>,
    rows: Vec<SectorRow>,
    chart: Option<LineChart>,
}

#[derive(Clone, Debug, Serialize)]
struct Period {
    /// As the table has it.
    date: String,
    words: String,
}

#[derive(Clone, Debug, Serialize)]
struct SectorRow {
    sector: String,
    /// One a period; none where its release had no such row.
    cells: Vec<Option<Figure>>,
}

/// A line a sector; a withheld figure is a gap.
#[derive(Clone, Debug, Serialize)]
struct LineChart {
    height: String,
    tick_y: String,
    ticks: Vec<Tick>,
    rows: Vec<Line>,
}

#[derive(Clone, Debug, Serialize)]
struct Tick {
    x: String,
    anchor: &'static str,
    words: String,
}

#[derive(Clone, Debug, Serialize)]
struct Line {
    sector: String,
    label_y: String,
    /// The line of nought.
    nought_y: String,
    segments: Vec<[String; 4]>,
    dots: Vec<Dot>,
}

#[derive(Clone, Debug, Serialize)]
struct Dot {
    x: String,
    y: String,
    /// The figure above its dot, where it has one.
    label: Option<String>,
    label_y: String,
}

impl OverTime {
    /// What the table says of all jobs; none where it tells of fewer than two periods.
    #[must_use]
    pub fn new(table: &TableFacts<'_>) -> Option<OverTime> {
        let of_all = |row: &&Vec<Value>| {
            table.text(row, "role_group") == "all" && table.text(row, "measure") == DRAWN
        };
        let rows: Vec<&Vec<Value>> = table.table.rows.iter().filter(of_all).collect();
        let mut days: Vec<i32> = rows.iter().filter_map(|row| day(table, row)).collect();
        days.sort_unstable();
        days.dedup();
        if days.len() < 2 {
            return None;
        }
        let find = |sector: &str, at: i32| {
            let mut rows = rows.iter();
            rows.find(|row| table.text(row, "sector") == sector && day(table, row) == Some(at))
        };
        let sectors: Vec<&str> = SECTORS
            .into_iter()
            .filter(|sector| days.iter().any(|at| find(sector, *at).is_some()))
            .collect();
        let cells = |sector: &str| -> Vec<Option<Figure>> {
            let cell = |at: &i32| Some(table.figure(find(sector, *at)?, "rate_pct"));
            days.iter().map(cell).collect()
        };
        let amounts = |sector: &str| -> Vec<Option<Amount>> {
            let amount = |at: &i32| Amount::of(table.value(find(sector, *at)?, "rate_pct"));
            days.iter().map(amount).collect()
        };
        let series = |sector: &&str| Series {
            sector: (*sector).to_owned(),
            amounts: amounts(sector),
            cells: cells(sector),
        };
        let drawn: Vec<Series> = sectors.iter().map(series).collect();
        Some(OverTime {
            measure: DRAWN,
            periods: days.iter().map(|at| Period::new(*at)).collect(),
            chart: LineChart::new(&days, &drawn),
            rows: drawn
                .into_iter()
                .map(|series| SectorRow {
                    sector: series.sector,
                    cells: series.cells,
                })
                .collect(),
        })
    }
}

/// The figures of a sector, one a period.
struct Series {
    sector: String,
    amounts: Vec<Option<Amount>>,
    cells: Vec<Option<Figure>>,
}

fn day(table: &TableFacts<'_>, row: &[Value]) -> Option<i32> {
    match table.value(row, "period") {
        Value::Date(days) => Some(*days),
        _ => None,
    }
}

impl Period {
    fn new(days: i32) -> Period {
        let day = date::from_days(days);
        Period {
            date: day.map(|day| day.to_string()).unwrap_or_default(),
            words: day.map(date::in_words).unwrap_or_default(),
        }
    }
}

/// Days to places from left to right, amounts to places from the line of nought up.
struct Scale {
    first: i32,
    last: i32,
    axis: Axis,
}

impl Scale {
    fn x(&self, day: i32) -> i128 {
        let (from, to) = EDGES;
        let [past, whole] = [day - self.first, self.last - self.first].map(i128::from);
        from + (to - from) * past / whole
    }

    /// In the band of a sector that begins at `top`, below its name.
    fn y(&self, amount: Amount, top: i128) -> i128 {
        top + ROW - 4 - self.axis.place(amount) * LINE / chart::FULL
    }
}

impl LineChart {
    /// Lines on one scale from nought; none where there is nothing to connect.
    fn new(days: &[i32], drawn: &[Series]) -> Option<LineChart> {
        let known = |series: &Series| series.amounts.iter().flatten().count();
        if drawn.iter().all(|series| known(series) < 2) {
            return None;
        }
        let all = drawn.iter().flat_map(|series| series.amounts.iter());
        let mut all: Vec<Amount> = all.copied().flatten().collect();
        all.push(Amount(0));
        let scale = Scale {
            first: *days.first()?,
            last: *days.last()?,
            axis: Axis::covering(&all)?,
        };
        let tops = (0..).map(|row| row * ROW);
        let rows = drawn.iter().zip(tops);
        let rows: Vec<Line> = rows
            .map(|(series, top)| Line::new(series, days, &scale, top))
            .collect();
        let bottom = i128::try_from(rows.len()).unwrap_or(0) * ROW;
        let ends = [(scale.first, "start", 0), (scale.last, "end", chart::FULL)];
        Some(LineChart {
            height: chart::height(bottom + 24),
            tick_y: chart::height(bottom + 18),
            ticks: ends
                .map(|(day, anchor, place)| Tick {
                    x: chart::percent(place),
                    anchor,
                    words: Period::new(day).words,
                })
                .into(),
            rows,
        })
    }
}

impl Line {
    fn new(series: &Series, days: &[i32], scale: &Scale, top: i128) -> Line {
        let mut dots = Vec::new();
        let mut segments = Vec::new();
        let mut before: Option<(i128, i128)> = None;
        for ((day, amount), cell) in days.iter().zip(&series.amounts).zip(&series.cells) {
            let place = amount.map(|amount| (scale.x(*day), scale.y(amount, top)));
            if let (Some((x1, y1)), Some((x2, y2))) = (before, place) {
                segments.push([
                    chart::percent(x1),
                    chart::height(y1),
                    chart::percent(x2),
                    chart::height(y2),
                ]);
            }
            if let (Some((x, y)), Some(cell)) = (place, cell) {
                // Between the ends figures would stand on each other: the table has them.
                let is_end = [scale.first, scale.last].contains(day);
                dots.push(Dot {
                    x: chart::percent(x),
                    y: chart::height(y),
                    label: is_end.then(|| cell.text.clone()),
                    label_y: chart::height(y - 7),
                });
            }
            before = place;
        }
        Line {
            sector: series.sector.clone(),
            label_y: chart::height(top + 12),
            nought_y: chart::height(scale.y(Amount(0), top)),
            segments,
            dots,
        }
    }
}
