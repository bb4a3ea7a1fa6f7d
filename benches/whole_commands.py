#!/usr/bin/env python3
"""Times whole commands on one large return, beside DuckDB and Polars doing the same work.

    whole_commands.py [--workers 2000000] [--runs 3] [--paybench PATH] [--folder DIR]

A return of made-up workers is written first (same seed, same bytes). Then, each in a
process of its own, with wall clock, processor time and peak resident memory:

    ingest    paybench ingest, against reading workers.csv, every column typed as
              declared, and writing it as Parquet (zstd) with DuckDB and with Polars
    compare   paybench compare of ten comparisons, restricted, against the same in DuckDB
              over the Parquet of the same store, written as CSV

Every run starts from an empty store or output folder. The first round warms the page
cache and is not counted. See README.md for what the other programs leave out.
"""

import argparse
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import time
from datetime import date, timedelta
from decimal import Decimal
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).resolve().parent
PERIOD = date(2026, 3, 31)
SEED = 20260331
PROVIDERS = 600
WORKPLACES = 6_000
ACCEPTED_EXITS = (0, 10, 20)  # done; done with warnings; done with rejected rows

# --- The return ---------------------------------------------------------------------

# sector, weight, lowest and spread of front-line hourly pay in pence
SECTORS = [
    ("independent", 66, 1221, 260),
    ("third_sector", 17, 1230, 240),
    ("local_authority", 11, 1290, 330),
    ("nhs", 5, 1251, 420),
    ("other", 1, 1221, 300),
]
# service, weight
SERVICES = [
    ("domiciliary", 32),
    ("residential", 28),
    ("nursing", 14),
    ("supported_living", 12),
    ("extra_care", 4),
    ("children_residential", 4),
    ("day", 3),
    ("community", 2),
    ("", 1),
]
# role, weight, pence above front-line pay, share paid by the year
ROLES = [
    ("care_worker", 52, 0, 0.02),
    ("support_worker", 14, 10, 0.02),
    ("residential_child_care_worker", 3, 60, 0.10),
    ("senior_care_worker", 9, 95, 0.06),
    ("team_leader", 2, 150, 0.15),
    ("supervisor", 2, 190, 0.30),
    ("deputy_manager", 1, 420, 0.70),
    ("registered_manager", 2, 720, 0.85),
    ("registered_nurse", 4, 800, 0.30),
    ("social_worker", 1, 850, 0.85),
    ("occupational_therapist", 1, 800, 0.80),
    ("activities_worker", 2, 15, 0.03),
    ("ancillary", 5, 0, 0.02),
    ("administrative", 2, 70, 0.30),
]
AREAS = ["W06000001", "W06000015", "W06000023", "W11000029", "E06000019", "E09000007", "E12000007", "E92000001", ""]
FULL_TIME_HOURS = ["35", "37", "37.5", "39", "40", ""]

WORKPLACE_COLUMNS = (
    "provider_id,workplace_id,provider_name,workplace_name,sector,service,regulator_id,area_code,total_staff,"
    "full_time_hours,pay_award_pending,travel_time_pay,travel_rate,sleep_in_pay,enhanced_sick_pay,"
    "pension_above_minimum,employer_pension_pct,annual_leave_days,weekend_enhancement_pct,overtime_enhancement_pct"
)
WORKER_COLUMNS = (
    "provider_id,workplace_id,worker_ref,birth_date,start_date,role,tenure,zero_hours,zero_hours_since,"
    "contracted_hours,average_hours,apprentice,apprenticeship_start,pay_basis,pay_rate,guaranteed_allowance,"
    "registered,regular_hours,offer_conditions_met,contract_offer_on,contract_offer_hours"
)
FLOW_COLUMNS = "provider_id,workplace_id,role,opening,starters,leavers,closing,vacancies,retained"


def days_ago(days: int) -> str:
    return (PERIOD - timedelta(days=days)).isoformat()


def hundredths(amount: int) -> str:
    return f"{amount // 100}.{amount % 100:02d}"


def job_text(rng: random.Random, lowest: int, spread: int) -> str:
    """Everything about a job that does not name the worker: start_date to contract_offer_hours."""
    began = rng.randint(0, rng.choice([300, 1_200, 8_000]))
    role, _, above, salaried = rng.choices(ROLES, [r[1] for r in ROLES])[0]
    tenure = rng.choices(
        ["permanent", "temporary", "fixed_term", "bank", "agency", "other", ""], [78, 3, 3, 9, 4, 1, 2]
    )[0]
    zero_hours = rng.random() < (0.8 if tenure == "bank" else 0.18)
    hours = rng.choices(["37.5", "37", "40", "30", "24", "20", "16", "12", "8", ""], [22, 12, 12, 14, 10, 10, 6, 5, 3, 6])[0]
    contracted = rng.choice(["0", ""]) if zero_hours else hours
    average = hundredths(rng.randint(600, 4400)) if rng.random() < 0.8 else ""
    spell = rng.randint(0, began)
    since = days_ago(spell) if zero_hours and rng.random() < 0.7 else ""
    rate = lowest + above + rng.choice([0, 0, 0, rng.randint(0, spread)])
    if rng.random() < 0.01:
        rate -= rng.randint(1, 60)
    if rng.random() < 0.03:
        basis, pay = "", ""
    elif rng.random() < salaried and contracted not in ("", "0"):
        basis, pay = "annual", str(int(Decimal(contracted) * rate * 365 / 700))
    else:
        basis, pay = "hourly", hundredths(rate)
    apprentice = rng.choices(["no", "yes", ""], [90, 2, 8])[0]
    apprenticeship = days_ago(min(began, rng.randint(0, 700))) if apprentice == "yes" and rng.random() < 0.8 else ""
    allowance = hundredths(rng.randint(10, 90)) if rng.random() < 0.05 else ""
    registered = rng.choices(["yes", "applied", "no", "not_required", ""], [60, 6, 6, 20, 8])[0]
    regular = rng.choice(["yes", "no", ""]) if zero_hours else ""
    met = rng.choice(["yes", "yes", "no", ""]) if zero_hours else ""
    offered = days_ago(rng.randint(0, spell)) if zero_hours and rng.random() < 0.4 else ""
    offer_hours = rng.choice(["16", "20", "24", "30"]) if offered else ""
    guarantee = rng.choices(["yes" if zero_hours else "no", "yes" if zero_hours else ""], [95, 5])[0]
    return ",".join(
        [
            days_ago(began) if rng.random() < 0.97 else "",
            role,
            tenure,
            guarantee,
            since,
            contracted,
            average,
            apprentice,
            apprenticeship,
            basis,
            pay,
            allowance,
            registered,
            regular,
            met,
            offered,
            offer_hours,
        ]
    )


def workplace_text(rng: random.Random, provider: int, place: int, sector: str, service: str, staff: int) -> str:
    area = rng.choices(AREAS, [18, 16, 12, 6, 18, 10, 2, 14, 4])[0]
    travel = rng.choice(["same_rate", "minimum_wage", "different_rate", "not_paid", "no_travel", ""])
    yes_no = ["yes", "no", ""]
    return ",".join(
        [
            f"P{provider:04d}",
            f"W{place:05d}",
            f"Made-up Care {provider:04d}",
            f"House {place:05d}",
            sector,
            service,
            f"R-{place:06d}",
            area,
            str(staff if rng.random() < 0.8 else staff + rng.randint(1, 9)),
            rng.choice(FULL_TIME_HOURS),
            rng.choice(yes_no),
            travel,
            "12.21" if travel == "different_rate" else "",
            rng.choice(["hourly", "flat", "unpaid", "no_sleep_ins", ""]),
            rng.choice(yes_no),
            rng.choice(yes_no),
            rng.choice(["3", "3.5", "5", "12.3", ""]),
            rng.choice(["20", "25", "28", "28.5", "33", ""]),
            rng.choice(["0", "10", "25", ""]),
            rng.choice(["0", "10", "50", ""]),
        ]
    )


def flow_text(rng: random.Random, provider: int, place: int, role: str, headcount: int) -> str:
    leavers = rng.randint(0, headcount // 2 + 1)
    starters = rng.randint(0, min(leavers + 2, headcount + leavers))
    opening = headcount + leavers - starters
    counts = [opening, starters, leavers, headcount, rng.randint(0, headcount // 8 + 1), max(opening - leavers, 0)]
    cells = ["" if rng.random() < 0.06 else str(count) for count in counts]
    return ",".join([f"P{provider:04d}", f"W{place:05d}", role, *cells])


def write_return(folder: Path, workers: int) -> None:
    """Streams the three files. Jobs are drawn from pools made beforehand, which keeps this quick."""
    rng = random.Random(SEED)
    folder.mkdir(parents=True)
    pools = {name: [job_text(rng, low, spread) for _ in range(20_000)] for name, _, low, spread in SECTORS}
    births = [days_ago(rng.randint(365 * 19, 365 * 68)) for _ in range(12_000)]
    births += [days_ago(rng.randint(365 * 16 + 30, 365 * 19)) for _ in range(250)] + [""] * 400
    places = max(1, min(WORKPLACES, workers // 20))
    providers = max(1, min(PROVIDERS, places // 5))
    provider_sectors = rng.choices([s[0] for s in SECTORS], [s[1] for s in SECTORS], k=providers)
    with (
        (folder / "workplaces.csv").open("w", encoding="utf-8", newline="") as workplaces,
        (folder / "workers.csv").open("w", encoding="utf-8", newline="") as jobs,
        (folder / "flows.csv").open("w", encoding="utf-8", newline="") as flows,
    ):
        workplaces.write(WORKPLACE_COLUMNS + "\n")
        jobs.write(WORKER_COLUMNS + "\n")
        flows.write(FLOW_COLUMNS + "\n")
        written = 0
        for place in range(places):
            provider = place % providers
            sector = provider_sectors[provider]
            staff = (workers - written) // (places - place)
            if place + 1 < places:
                staff = max(1, int(staff * rng.uniform(0.3, 1.7)))
            staff = min(staff, workers - written)
            drawn = list(
                zip(
                    range(written, written + staff),
                    rng.choices(births, k=staff),
                    rng.choices(pools[sector], k=staff),
                )
            )
            head = f"P{provider:04d},W{place:05d},"
            jobs.writelines([f"{head}{n:08d},{born},{job}\n" for n, born, job in drawn])
            service = rng.choices([s[0] for s in SERVICES], [s[1] for s in SERVICES])[0]
            workplaces.write(workplace_text(rng, provider, place, sector, service, staff) + "\n")
            roles = {}
            for _, _, job in drawn:
                role = job.split(",", 2)[1]
                roles[role] = roles.get(role, 0) + 1
            flows.writelines(flow_text(rng, provider, place, role, n) + "\n" for role, n in sorted(roles.items()))
            written += staff


# --- The same work in other programs -------------------------------------------------

TEXT, DATE, YES_NO = "VARCHAR", "DATE", "BOOLEAN"
HOURS, PAY = "DECIMAL(9,4)", "DECIMAL(12,4)"
WORKER_TYPES = {
    "birth_date": DATE,
    "start_date": DATE,
    "zero_hours": YES_NO,
    "zero_hours_since": DATE,
    "contracted_hours": HOURS,
    "average_hours": HOURS,
    "apprentice": YES_NO,
    "apprenticeship_start": DATE,
    "pay_rate": PAY,
    "guaranteed_allowance": HOURS,
    "regular_hours": YES_NO,
    "offer_conditions_met": YES_NO,
    "contract_offer_on": DATE,
    "contract_offer_hours": HOURS,
}


def duckdb_ingest(source: str, target: str) -> None:
    import duckdb

    columns = {name: WORKER_TYPES.get(name, TEXT) for name in WORKER_COLUMNS.split(",")}
    duckdb.execute(
        f"""COPY (SELECT * FROM read_csv('{source}', header = true, auto_detect = false, delim = ',', quote = '"',
        columns = {columns})) TO '{target}' (FORMAT parquet, COMPRESSION zstd)"""
    )


def polars_ingest(source: str, target: str) -> None:
    import polars as pl

    types = {TEXT: pl.String, DATE: pl.Date, YES_NO: pl.String, HOURS: pl.Decimal(9, 4), PAY: pl.Decimal(12, 4)}
    schema = {name: types[WORKER_TYPES.get(name, TEXT)] for name in WORKER_COLUMNS.split(",")}
    answers = [name for name, kind in WORKER_TYPES.items() if kind == YES_NO]
    frame = pl.scan_csv(source, schema=schema, try_parse_dates=False, infer_schema=False)
    frame = frame.with_columns(
        pl.col(answers).replace_strict({"yes": True, "no": False}, return_dtype=pl.Boolean)
    )
    frame.sink_parquet(target, compression="zstd")


# Quantiles at once over every grouping; the combined sector is a grouping of its own.
PAY_BY_SECTOR = """
WITH priced AS (
    SELECT role_group, sector, provider_id, CAST(hourly AS DECIMAL(18, 6)) AS rate,
        sector IN ('independent', 'third_sector') AS commissioned
    FROM jobs
    WHERE hourly IS NOT NULL AND NOT agency
)
SELECT coalesce(role_group, 'all') AS role_group,
    CASE WHEN grouping(sector) = 0 THEN sector WHEN grouping(commissioned) = 0 THEN 'commissioned' ELSE 'all' END
        AS sector,
    count(*) AS workers, count(DISTINCT provider_id) AS providers,
    round(quantile_cont(rate, 0.25), 4) AS p25_hourly,
    round(quantile_cont(rate, 0.5), 4) AS median_hourly,
    round(quantile_cont(rate, 0.75), 4) AS p75_hourly
FROM priced
GROUP BY GROUPING SETS (
    (role_group, sector), (role_group, commissioned), (role_group), (sector), (commissioned), ()
)
HAVING grouping(commissioned) = 1 OR commissioned
ORDER BY ALL
"""
PAY_GAP = """
SELECT r.role_group, r.sector AS reference_sector, f.sector AS focus_sector,
    r.workers AS reference_workers, f.workers AS focus_workers, r.median_hourly AS reference_median,
    f.median_hourly AS focus_median, r.median_hourly - f.median_hourly AS gap_pounds,
    round(100 * (r.median_hourly - f.median_hourly) / r.median_hourly, 2) AS focus_less_pct,
    round(100 * (r.median_hourly - f.median_hourly) / f.median_hourly, 2) AS reference_more_pct
FROM pay_by_sector AS r
JOIN pay_by_sector AS f ON f.role_group = r.role_group AND f.sector <> r.sector
WHERE r.role_group <> 'other' AND r.sector NOT IN ('all', 'commissioned') AND f.sector NOT IN ('all', 'commissioned')
ORDER BY ALL
"""


# What both sides compute.
COMPARED = [
    "pay_by_sector",
    "pay_gap",
    "pay_points",
    "contract_types",
    "turnover",
    "living_wage",
    "living_wage_providers",
    "zero_hours_rights",
    "conditions",
    "contract_audit",
]


def duckdb_compare(store: str, out: str) -> None:
    """Counts, sums and lists are the oracle's statements; quantiles are the built-in function."""
    sys.dont_write_bytecode = True  # leave no cache folder among the tests
    sys.path.insert(0, str(HERE.parent / "tests" / "oracle"))
    import compare_with_duckdb as oracle

    connection, _ = oracle.open_edition(Path(store), None)
    connection.execute(f"CREATE TABLE pay_by_sector AS {PAY_BY_SECTOR}")
    results = {
        "pay_by_sector": "FROM pay_by_sector",
        "pay_gap": PAY_GAP,
        "pay_points": f"SELECT * EXCLUDE (minima, maxima), quarter(minima, 2), quarter(maxima, 2) FROM ({oracle.PAY_POINTS})",
        "contract_types": oracle.CONTRACT_TYPES,
        "turnover": oracle.TURNOVER,
        "living_wage": oracle.LIVING_WAGE,
        "living_wage_providers": oracle.LIVING_WAGE_PROVIDERS,
        "zero_hours_rights": oracle.ZERO_HOURS_RIGHTS,
        "conditions": oracle.CONDITIONS,
        "contract_audit": oracle.CONTRACT_AUDIT,
    }
    Path(out).mkdir(parents=True)
    for name, sql in results.items():
        connection.execute(f"COPY (SELECT * FROM ({sql}) ORDER BY ALL) TO '{out}/{name}.csv' (HEADER)")


def generate(folder: str, workers: str) -> None:
    write_return(Path(folder), int(workers))


STEPS = {
    "generate": generate,
    "duckdb-ingest": duckdb_ingest,
    "polars-ingest": polars_ingest,
    "duckdb-compare": duckdb_compare,
}

# --- Measuring ----------------------------------------------------------------------


def measure(command: list[str], log: Path) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and peak resident MiB of one process.

    A child's peak starts at the size of the process that it was forked from, so this one stays small:
    it imports neither DuckDB nor Polars, and has the return written by a child too.
    """
    with log.open("ab") as output:
        started = time.perf_counter()
        child = subprocess.Popen(command, stdout=output, stderr=output)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - started
    code = child.returncode = os.waitstatus_to_exitcode(status)
    if code not in ACCEPTED_EXITS:
        raise SystemExit(f"{' '.join(command)} ended with {code}; see {log}")
    peak = usage.ru_maxrss / (1024 * 1024 if platform.system() == "Darwin" else 1024)
    return wall, usage.ru_utime + usage.ru_stime, peak


def version_of(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def target_folder() -> Path:
    return Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent / "target"))


def ensure_return(folder: Path, workers: int) -> None:
    """Writes the return unless it is there; the note of its size comes last, so a half-written one is redone."""
    written = folder / f"return-{workers}"
    if written.exists():
        return
    remove(folder / "return")
    for old in folder.glob("return-*"):
        old.unlink()
    started = time.perf_counter()
    command = [sys.executable, str(Path(__file__).resolve()), "--step", "generate", str(folder / "return"), str(workers)]
    subprocess.run(command, check=True)
    written.touch()
    print(f"return of {workers} workers written in {time.perf_counter() - started:.1f} s", file=sys.stderr)


def steps_to_time(folder: Path, paybench: Path, polars: bool) -> list[tuple[str, str, Path, list[str]]]:
    """What is timed: kind, program, what it writes and therefore is removed first, command."""
    source, store = folder / "return", folder / "store"
    other = [sys.executable, str(Path(__file__).resolve())]
    csv_file = str(source / "workers.csv")
    ingest = ["ingest", str(source), "--period", PERIOD.isoformat(), "--store", str(store), "--key-file", str(folder / "key"), "--quiet"]
    compare = ["compare", *COMPARED, "--restricted", "--store", str(store), "--out", str(folder / "out"), "--quiet"]
    by_duckdb, by_polars = folder / "duckdb.parquet", folder / "polars.parquet"
    steps = [
        ("ingest", "paybench", store, [str(paybench), *ingest]),
        ("ingest", "duckdb", by_duckdb, [*other, "--step", "duckdb-ingest", csv_file, str(by_duckdb)]),
    ]
    if polars:
        steps.append(("ingest", "polars", by_polars, [*other, "--step", "polars-ingest", csv_file, str(by_polars)]))
    steps += [
        ("compare", "paybench", folder / "out", [str(paybench), *compare]),
        (
            "compare",
            "duckdb",
            folder / "duckdb-out",
            [*other, "--step", "duckdb-compare", str(store), str(folder / "duckdb-out")],
        ),
    ]
    return steps


def run_all(folder: Path, steps: list, runs: int) -> dict[tuple[str, str], list[tuple[float, float, float]]]:
    """Rounds of all steps in turn, so that a busy minute does not fall on one program alone."""
    results = {(kind, program): [] for kind, program, _, _ in steps}
    for round_number in range(runs + 1):
        for kind, program, written, command in steps:
            remove(written)
            if (kind, program) == ("ingest", "paybench"):
                (folder / "key").unlink(missing_ok=True)  # a key belongs to one store
            result = measure(command, folder / "log.txt")
            print(f"round {round_number}: {kind} {program} {result[0]:.2f} s", file=sys.stderr)
            if round_number:
                results[kind, program].append(result)
    return results


def table_of(results: dict) -> str:
    lines = [f"{'step':8} {'program':9} {'wall s':>8} {'fastest':>8} {'cpu s':>8} {'peak MiB':>9} {'paybench is':>13}"]
    for (kind, program), measured in results.items():
        wall, cpu, peak = (statistics.median(m[i] for m in measured) for i in range(3))
        ours = results.get((kind, "paybench"))
        ratio = ""
        if program != "paybench" and ours:
            ratio = f"{statistics.median(m[0] for m in ours) / wall:.2f} x"
        fastest = min(m[0] for m in measured)
        lines.append(f"{kind:8} {program:9} {wall:8.2f} {fastest:8.2f} {cpu:8.2f} {peak:9.0f} {ratio:>13}")
    return "\n".join(lines)


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def main() -> int:
    if len(sys.argv) == 5 and sys.argv[1] == "--step":
        STEPS[sys.argv[2]](sys.argv[3], sys.argv[4])
        return 0
    parser = argparse.ArgumentParser(description="Times whole commands beside other programs.")
    parser.add_argument("--workers", type=int, default=2_000_000)
    parser.add_argument("--runs", type=int, default=3, help="counted rounds, after one to warm up (default 3)")
    parser.add_argument("--paybench", type=Path, default=target_folder() / "release" / "paybench")
    parser.add_argument("--folder", type=Path, default=target_folder() / "bench-data", help="where the files go")
    parser.add_argument("--generate-only", action="store_true", help="write the return and stop")
    arguments = parser.parse_args()
    if arguments.workers < 1 or arguments.runs < 1:
        parser.error("--workers and --runs must be at least 1")
    if not arguments.generate_only and not arguments.paybench.is_file():
        parser.error(f"{arguments.paybench} is not there: build it with cargo build --release, or name it with --paybench")
    folder = arguments.folder.resolve()
    ensure_return(folder, arguments.workers)
    if arguments.generate_only:
        return 0
    polars = version_of("polars")
    if version_of("duckdb") is None:
        raise SystemExit("DuckDB is needed: pip install -r tests/oracle/requirements.txt")
    binary = arguments.paybench.resolve()
    paybench = subprocess.run([binary, "--version"], capture_output=True, text=True).stdout.strip()
    steps = steps_to_time(folder, binary, polars is not None)
    results = run_all(folder, steps, arguments.runs)
    megabytes = (folder / "return" / "workers.csv").stat().st_size / 1e6
    print(f"{arguments.workers} workers ({megabytes:.0f} MB of CSV), median of {arguments.runs}")
    print(f"{processor()}, {len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()} cores")
    print(f"{paybench}, DuckDB {version_of('duckdb')}, Polars {polars or 'not installed'}, Python {platform.python_version()}")
    print()
    print(table_of(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
