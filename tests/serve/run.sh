#!/bin/sh
# Asks a running `paybench serve` with the programs that people have.
#
#   tests/serve/run.sh PAYBENCH
#
# PAYBENCH is a binary that was built with --features serve. psql, psycopg and PostgreSQL's
# ODBC driver must read of every comparison what `paybench compare` writes, and nothing else
# unless --restricted is given; whatever would write is refused. psql and the driver are
# installed where missing (as root), the Python packages come from PyPI the first time.
# Exit code 0 where all is as it should be, 1 where anything is not, 2 where something is missing.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../prepare.sh"

missing=
command -v psql >/dev/null || missing="$missing postgresql-client"
command -v openssl >/dev/null || missing="$missing openssl"
ls /usr/lib/*/odbc/psqlodbcw.so >/dev/null 2>&1 || missing="$missing odbc-postgresql unixodbc"
# shellcheck disable=SC2086 # names of packages, one word each
installed $missing
python_with_packages serve-venv
in_a_folder_of_its_own

run ingest "$root/fixtures/sample/2026-09-30" --period 2026-09-30
strictly compare --out protected

"$venv/bin/python" "$here/ask_around.py" "$paybench"
