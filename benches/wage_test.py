#!/usr/bin/env python3
"""Times the statutory test of pay periods on one large return, beside DuckDB.

    wage_test.py [--workers 2000000] [--runs 3] [--paybench PATH] [--folder DIR]

The return of whole_commands.py, made again with one pay period a worker (same seed, same
bytes), is ingested once. Then, each in a process of its own, with wall clock, processor
time and peak resident memory:

    rows      paybench query wage_test --restricted to a CSV file, against the same
              arithmetic in DuckDB over the Parquet of the same store, also as CSV, but
              without the words of `reason`
    sectors   paybench query wage_test_sectors --restricted, against the same in DuckDB

The numbers of rows below, met and not known must be those of DuckDB, otherwise the exit
code is 1. The first round warms the page cache and is not counted.
"""

import argparse
import csv
import random
import statistics
import subprocess
import sys
from collections import Counter
from pathlib import Path

import whole_commands as whole

PAY_COLUMNS = (
    "provider_id,workplace_id,worker_ref,period_start,period_end,work_type,hours_work,hours_travel,hours_waiting,"
    "hours_training,hours_awake_sleep_in,gross_pay,premium,allowances,absence_pay,tips,expenses,deductions_own_use,"
    "job_spending,accommodation_days,accommodation_charge"
)
# Months and weeks before and after a change of rates.
PERIODS = [
    ("2026-03-01", "2026-03-31"),
    ("2026-02-01", "2026-02-28"),
    ("2025-04-01", "2025-04-30"),
    ("2025-03-25", "2025-03-31"),
    ("2024-03-31", "2024-04-27"),
]


def pay_text(rng: random.Random) -> str:
    """Everything about a pay period that does not name the worker."""

    def some(share: float, low: int, high: int) -> str:
        return whole.hundredths(rng.randint(low, high)) if rng.random() < share else ""

    start, end = rng.choice(PERIODS)
    hours = rng.randint(2_000, 17_000)
    gross = hours * rng.randint(1_150, 1_500) // 100
    days = rng.randint(1, 28) if rng.random() < 0.02 else 0
    return ",".join(
        [
            start,
            end,
            rng.choices(["time", "salaried", "output", "unmeasured", ""], [80, 12, 2, 3, 3])[0],
            whole.hundredths(hours) if rng.random() < 0.98 else "",
            some(0.7, 0, 2_000),
            some(0.8, 0, 600),
            some(0.3, 0, 800),
            some(0.1, 0, 400),
            whole.hundredths(gross) if rng.random() < 0.98 else "",
            some(0.3, 0, 9_000),
            some(0.1, 0, 6_000),
            some(0.1, 0, 20_000),
            "",
            some(0.2, 0, 9_000),
            some(0.05, 0, 5_000),
            some(0.05, 0, 4_000),
            str(days or ""),
            rng.choice(["free", "100.00", "250.00"]) if days else "",
        ]
    )


def generate(folder: str, workers: str) -> None:
    whole.write_return(Path(folder), int(workers))
    rng = random.Random(whole.SEED)
    pool = [pay_text(rng) for _ in range(50_000)]
    with (
        (Path(folder) / "workers.csv").open(encoding="utf-8") as jobs,
        (Path(folder) / "pay_periods.csv").open("w", encoding="utf-8", newline="") as out,
    ):
        next(jobs)
        out.write(PAY_COLUMNS + "\n")
        out.writelines(f"{','.join(job.split(',', 3)[:3])},{rng.choice(pool)}\n" for job in jobs)


# --- The same work in DuckDB --------------------------------------------------------

# A rate is possible for every age where none is known, and with or without the apprenticeship.
VERDICTS = """
CREATE VIEW verdicts AS
WITH starts AS (
    SELECT d.period_start, max(f.effective_from) FILTER (WHERE f.scheme = 'nlw_nmw') AS rates_from,
        arg_max(f.rate, f.effective_from) FILTER (WHERE f.scheme = 'accommodation_offset') AS daily_offset
    FROM (SELECT DISTINCT period_start FROM pay_periods) AS d, wage_floors AS f
    WHERE f.effective_from <= d.period_start
    GROUP BY d.period_start
),
workers_then AS (
    SELECT DISTINCT period_start, age, apprenticeship, apprenticeship_start + INTERVAL 12 MONTH > period_start AS first_year
    FROM pay_periods
),
possible AS (
    SELECT w.*, min(f.rate) AS lowest, max(f.rate) AS highest
    FROM workers_then AS w
    JOIN starts AS s USING (period_start)
    JOIN wage_floors AS f ON f.scheme = 'nlw_nmw' AND f.effective_from = s.rates_from
        AND coalesce(w.age BETWEEN greatest(coalesce(f.min_age, 0), 16) AND coalesce(f.max_age, 120), true)
        AND CASE
            WHEN f.band = 'apprentice'
                THEN w.apprenticeship IS DISTINCT FROM 'none' AND (coalesce(w.age, 16) < 19 OR coalesce(w.first_year, true))
            ELSE w.apprenticeship IS DISTINCT FROM 'apprentice'
                OR (NOT w.first_year AND coalesce(w.age, coalesce(f.max_age, 120)) >= 19)
        END
    GROUP BY ALL
),
counted AS (
    SELECT t.provider_id, t.workplace_id, t.worker_key, t.period_start, t.period_end, p.sector, r.lowest, r.highest,
        t.gross_pay - coalesce(t.premium, 0) - coalesce(t.allowances, 0) - coalesce(t.absence_pay, 0)
            - coalesce(t.tips, 0) - coalesce(t.expenses, 0) - coalesce(t.deductions_own_use, 0)
            - coalesce(t.job_spending, 0)
            + CASE
                WHEN t.accommodation_free THEN s.daily_offset * coalesce(t.accommodation_days, 0)
                ELSE -greatest(coalesce(t.accommodation_charge, 0) - s.daily_offset * coalesce(t.accommodation_days, 0), 0)
            END AS pay,
        t.hours_work + coalesce(t.hours_travel, 0) + coalesce(t.hours_waiting, 0) + coalesce(t.hours_training, 0)
            + coalesce(t.hours_awake_sleep_in, 0) AS hours,
        coalesce(p.service IN ('domiciliary', 'supported_living', 'extra_care'), true)
            AND (t.hours_travel IS NULL OR t.hours_waiting IS NULL) AS incomplete
    FROM pay_periods AS t
    JOIN workplaces AS p USING (provider_id, workplace_id)
    JOIN starts AS s USING (period_start)
    LEFT JOIN possible AS r ON r.period_start = t.period_start AND r.age IS NOT DISTINCT FROM t.age
        AND r.apprenticeship IS NOT DISTINCT FROM t.apprenticeship
        AND r.first_year IS NOT DISTINCT FROM (t.apprenticeship_start + INTERVAL 12 MONTH > t.period_start)
)
SELECT *,
    CASE
        WHEN pay IS NULL OR coalesce(hours, 0) = 0 OR period_end - period_start > 30 OR lowest IS NULL THEN 'cannot_tell'
        WHEN pay < lowest * hours THEN 'below'
        WHEN pay < highest * hours OR incomplete THEN 'cannot_tell'
        ELSE 'meets'
    END AS result
FROM counted
"""
ROWS = """
SELECT provider_id, workplace_id, worker_key, period_start, period_end, lowest AS floor, pay, hours,
    round(CAST(pay AS DECIMAL(38, 10)) / nullif(hours, 0), 4) AS effective_rate, result,
    CASE result WHEN 'below' THEN ceil((lowest * hours - pay) * 100) / 100 WHEN 'meets' THEN 0 END AS shortfall
FROM verdicts
ORDER BY provider_id, workplace_id, worker_key, period_start
"""
SECTORS = """
WITH by_worker AS (
    SELECT sector, bool_or(result = 'below') AS below, bool_or(result = 'cannot_tell') AS unsure
    FROM verdicts
    GROUP BY provider_id, workplace_id, worker_key, sector
)
SELECT s.sector, count(*) FILTER (WHERE below OR NOT unsure) AS tested, count(*) FILTER (WHERE below) AS below,
    count(*) FILTER (WHERE unsure AND NOT below) AS cannot_tell
FROM by_worker AS w, unnest(sector_groups(w.sector)) AS s(sector)
GROUP BY s.sector
ORDER BY s.sector
"""


def duckdb_query(store: str, out: str, sql: str) -> None:
    sys.dont_write_bytecode = True  # leave no cache folder among the tests
    sys.path.insert(0, str(whole.HERE.parent / "tests" / "oracle"))
    import compare_with_duckdb as oracle

    connection, _ = oracle.open_edition(Path(store), None)
    connection.execute(VERDICTS)
    connection.execute(f"COPY ({sql}) TO '{out}' (HEADER)")


STEPS = {
    "generate": generate,
    "duckdb-rows": lambda store, out: duckdb_query(store, out, ROWS),
    "duckdb-sectors": lambda store, out: duckdb_query(store, out, SECTORS),
}


# --- Measuring ----------------------------------------------------------------------


def results(file: Path, columns: tuple[str, ...]) -> Counter:
    with file.open(encoding="utf-8", newline="") as lines:
        return Counter(tuple(row[column] for column in columns) for row in csv.DictReader(lines))


def main() -> int:
    if len(sys.argv) > 1 and sys.argv[1] in STEPS:
        STEPS[sys.argv[1]](*sys.argv[2:])
        return 0
    parser = argparse.ArgumentParser(description="Times the statutory test of pay periods beside DuckDB.")
    parser.add_argument("--workers", type=int, default=2_000_000)
    parser.add_argument("--runs", type=int, default=3, help="counted rounds, after one that is not")
    parser.add_argument("--paybench", type=Path, default=whole.target_folder() / "release" / "paybench")
    parser.add_argument("--folder", type=Path, default=whole.target_folder() / "bench-wage-test")
    arguments = parser.parse_args()
    folder, paybench = arguments.folder.resolve(), arguments.paybench.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    log, store = folder / "log", folder / "store"
    own = [sys.executable, str(Path(__file__).resolve())]
    made = folder / f"store-{arguments.workers}"
    if not made.exists():
        for path in (folder / "return", store, folder / "key"):
            whole.remove(path)
        subprocess.run([*own, "generate", str(folder / "return"), str(arguments.workers)], check=True)
        period = whole.PERIOD.isoformat()
        ingest = [str(paybench), "ingest", str(folder / "return"), "--period", period, "--quiet"]
        whole.measure([*ingest, "--store", str(store), "--key-file", str(folder / "key")], log)
        made.touch()
    query = [str(paybench), "query", "--restricted", "--format", "csv", "--store", str(store), "--output"]
    commands = {
        ("rows", "paybench"): [*query, str(folder / "rows-paybench.csv"), "wage_test"],
        ("rows", "DuckDB"): [*own, "duckdb-rows", str(store), str(folder / "rows-DuckDB.csv")],
        ("sectors", "paybench"): [*query, str(folder / "sectors-paybench.csv"), "wage_test_sectors"],
        ("sectors", "DuckDB"): [*own, "duckdb-sectors", str(store), str(folder / "sectors-DuckDB.csv")],
    }
    times: dict[tuple, list] = {step: [] for step in commands}
    for turn in range(arguments.runs + 1):
        for step, command in commands.items():
            measured = whole.measure(command, log)
            if turn > 0:
                times[step].append(measured)
    print(f"{arguments.workers} pay periods, medians of {arguments.runs} runs")
    print("| step | program | seconds | processor seconds | peak MiB |")
    print("| --- | --- | ---: | ---: | ---: |")
    for (step, program), runs in times.items():
        wall, processor, peak = (statistics.median(values) for values in zip(*runs))
        print(f"| {step} | {program} | {wall:.2f} | {processor:.2f} | {peak:.0f} |")
    for step, columns in (("rows", ("result",)), ("sectors", ("sector", "tested", "below", "cannot_tell"))):
        here, there = (results(folder / f"{step}-{program}.csv", columns) for program in ("paybench", "DuckDB"))
        if here != there:
            print(f"{step}: paybench and DuckDB differ: {here - there}, {there - here}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
