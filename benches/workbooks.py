#!/usr/bin/env python3
"""Times the ingest of many small workbooks beside Polars reading the same ones.

    workbooks.py [--workbooks 1000] [--workers 200] [--runs 3] [--paybench PATH] [--folder DIR]

Each workbook is one return: a sheet of one workplace, and one of its workers. Same seed, same cells.
Timed are whole commands, each in a process of its own with two threads:

    paybench  ingest of all workbooks: every check, keyed hashes, findings, Parquet, manifest
    Polars    both sheets of every workbook with fastexcel (its calamine engine), two at a time,
              the workers concatenated and written as Parquet (zstd): no check, nothing derived

Needs polars, fastexcel and xlsxwriter. The first round warms the page cache and is not counted.
"""

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

PERIOD = date(2026, 3, 31)
SEED = 20260331
THREADS = 2
ACCEPTED_EXITS = (0, 10, 20)  # done; done with warnings; done with rejected rows
ROLES = ["care_worker", "support_worker", "senior_care_worker", "registered_manager", "ancillary"]
TENURES = ["permanent", "temporary", "bank"]
PLACES = ["provider_id", "workplace_id", "provider_name", "sector", "service", "area_code", "total_staff", "full_time_hours"]
WORKERS = [
    "provider_id", "workplace_id", "worker_ref", "birth_date", "role", "tenure", "zero_hours",
    "contracted_hours", "average_hours", "start_date", "pay_basis", "pay_rate",
]


def day(rng, first, last):
    return first + timedelta(days=rng.randrange((last - first).days))


def write_workbooks(folder, count, workers):
    """Writes them unless they are there already."""
    import xlsxwriter

    done = folder / f"{count}x{workers}.done"
    if done.exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    rng = random.Random(SEED)
    for number in range(count):
        provider = f"P{number:05}"
        book = xlsxwriter.Workbook(folder / f"{provider}.xlsx")
        shown = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet = book.add_worksheet("workplaces")
        sheet.write_row(0, 0, PLACES)
        sector = rng.choice(["independent", "third_sector", "local_authority"])
        sheet.write_row(1, 0, [provider, "W1", f"Provider {number}", sector, "domiciliary", "W06000015", workers, 37.5])
        sheet = book.add_worksheet("workers")
        sheet.write_row(0, 0, WORKERS)
        for row in range(1, workers + 1):
            zero = rng.random() < 0.2
            sheet.write_row(row, 0, [provider, "W1", f"{number}-{row}"])
            sheet.write_datetime(row, 3, day(rng, date(1960, 1, 1), date(2006, 1, 1)), shown)
            sheet.write_row(row, 4, [rng.choice(ROLES), rng.choice(TENURES), "yes" if zero else "no"])
            sheet.write_number(row, 7, 0 if zero else rng.randrange(16, 76) / 2)
            sheet.write_number(row, 8, rng.randrange(16, 76) / 2)
            sheet.write_datetime(row, 9, day(rng, date(2015, 1, 1), PERIOD), shown)
            sheet.write_string(row, 10, "hourly")
            sheet.write_number(row, 11, rng.randrange(1221, 1700) / 100)
        book.close()
    done.touch()


POLARS = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import polars as pl

def read(path):
    sheets = pl.read_excel(path, sheet_name=["workplaces", "workers"], engine="calamine")
    return sheets["workers"]

with ThreadPoolExecutor({threads}) as pool:
    workers = pl.concat(pool.map(read, sorted(Path(sys.argv[1]).glob("*.xlsx"))))
workers.write_parquet(sys.argv[2], compression="zstd")
"""


def timed(command, folder, accepted=(0,)):
    """Wall seconds, processor seconds and peak MiB of one command."""
    environment = dict(os.environ, POLARS_MAX_THREADS=str(THREADS))
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = code = os.waitstatus_to_exitcode(status)
    if code not in accepted:
        sys.exit(f"{command[0]} ended with {code}: {errors.decode(errors='replace')[-2000:]}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    target = Path(os.environ.get("CARGO_TARGET_DIR", "target"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workbooks", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=200)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--paybench", type=Path, default=target / "release" / "paybench")
    parser.add_argument("--folder", type=Path, default=target / "bench-workbooks")
    parser.add_argument("--generate-only", action="store_true")
    args = parser.parse_args()
    folder = args.folder.resolve()
    books = folder / "returns"
    write_workbooks(books, args.workbooks, args.workers)
    if args.generate_only:
        return
    script = folder / "polars_read.py"
    script.write_text(POLARS.replace("{threads}", str(THREADS)), encoding="utf-8")
    paybench = [
        str(args.paybench.resolve()), "--quiet", "ingest", str(books), "--period", str(PERIOD),
        "--threads", str(THREADS), "--store", "store", "--key-file", "bench.key",
    ]
    programs = {
        "paybench": (paybench, ACCEPTED_EXITS),
        "Polars": ([sys.executable, str(script), str(books), "workers.parquet"], (0,)),
    }
    found = {name: [] for name in programs}
    for run in range(args.runs + 1):
        for name, (command, accepted) in programs.items():
            shutil.rmtree(folder / "store", ignore_errors=True)
            (folder / "bench.key").unlink(missing_ok=True)
            taken = timed(command, folder, accepted)
            if run > 0:
                found[name].append(taken)
    print(f"{args.workbooks:,} workbooks of {args.workers} workers, {THREADS} threads, medians of {args.runs}")
    print(f"{'program':10} {'wall s':>8} {'fastest':>8} {'cpu s':>8} {'MiB':>8}")
    for name, runs in found.items():
        wall, cpu, memory = (statistics.median(column) for column in zip(*runs))
        print(f"{name:10} {wall:8.2f} {min(run[0] for run in runs):8.2f} {cpu:8.2f} {memory:8.0f}")
    ratio = statistics.median(r[0] for r in found["paybench"]) / statistics.median(r[0] for r in found["Polars"])
    print(f"paybench is {ratio:.2f} x")


if __name__ == "__main__":
    main()
