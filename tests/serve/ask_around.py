#!/usr/bin/env python3
"""Asks `paybench serve` with psql, psycopg and ODBC.

    ask_around.py PAYBENCH

The working folder holds a store and `protected`, a release of its tables. One line is
printed a check. The exit code is 0 where all are met, 1 otherwise.
"""

import contextlib
import csv
import glob
import hashlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from decimal import Decimal, InvalidOperation
from pathlib import Path

import psycopg
import pyodbc

PAYBENCH = sys.argv[1]
PASSWORD = "correct horse battery staple"
# How psql writes yes and no.
FLAGS = {"t": "true", "f": "false"}
failures = 0


def check(what, met, seen=""):
    global failures
    print(f"{'ok    ' if met else 'FAILED'} {what}{'' if met else f': {seen}'}", flush=True)
    failures += not met


class Server:
    """A server on a free port, ended with the block."""

    def __init__(self, *options, host="127.0.0.1"):
        command = [PAYBENCH, "serve", "--listen", f"{host}:0", *options]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        line = self.process.stdout.readline()
        found = re.match(r"postgresql://[^ ]+:(\d+)/paybench serves edition \d+ of ", line)
        if not found:
            raise SystemExit(f"{command}: {line}{self.process.stderr.read()}")
        self.port = int(found[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)

    def address(self, **more):
        given = {"host": "127.0.0.1", "port": self.port, "dbname": "paybench", "user": "me"}
        return {**given, **more}

    def connect(self, **more):
        return psycopg.connect(**self.address(**more), autocommit=True)

    def psql(self, sql, **more):
        words = " ".join(f"{name}='{value}'" for name, value in self.address(**more).items())
        command = ["psql", "-X", "-v", "ON_ERROR_STOP=1", words, "-c", sql, "--csv"]
        ran = subprocess.run(command, capture_output=True, text=True)
        return ran.returncode, ran.stdout, ran.stderr

    def odbc(self):
        (driver,) = glob.glob("/usr/lib/*/odbc/psqlodbcw.so")
        words = f"Driver={driver};Server=127.0.0.1;Port={self.port};Database=paybench;Uid=me"
        return pyodbc.connect(words, autocommit=True)


def refused(*options, code, saying):
    ran = subprocess.run([PAYBENCH, "serve", *options], capture_output=True, text=True, timeout=60)
    met = ran.returncode == code and saying in ran.stderr
    check(f"{' '.join(options)}: refused", met, (ran.returncode, ran.stderr))


def tables():
    """The comparisons as their CSV files have them."""
    found = {}
    for path in sorted(Path("protected/tables").glob("*.csv")):
        with path.open(newline="") as file:
            header, *rows = csv.reader(file)
        found[path.stem] = (header, rows)
    return found


def text(value):
    """A value as the CSV files write it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def differences(got, expected):
    """What differs of two tables; numbers may be written with more noughts."""
    found = []
    if len(got) != len(expected):
        found.append(f"{len(got)} rows, not {len(expected)}")
    for at, (row, wanted) in enumerate(zip(got, expected)):
        for cell, right in zip(row, wanted, strict=True):
            if cell != right and not same_number(cell, right):
                found.append(f"row {at}: {cell!r}, not {right!r}")
    return found[:3]


def same_number(one, other):
    try:
        return Decimal(one) == Decimal(other)
    except InvalidOperation:
        return False


def digest(folder):
    """Names and bytes of every file."""
    total = hashlib.sha256()
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file():
            total.update(str(path).encode() + path.read_bytes())
    return total.hexdigest()


def everybody_reads_the_same(server, expected):
    with server.connect() as connection:
        for what, options in [("text", {}), ("binary", {"binary": True})]:
            wrong = []
            for name, (header, rows) in expected.items():
                cursor = connection.cursor(**options)
                cursor.execute(f"SELECT * FROM {name}")
                names = [column.name for column in cursor.description]
                got = [[text(value) for value in row] for row in cursor.fetchall()]
                found = differences([names, *got], [header, *rows])
                if found:
                    wrong.append((name, found))
            check(f"psycopg, {what}: {len(expected)} comparisons are those of compare", not wrong, wrong)
    wrong = []
    for name, (header, rows) in expected.items():
        _, out, error = server.psql(f"SELECT * FROM {name}")
        got = [[FLAGS.get(cell, cell) for cell in row] for row in csv.reader(io.StringIO(out))]
        found = differences(got, [header, *rows])
        if found:
            wrong.append((name, found, error))
    check(f"psql: {len(expected)} comparisons are those of compare", not wrong, wrong)
    wrong = []
    with contextlib.closing(server.odbc()) as connection:
        for name, (header, rows) in expected.items():
            cursor = connection.cursor()
            cursor.execute(f"SELECT * FROM {name}")
            names = [column[0] for column in cursor.description]
            got = [[text(value) for value in row] for row in cursor.fetchall()]
            found = differences([names, *got], [header, *rows])
            if found:
                wrong.append((name, found))
        check(f"ODBC: {len(expected)} comparisons are those of compare", not wrong, wrong)
        listed = {row.table_name for row in connection.cursor().tables(schema="public")}
        check("ODBC lists the tables", listed == set(expected), listed ^ set(expected))
        (name, (header, _)), *_ = expected.items()
        columns = [row.column_name for row in connection.cursor().columns(table=name)]
        check("ODBC lists the columns of a table", columns == header, columns)


def only_what_is_shown_is_seen(server, expected):
    code, out, error = server.psql(r"\dt")
    listed = {row[1] for row in csv.reader(io.StringIO(out)) if row[0] == "public"}
    check(r"psql \dt lists the comparisons and nothing else", listed == set(expected), (out, error))
    name, (header, _) = next(iter(expected.items()))
    code, out, error = server.psql(rf"\d {name}")
    check(r"psql \d names the columns", all(column in out for column in header), out + error)
    for table in ["workers", "workplaces", "returns", "rejects", "rate_doubt_rows"]:
        code, _, error = server.psql(f"SELECT * FROM {table}")
        check(f"{table} is not there", code != 0 and f"no table `{table}`" in error, error)
    code, _, error = server.psql("SELECT sectr FROM turnover")
    check("a name mistyped is told with the nearest", "there is sector" in error, error)


def nothing_is_written(server):
    for sql in [
        "INSERT INTO pay_gap VALUES (1)",
        "DELETE FROM pay_gap",
        "UPDATE pay_gap SET marker = ''",
        "DROP TABLE pay_gap",
        "CREATE TABLE mine AS SELECT 1",
        "CREATE VIEW mine AS SELECT 1",
        "SELECT 1 INTO mine",
        "COPY pay_gap TO 'mine.csv'",
        "CREATE EXTERNAL TABLE mine STORED AS CSV LOCATION '/etc/passwd'",
        "SET datafusion.runtime.memory_limit = '64G'",
        "SET datafusion.catalog.information_schema = false",
        "TRUNCATE pay_gap",
        "PREPARE mine AS DELETE FROM pay_gap",
        "DECLARE mine CURSOR FOR SELECT 1 INTO yours",
        "SELECT * FROM 'store/periods'",
        "SELECT * FROM read_csv('/etc/passwd')",
    ]:
        code, out, error = server.psql(sql)
        check(f"{sql}: refused by psql", code != 0 and "ERROR" in error, (code, out, error))
        with server.connect() as connection:
            try:
                connection.execute(sql, prepare=True)
                check(f"{sql}: refused when prepared", False, "done")
            except psycopg.Error as error:
                check(f"{sql}: refused when prepared", True, error)
    left = server.psql(r"\dt")[1]
    check("no table was made", "mine" not in left, left)


def guests_are_apart(server):
    with server.connect() as one, server.connect() as other:
        one.execute("SET TIME ZONE 'Asia/Tokyo'")
        (zone,) = other.execute("SHOW TIME ZONE").fetchone()
        check("a guest's time zone is its own", zone == "UTC", zone)
        with one.transaction():
            one.execute("SELECT 1")
        (rows,) = other.execute("SELECT count(*) FROM pay_gap WHERE focus_workers > %s", [0]).fetchone()
        check("parameters are bound", rows > 0, rows)


def what_takes_too_much_ends(server):
    long = "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000000) b WHERE a.value + b.value = 7"
    with server.connect() as connection:
        connection.execute("SET statement_timeout = '60s'")
        began = time.monotonic()
        threading.Timer(1.0, connection.cancel).start()
        try:
            connection.execute(long)
            check("a statement can be cancelled", False, "it ended by itself")
        except psycopg.errors.QueryCanceled:
            check("a statement can be cancelled", time.monotonic() - began < 20)
    try:
        with server.connect() as connection:
            connection.execute(
                "SELECT count(DISTINCT repeat(cast(value AS varchar), 1000)) FROM generate_series(1, 100000000)"
            )
        check("memory is bounded", False, "it ended by itself")
    except psycopg.Error as error:
        check("memory is bounded", True, error)
    with server.connect() as connection:
        check("and the server goes on", connection.execute("SELECT 1").fetchone() == (1,))


def doors():
    refused("--listen", "0.0.0.0:0", code=64, saying="there is no password")
    Path("password").write_text(PASSWORD + "\n")
    os.chmod("password", 0o644)
    far = ["--listen", "0.0.0.0:0", "--password-file", "password"]
    refused(*far, code=78, saying="chmod 600 password")
    os.chmod("password", 0o600)
    refused(*far, "--restricted", code=64, saying="unencrypted")
    Path("short").write_text("short")
    os.chmod("short", 0o600)
    refused("--password-file", "short", code=78, saying="at least 12")
    refused("--listen", "192.0.2.1:0", "--password-file", "password", code=74, saying="--listen")
    with Server("--password-file", "password", host="0.0.0.0") as server:
        with server.connect(password=PASSWORD) as connection:
            check("the password lets in", connection.execute("SELECT 1").fetchone() == (1,))
        for given in ["wrong horse battery staple", ""]:
            try:
                server.connect(password=given)
                check(f"{given or 'no password'} is refused", False, "it was let in")
            except psycopg.OperationalError as error:
                check(f"{given or 'no password'} is refused", PASSWORD not in str(error), error)
    subprocess.run(
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout tls.key -out tls.pem -days 2"
        " -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1".split(),
        check=True,
        capture_output=True,
    )
    tls = ["--password-file", "password", "--tls-cert", "tls.pem", "--tls-key", "tls.key"]
    os.chmod("tls.key", 0o600)
    with Server(*tls, "--restricted", host="0.0.0.0") as server:
        sure = {"password": PASSWORD, "sslmode": "verify-full", "sslrootcert": "tls.pem"}
        with server.connect(**sure) as connection:
            check("encrypted, the certificate is the server's", connection.info.backend_pid != 0)
        try:
            server.connect(password=PASSWORD, sslmode="disable")
            check("without encryption nobody comes in", False, "it was let in")
        except psycopg.OperationalError as error:
            check("without encryption nobody comes in", "encrypted" in str(error), error)
    Path("tls.pem").write_text("no certificate")
    refused(*tls, code=78, saying="certificate")


def the_store_as_it_is(expected):
    with Server("--restricted") as server:
        with server.connect() as connection:
            for table in ["workers", "workplaces", "returns", "findings", "paid_jobs"]:
                command = [PAYBENCH, "-q", "query", f"SELECT count(*) AS n FROM {table}", "--format", "json"]
                told = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
                (rows,) = connection.execute(f"SELECT count(*) FROM store.{table}").fetchone()
                check(f"--restricted: {table} has {rows} rows", rows == told[0]["n"], told)
            names = connection.execute(
                "SELECT table_schema, table_name FROM information_schema.tables"
                " WHERE table_schema IN ('public', 'store')"
            ).fetchall()
            wrong = []
            for schema, name in names:
                try:
                    connection.execute(f"SELECT * FROM {schema}.{name} LIMIT 3").fetchall()
                except psycopg.Error as error:
                    wrong.append((schema, name, str(error)))
            check(f"--restricted: all {len(names)} tables and views are read", not wrong, wrong)
            missing = set(expected) - {name for schema, name in names if schema == "public"}
            check("--restricted: and the comparisons", not missing, missing)


before = digest("store")
expected = tables()
with Server() as server:
    everybody_reads_the_same(server, expected)
    only_what_is_shown_is_seen(server, expected)
    nothing_is_written(server)
    guests_are_apart(server)
with Server("--memory", "256") as server:
    what_takes_too_much_ends(server)
doors()
the_store_as_it_is(expected)
check("the store is as it was", digest("store") == before)
print(f"{failures} failures" if failures else "all is as it should be")
sys.exit(1 if failures else 0)
