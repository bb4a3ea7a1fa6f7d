#!/usr/bin/env python3
"""Times the ingest of many small returns, beside DuckDB and Polars doing the same work.

    many_returns.py [--returns 28000] [--workers 60] [--runs 3] [--paybench PATH] [--folder DIR]

Each return is a folder with workplaces.csv and workers.csv (same seed, same bytes):

    ingest    paybench ingest of all of them, against reading every workers.csv by a
              pattern, each column typed as declared, the path kept, and writing one
              Parquet file (zstd) with DuckDB and with Polars
    late      paybench ingest of one return more into the same period: what a late
              return costs

Rounds, measures and the table are those of whole_commands.py.
"""

import argparse
import random
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
import whole_commands as whole


def write_returns(folder: Path, returns: int, workers: int) -> None:
    rng = random.Random(whole.SEED)
    pools = {name: [whole.job_text(rng, low, spread) for _ in range(5_000)] for name, _, low, spread in whole.SECTORS}
    births = [whole.days_ago(rng.randint(365 * 19, 365 * 68)) for _ in range(12_000)]
    for number in range(returns):
        sector = rng.choices([s[0] for s in whole.SECTORS], [s[1] for s in whole.SECTORS])[0]
        service = rng.choices([s[0] for s in whole.SERVICES], [s[1] for s in whole.SERVICES])[0]
        place = folder / f"{number // 1000:03d}" / f"provider-{number:05d}"
        place.mkdir(parents=True)
        staff = max(1, int(workers * rng.uniform(0.3, 1.7)))
        workplace = whole.workplace_text(rng, number, number, sector, service, staff)
        (place / "workplaces.csv").write_text(f"{whole.WORKPLACE_COLUMNS}\n{workplace}\n", encoding="utf-8")
        head = f"P{number:04d},W{number:05d},"
        jobs = zip(range(staff), rng.choices(births, k=staff), rng.choices(pools[sector], k=staff))
        lines = "".join(f"{head}{n:08d},{born},{job}\n" for n, born, job in jobs)
        (place / "workers.csv").write_text(f"{whole.WORKER_COLUMNS}\n{lines}", encoding="utf-8")


def duckdb_ingest(source: str, target: str) -> None:
    import duckdb

    columns = {name: whole.WORKER_TYPES.get(name, whole.TEXT) for name in whole.WORKER_COLUMNS.split(",")}
    duckdb.execute(
        f"""COPY (SELECT * FROM read_csv('{source}/**/workers.csv', header = true, auto_detect = false, delim = ',',
        quote = '"', filename = true, columns = {columns})) TO '{target}' (FORMAT parquet, COMPRESSION zstd)"""
    )


def polars_ingest(source: str, target: str) -> None:
    import polars as pl

    types = {
        whole.TEXT: pl.String,
        whole.DATE: pl.Date,
        whole.YES_NO: pl.String,
        whole.HOURS: pl.Decimal(9, 4),
        whole.PAY: pl.Decimal(12, 4),
    }
    schema = {name: types[whole.WORKER_TYPES.get(name, whole.TEXT)] for name in whole.WORKER_COLUMNS.split(",")}
    answers = [name for name, kind in whole.WORKER_TYPES.items() if kind == whole.YES_NO]
    frame = pl.scan_csv(
        f"{source}/**/workers.csv", schema=schema, infer_schema=False, include_file_paths="source_file", glob=True
    )
    frame = frame.with_columns(pl.col(answers).replace_strict({"yes": True, "no": False}, return_dtype=pl.Boolean))
    frame.sink_parquet(target, compression="zstd")


STEPS = {"duckdb": duckdb_ingest, "polars": polars_ingest}


def main() -> int:
    if len(sys.argv) == 5 and sys.argv[1] == "--step":
        STEPS[sys.argv[2]](sys.argv[3], sys.argv[4])
        return 0
    parser = argparse.ArgumentParser(description="Times the ingest of many small returns beside other programs.")
    parser.add_argument("--returns", type=int, default=28_000)
    parser.add_argument("--workers", type=int, default=60, help="workers in a return, about (default 60)")
    parser.add_argument("--runs", type=int, default=3, help="counted rounds, after one to warm up (default 3)")
    parser.add_argument("--paybench", type=Path, default=whole.target_folder() / "release" / "paybench")
    parser.add_argument("--folder", type=Path, default=whole.target_folder() / "bench-many", help="where the files go")
    arguments = parser.parse_args()
    if min(arguments.returns, arguments.workers, arguments.runs) < 1:
        parser.error("--returns, --workers and --runs must be at least 1")
    if not arguments.paybench.is_file():
        parser.error(f"{arguments.paybench} is not there: build it with cargo build --release, or name it with --paybench")
    folder = arguments.folder.resolve()
    source = folder / f"returns-{arguments.returns}-{arguments.workers}"
    if not source.exists():
        half = folder / "half-written"
        whole.remove(half)
        write_returns(half / "all", arguments.returns, arguments.workers)
        write_returns(half / "late", 1, arguments.workers)
        half.rename(source)
    late = source / "late"
    # The late return is one of its own: another provider, another name.
    for file in late.rglob("*.csv"):
        file.write_text(file.read_text(encoding="utf-8").replace("P0000,W00000,", "P-late,W-late,"), encoding="utf-8")
    if (late / "000").exists():
        (late / "000" / "provider-00000").rename(late / "late-provider")
        (late / "000").rmdir()
    binary = arguments.paybench.resolve()
    store = folder / "store"
    options = ["--period", whole.PERIOD.isoformat(), "--store", str(store), "--key-file", str(folder / "key"), "--quiet"]
    other = [sys.executable, str(Path(__file__).resolve()), "--step"]
    steps = [
        ("ingest", "paybench", store, [str(binary), "ingest", str(source / "all"), *options]),
        ("late", "paybench", folder / "nothing", [str(binary), "ingest", str(late), *options]),
    ]
    for program in STEPS:
        if whole.version_of(program) is None:
            print(f"{program} is not installed and left out", file=sys.stderr)
            continue
        target = folder / f"{program}.parquet"
        steps.append(("ingest", program, target, [*other, program, str(source / "all"), str(target)]))
    results = whole.run_all(folder, steps, arguments.runs)
    version = subprocess.run([binary, "--version"], capture_output=True, text=True).stdout.strip()
    print(f"{arguments.returns} returns of about {arguments.workers} workers, median of {arguments.runs}")
    print(f"{whole.processor()}; {version}, DuckDB {whole.version_of('duckdb')}, Polars {whole.version_of('polars')}")
    print()
    print(whole.table_of(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
