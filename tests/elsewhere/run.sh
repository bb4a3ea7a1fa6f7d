#!/bin/sh
# Opens a store and a release with the tools that others have, and holds what they read
# against what paybench says.
#
#   tests/elsewhere/run.sh [PAYBENCH]
#
# PAYBENCH is the binary, by default the one of the dev profile. DuckDB, Polars, pandas and
# pyarrow come from PyPI the first time, with the network. R with its package arrow takes part
# where it is installed. Exit code 0 where all is equal, 1 where anything differs, 2 where
# there is nothing to run.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../prepare.sh"
python_with_packages elsewhere-venv
in_a_folder_of_its_own

run ingest "$root/fixtures/sample/2026-09-30" --period 2026-09-30
strictly compare --restricted --out restricted
strictly compare --out protected

"$venv/bin/python" "$here/open_elsewhere.py" "$paybench" store restricted protected
