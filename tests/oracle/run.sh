#!/bin/sh
# Checks paybench's comparisons against a second implementation, in DuckDB.
#
#   tests/oracle/run.sh [PAYBENCH]
#
# PAYBENCH is the binary, by default the one of the dev profile. Stores and releases of
# the sample returns and of fixtures/tiny are made in a temporary folder, restricted and
# protected; every table must be equal to the last decimal. The statutory test of pay
# periods is put to 20,000 invented cases, each row of which must be equal (for more of
# them: wage_test.py --cases), and invented workers are judged by the rules on contracts and
# held against the floors one by one. Fifty published figures are followed back to the lines of
# the sample returns and worked out from these alone (trace.py), and every figure of one provider
# is worked out from the lines of its return (provider.py). Needs Python 3.11 and, the first
# time, the network. Exit code 0 where all is equal, 1 where anything differs.
set -eu
# No cache folder among the tests.
export PYTHONDONTWRITEBYTECODE=1

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$(dirname "$here")")
target=${CARGO_TARGET_DIR:-$root/target}
paybench=${1:-$target/debug/paybench}
venv=$target/oracle-venv

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
ingest() {
    code=0
    "$paybench" ingest "$1" --period "$2" --store "$3" --key-file "$work/$3.key" --quiet >"$work/log" 2>&1 || code=$?
    case $code in
        0 | 10 | 20) ;;
        *)
            cat "$work/log" >&2
            echo "run.sh: ingest of $1 ended with $code" >&2
            exit 1
            ;;
    esac
}

failed=0
check() {
    store=$1
    period=$2
    echo "== $store, $period"
    "$paybench" compare --quiet --restricted --store "$store" --period "$period" --out "$store-$period-restricted" >"$work/log" 2>&1 &&
        "$paybench" compare --quiet --store "$store" --period "$period" --out "$store-$period-protected" >>"$work/log" 2>&1 || {
        cat "$work/log" >&2
        exit 1
    }
    "$venv/bin/python" "$here/compare_with_duckdb.py" "$store" "$store-$period-restricted" \
        --period "$period" --protected "$store-$period-protected" || failed=1
    "$venv/bin/python" "$here/floors_and_costs.py" "$paybench" "$store" --period "$period" || failed=1
}

for folder in "$root"/fixtures/sample/*/; do
    ingest "$folder" "$(basename "$folder")" sample
done
ingest "$root/fixtures/tiny/return" 2026-09-30 tiny
for folder in "$root"/fixtures/sample/*/; do
    check sample "$(basename "$folder")"
done
check tiny 2026-09-30
echo "== figures back to the lines of the returns"
"$venv/bin/python" "$here/trace.py" "$paybench" sample sample-2026-09-30-restricted \
    "$root/fixtures/sample/2026-09-30" sample.key || failed=1
echo "== one provider, from the lines of its return"
"$paybench" report --quiet --restricted --store sample --period 2026-09-30 --out sample-pages >"$work/log" 2>&1 || {
    cat "$work/log" >&2
    exit 1
}
"$venv/bin/python" "$here/provider.py" "$paybench" sample sample-pages "$root/fixtures/sample/2026-09-30" \
    sample.key || failed=1
echo "== invented pay periods"
"$venv/bin/python" "$here/wage_test.py" "$paybench" || failed=1
echo "== contract rules, worker by worker"
python3 "$here/contract_rules.py" "$paybench" || failed=1
echo "== floors and costs of invented workers"
"$venv/bin/python" "$here/floors_and_costs.py" "$paybench" || failed=1

if [ "$failed" -ne 0 ]; then
    echo "run.sh: the two implementations differ" >&2
    exit 1
fi
