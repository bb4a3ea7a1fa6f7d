#!/usr/bin/env python3
"""Opens the Parquet files of a store and of releases with other tools.

    open_elsewhere.py PAYBENCH STORE RELEASE_DIR...

Of every table of the store's newest edition DuckDB, Polars, pandas and pyarrow must
read as many rows, and in each column as many values, and the same sum, or of texts and dates
the same first, last and number of different ones, as `paybench query` tells; of every table of a release the same values as its CSV file has. Decimals must
arrive as decimals. Each column of the store must carry what it means. R takes part
where Rscript and its package arrow are installed.

One line is printed a tool. The exit code is 0 where all is equal, 1 otherwise.
"""

import csv
import io
import json
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas
import polars
import pyarrow
import pyarrow.compute
import pyarrow.parquet

R_SCRIPT = """
library(arrow)
for (path in commandArgs(TRUE)) {
    table <- read_parquet(path, as_data_frame = FALSE)
    known <- vapply(names(table), function(name) sum(!as.vector(is.na(table[[name]]))), 0)
    cat(nrow(table), known, sep = " ")
    cat("\\n")
}
"""


def counted(paybench, store, table, schema):
    """What paybench says of a table: rows, and of each column values and sum."""
    asked = ["count(*) AS n"]
    for at, field in enumerate(schema):
        asked.append(f'count("{field.name}") AS c{at}')
        if adds_up(field.type):
            asked.append(f'sum("{field.name}") AS s{at}')
        elif ordered(field.type):
            name = field.name
            asked.append(f'min("{name}") AS a{at}, max("{name}") AS z{at}, count(DISTINCT "{name}") AS d{at}')
    sql = f"SELECT {', '.join(asked)} FROM {table}"
    command = [paybench, "--quiet", "query", sql, "--store", store, "--format", "csv"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    (row,) = csv.DictReader(io.StringIO(ran.stdout))
    columns = {}
    for at, field in enumerate(schema):
        total = Decimal(row.get(f"s{at}") or 0)
        if ordered(field.type):
            total = span(row[f"a{at}"], row[f"z{at}"], int(row[f"d{at}"]))
        columns[field.name] = (int(row[f"c{at}"]), total)
    return int(row["n"]), columns


def ordered(kind):
    return pyarrow.types.is_date(kind) or pyarrow.types.is_string(kind)


def span(first, last, different):
    """The first and last value, and how many different ones there are."""
    return (str(first or ""), str(last or ""), different)


def adds_up(kind):
    return pyarrow.types.is_decimal(kind) or pyarrow.types.is_integer(kind)


def by_duckdb(path, schema):
    read = f"read_parquet('{path}')"
    ((rows,),) = duckdb.sql(f"SELECT count(*) FROM {read}").fetchall()
    columns = {}
    for field in schema:
        total = f'sum("{field.name}")' if adds_up(field.type) else "0"
        sql = f'SELECT count("{field.name}"), {total} FROM {read}'
        ((known, total),) = duckdb.sql(sql).fetchall()
        columns[field.name] = (known, Decimal(total or 0))
        if ordered(field.type):
            sql = f'SELECT min("{field.name}"), max("{field.name}"), count(DISTINCT "{field.name}") FROM {read}'
            (ends,) = duckdb.sql(sql).fetchall()
            columns[field.name] = (known, span(*ends))
    return rows, columns


def by_polars(path, schema):
    frame = polars.read_parquet(path)
    columns = {}
    for field in schema:
        column = frame[field.name]
        total = column.sum() if adds_up(field.type) else 0
        columns[field.name] = (len(column) - column.null_count(), Decimal(total or 0))
        if ordered(field.type):
            known = column.drop_nulls()
            columns[field.name] = (len(known), span(known.min(), known.max(), known.n_unique()))
    return frame.height, columns


def by_pandas(path, schema):
    frame = pandas.read_parquet(path, dtype_backend="pyarrow")
    columns = {}
    for field in schema:
        column = frame[field.name].dropna()
        total = sum(map(Decimal, column), Decimal(0)) if adds_up(field.type) else Decimal(0)
        columns[field.name] = (len(column), total)
        if ordered(field.type):
            ends = (column.min(), column.max()) if len(column) else ("", "")
            columns[field.name] = (len(column), span(*ends, column.nunique()))
    return len(frame), columns


def by_pyarrow(path, schema):
    table = pyarrow.parquet.read_table(path)
    columns = {}
    for field in schema:
        column = table[field.name]
        total = pyarrow.compute.sum(column).as_py() if adds_up(field.type) else 0
        columns[field.name] = (len(column) - column.null_count, Decimal(total or 0))
        if ordered(field.type):
            known = column.drop_null()
            ends = pyarrow.compute.min_max(known).as_py()
            different = pyarrow.compute.count_distinct(known).as_py()
            columns[field.name] = (len(known), span(ends["min"], ends["max"], different))
    return table.num_rows, columns


TOOLS = {
    f"DuckDB {duckdb.__version__}": by_duckdb,
    f"Polars {polars.__version__}": by_polars,
    f"pandas {pandas.__version__}": by_pandas,
    f"pyarrow {pyarrow.__version__}": by_pyarrow,
}


def text(value):
    """A value as the CSV files have it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def check_meanings(path):
    """Faults in what a file of the store says of itself."""
    schema = pyarrow.parquet.read_schema(path)
    faults = []
    for field in schema:
        if not (field.metadata or {}).get(b"description"):
            faults.append(f"{path}: {field.name} has no description")
        if pyarrow.types.is_decimal(field.type) and b"unit" not in (field.metadata or {}):
            faults.append(f"{path}: {field.name} has no unit")
    # DuckDB gives away what belongs to the file only.
    entries = duckdb.sql(f"SELECT key, value FROM parquet_kv_metadata('{path}')").fetchall()
    entries = {bytes(key).decode(): bytes(value).decode() for key, value in entries}
    if list(json.loads(entries["paybench.columns"])) != schema.names:
        faults.append(f"{path}: paybench.columns has other columns")
    if entries["paybench.table"] != Path(path).stem or not entries["paybench.description"]:
        faults.append(f"{path}: it does not say which table it is")
    return faults


def check_release(folder):
    """Faults of a release's Parquet files beside its CSV files, and how many there are."""
    faults, files = [], sorted(Path(folder, "tables").glob("*.parquet"))
    for path in files:
        with open(path.with_suffix(".csv"), newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        for tool, read in (
            ("DuckDB", duckdb.sql(f"SELECT * FROM read_parquet('{path}')").fetchall()),
            ("Polars", polars.read_parquet(path).rows()),
        ):
            if [[text(value) for value in row] for row in read] != rows:
                faults.append(f"{path}: {tool} does not read what its CSV file has")
        for tool, read in (
            ("pandas", pandas.read_parquet(path, dtype_backend="pyarrow")),
            ("pyarrow", pyarrow.parquet.read_table(path)),
        ):
            names = list(read.columns) if tool == "pandas" else read.column_names
            if names != header or len(read) != len(rows):
                faults.append(f"{path}: {tool} reads other rows or columns")
    return faults, len(files)


def check_r(paths, expected):
    """Faults that R finds; none where there is no R."""
    if not shutil.which("Rscript"):
        print("R: Rscript is not there, not compared")
        return []
    if subprocess.run(["Rscript", "-e", "library(arrow)"], capture_output=True).returncode:
        print("R: its package arrow is not there, not compared")
        return []
    ran = subprocess.run(
        ["Rscript", "-e", R_SCRIPT, *paths], capture_output=True, text=True, check=True
    )
    faults = []
    for path, line, (rows, columns) in zip(paths, ran.stdout.splitlines(), expected):
        wanted = [rows, *(known for known, _ in columns.values())]
        if [int(number) for number in line.split()] != wanted:
            faults.append(f"{path}: R counts otherwise")
    print(f"R: {len(paths)} tables of a store")
    return faults


def main(paybench, store, *releases):
    manifest = max(Path(store).glob("period=*/*.json"))
    files = json.loads(manifest.read_text(encoding="utf-8"))["files"]
    paths = [str(manifest.parent / file["name"]) for file in files]
    faults, expected = [], []
    for path in paths:
        schema = pyarrow.parquet.read_schema(path)
        faults += check_meanings(path)
        expected.append(counted(paybench, store, Path(path).stem, schema))
        for tool, read in TOOLS.items():
            if read(path, schema) != expected[-1]:
                faults.append(f"{path}: {tool} counts otherwise: {read(path, schema)}")
    for tool in TOOLS:
        print(f"{tool}: {len(paths)} tables of a store")
    if not sum(rows for rows, _ in expected):
        faults.append("the store is empty")
    faults += check_r(paths, expected)
    for release in releases:
        wrong, count = check_release(release)
        faults += wrong
        print(f"{release}: {count} tables of a release")
        if not count:
            faults.append(f"{release} has no tables")
    for fault in faults:
        print(f"open_elsewhere.py: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
