#!/usr/bin/env python3
"""Times short questions to a large store beside DuckDB's command line on the same Parquet file.

    one_query.py [--runs 30] [--paybench PATH] [--store DIR] [--duckdb PATH]

The store is the one that whole_commands.py leaves: run that first. Timed are whole commands, in
turns, from starting the process to its end: `paybench --version`, and aggregates over all workers.
They run in the folder of the store: from one with `queries` in it, its files would be read too.
DuckDB is the binary itself, not the Python script that PyPI's duckdb-cli puts on the path. Both are
timed as copies, as an installation makes them: where the pages of a file came to lie in memory makes
a difference of a tenth. Both must tell the same counts. Ends with 1 where they do not.
"""

import argparse
import csv
import importlib.util
import io
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ASKED = {
    "workers by role": "SELECT role, count(*) AS n FROM {} GROUP BY role ORDER BY role",
    "mean rate by role": "SELECT role, count(*) AS n, avg(pay_rate) AS m FROM {} GROUP BY role ORDER BY role",
}


def target():
    return Path(os.environ.get("CARGO_TARGET_DIR") or Path(__file__).resolve().parent.parent / "target")


def packaged():
    """The binary that the package duckdb-cli holds."""
    found = importlib.util.find_spec("duckdb_cli")
    return Path(found.origin).parent / "duckdb" if found else Path("duckdb")


def copied(binary, folder):
    """A copy of a binary, which is found on the path where it is no file."""
    found = shutil.which(binary) or sys.exit(f"{binary} is not there")
    return Path(shutil.copy(found, folder))


def timed(command, folder):
    began = time.perf_counter()
    ran = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    took = (time.perf_counter() - began) * 1000
    if ran.returncode:
        sys.exit(f"{command}: {ran.stderr}")
    return took, ran.stdout


def counts(text):
    return [(row["role"], row["n"]) for row in csv.DictReader(io.StringIO(text))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--paybench", type=Path, default=target() / "release/paybench")
    parser.add_argument("--store", type=Path, default=target() / "bench-data/store")
    parser.add_argument("--duckdb", type=Path, default=packaged())
    args = parser.parse_args()
    store = args.store.resolve()
    copies = tempfile.TemporaryDirectory()
    paybench, duckdb = (copied(binary, copies.name) for binary in (args.paybench, args.duckdb))
    files = sorted(store.glob("period=*/*/workers.parquet"))
    if not files:
        sys.exit(f"{args.store} has no edition: run whole_commands.py first")
    version = [timed([paybench, "--version"], store)[0] for _ in range(args.runs)]
    print(f"paybench --version: {statistics.median(version):.1f} ms")
    different = False
    for name, sql in ASKED.items():
        commands = {
            "paybench": [paybench, "-q", "query", sql.format("workers"), "--store", store, "--format", "csv"],
            "duckdb": [duckdb, "-csv", "-c", sql.format(f"'{files[-1]}'")],
        }
        taken, told = {who: [] for who in commands}, {}
        for turn in range(args.runs + 1):
            for who, command in commands.items():
                took, told[who] = timed(command, store)
                if turn:
                    taken[who].append(took)
        different |= counts(told["paybench"]) != counts(told["duckdb"])
        ours, theirs = (statistics.median(taken[who]) for who in commands)
        print(f"{name}: paybench {ours:.1f} ms, DuckDB {theirs:.1f} ms: {ours / theirs:.2f} x")
    if different:
        sys.exit("the two tell different counts")


if __name__ == "__main__":
    main()
