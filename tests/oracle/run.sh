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
# is worked out from the lines of its return (provider.py). Ranges of pay gaps are drawn again
# for invented providers. Needs Python 3.11 and, the first time, the network. Exit code 0 where
# all is equal, 1 where anything differs.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../prepare.sh"
python_with_packages oracle-venv
in_a_folder_of_its_own

ingest() {
    run ingest "$1" --period "$2" --store "$3" --key-file "$work/$3.key"
}

failed=0
check() {
    store=$1
    period=$2
    echo "== $store, $period"
    strictly compare --restricted --store "$store" --period "$period" --out "$store-$period-restricted"
    strictly compare --store "$store" --period "$period" --out "$store-$period-protected"
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
strictly report --restricted --store sample --period 2026-09-30 --out sample-pages
"$venv/bin/python" "$here/provider.py" "$paybench" sample sample-pages "$root/fixtures/sample/2026-09-30" \
    sample.key || failed=1
echo "== invented pay periods"
"$venv/bin/python" "$here/wage_test.py" "$paybench" || failed=1
echo "== contract rules, worker by worker"
python3 "$here/contract_rules.py" "$paybench" || failed=1
echo "== ranges of pay gaps, providers drawn anew"
python3 "$here/gap_ranges.py" "$paybench" || failed=1
echo "== floors and costs of invented workers"
"$venv/bin/python" "$here/floors_and_costs.py" "$paybench" || failed=1

if [ "$failed" -ne 0 ]; then
    echo "run.sh: the two implementations differ" >&2
    exit 1
fi
