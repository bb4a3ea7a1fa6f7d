#!/bin/sh
# Checks the pages of releases in a browser.
#
#   tests/pages/run.sh [PAYBENCH]
#
# PAYBENCH is the binary, by default the one of the dev profile. Pages of the sample returns are
# made in a temporary folder: protected, restricted, of one provider alone, of a return without
# workers, of many invented providers, of a job whose return was restated, and the page of findings
# of fixtures/faulty.
# check.mjs opens each in Chromium (accessibility, zoom, keyboard, print, scripts), figures.mjs
# holds every figure of every table and chart against the CSV file of the same release. Needs
# Node 20, Chromium (as root it is installed where missing) and, the first time, the network.
# Exit code 0 where all is well, 1 where anything is not.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../prepare.sh"

missing=
command -v chromium >/dev/null || missing="$missing chromium"
command -v npm >/dev/null || missing="$missing npm"
# shellcheck disable=SC2086 # names of packages, one word each
installed $missing

# Made again where the pinned versions are others than those installed.
node=$target/pages-node
if ! cmp -s "$here/package-lock.json" "$node/installed.json"; then
    rm -rf "$node"
    mkdir -p "$node"
    cp "$here/package.json" "$here/package-lock.json" "$node/"
    (cd "$node" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null)
    cp "$here/package-lock.json" "$node/installed.json"
fi

in_a_folder_of_its_own

day=2026-09-30
sample=$root/fixtures/sample/$day

# The sample's releases; then a job that finds one of them, and a return that was restated since.
of_the_sample() {
    log=$work/sample.log
    run ingest "$sample" --period $day --store store --key-file store.key
    run report --store store --period $day --out releases/protected
    run report --store store --period $day --restricted --out releases/restricted
    for table in pay_gap living_wage turnover contract_types conditions; do
        run query $table --store store --period $day --format json --output json/$table.json
    done
    cp -r "$sample" returns/
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "pay_rate") at = i; print; next }
             NR > 8 && $at < 100 { $at = $at + 2 } { print }' OFS=, \
        "$sample/marlbrook/workers.csv" >returns/$day/marlbrook/workers.csv
    cp -r releases/protected releases/restated
    run run --today 2026-10-05
}

# A release of one provider's return, and of one without workers; the findings of a faulty one.
of_one_return() {
    log=$work/one.log
    cp "$sample"/marlbrook/* alone/marlbrook/
    head -n 2 "$root/fixtures/tiny/return/workplaces.csv" >empty/nobody/workplaces.csv
    head -n 1 "$root/fixtures/tiny/return/workers.csv" >empty/nobody/workers.csv
    for pair in alone:one-provider empty:nobody; do
        name=${pair#*:}
        run ingest "${pair%:*}" --period $day --store "$name-store" --key-file "$name.key"
        run report --store "$name-store" --period $day --out "releases/$name"
    done
    run check "$root/fixtures/faulty" --period $day --format html --output releases/check/check.html
    run check "$root/fixtures/faulty" --period $day --format csv --output releases/check/check.csv
}

# A release of enough providers for the ranges of gaps.
of_many_providers() {
    log=$work/many.log
    for sector in independent third_sector local_authority; do
        # Of councils there are too few.
        number=10
        while [ $number -le 21 ] && [ "$sector$number" != local_authority17 ]; do
            id=$sector-$number
            mkdir "many/$id"
            printf 'provider_id,workplace_id,sector\n%s,W,%s\n' "$id" "$sector" >"many/$id/workplaces.csv"
            awk -v id="$id" -v sector="$sector" -v number="$number" 'BEGIN {
                print "provider_id,workplace_id,worker_ref,role,tenure,contracted_hours,pay_basis,pay_rate"
                lowest = 12.40 + number % 7 / 5 + (sector == "independent" ? 0 : sector == "local_authority" ? 0.7 : 0.15)
                for (worker = 0; worker < number; worker++)
                    printf "%s,W,%d,care_worker,permanent,37,hourly,%.2f\n", id, worker, lowest + worker % 5 / 20
            }' >"many/$id/workers.csv"
            number=$((number + 1))
        done
    done
    run ingest many --period $day --store many-store --key-file many.key
    run report --store many-store --period $day --out releases/many-providers
}

echo '== releases'
mkdir -p releases/check returns alone/marlbrook empty/nobody many json
cat >paybench.toml <<END
returns = ["returns/$day"]
period = $day
store = "store"
out = "releases/restated"
key_file = "store.key"
reports = ["living_wage"]
[[expected]]
return = "not-sent"
END
of_one_return &
one=$!
of_many_providers &
many=$!
of_the_sample
wait $one
wait $many

CHROMIUM=$(command -v chromium)
export CHROMIUM PAGES_NODE="$node" TMPDIR="$work"
echo '== pages in the browser, and their figures'
node "$here/check.mjs" releases json "$root/queries" || {
    echo "run.sh: the pages are not as they should be" >&2
    exit 1
}
