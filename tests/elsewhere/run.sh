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
export PYTHONDONTWRITEBYTECODE=1

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$(dirname "$here")")
target=${CARGO_TARGET_DIR:-$root/target}
paybench=${1:-$target/debug/paybench}
venv=$target/elsewhere-venv

if [ ! -x "$paybench" ]; then
    echo "run.sh: there is no $paybench: build it, or name another" >&2
    exit 2
fi
paybench=$(cd "$(dirname "$paybench")" && pwd)/$(basename "$paybench")

# Made again where the pinned versions are others than those installed.
if ! cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$venv/requirements.txt"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cd "$work"

# The sample holds faults on purpose: warnings (10) and rejected rows (20) are no failure here.
code=0
"$paybench" ingest "$root/fixtures/sample/2026-09-30" --period 2026-09-30 --quiet >log 2>&1 || code=$?
case $code in
    0 | 10 | 20) ;;
    *)
        cat log >&2
        exit 1
        ;;
esac
"$paybench" compare --restricted --quiet --out restricted >log 2>&1 || { cat log >&2; exit 1; }
"$paybench" compare --quiet --out protected >log 2>&1 || { cat log >&2; exit 1; }

exec "$venv/bin/python" "$here/open_elsewhere.py" "$paybench" store restricted protected
