#!/usr/bin/env bash
# Runs one fuzz target, or each in turn: run.sh [SECONDS [TARGET...]]
# Needs a nightly compiler and cargo-fuzz. What it finds stands in artifacts/;
# a case that is mended goes to seeds/TARGET/, where an ordinary test runs it.
set -euo pipefail
cd "$(dirname "$0")"
seconds="${1:-60}"
shift || true
[ $# -gt 0 ] || set -- returns layouts queries workbooks
built="${CARGO_TARGET_DIR:-$HOME/.cache/paybench-target}/fuzz"
# The versions that the program itself is built with.
cp ../../Cargo.lock .
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for target in "$@"; do
    corpus="$built/corpus/$target"
    mkdir -p "$corpus" "artifacts/$target"
    # Address checks find nothing in a crate without unsafe code.
    TMPDIR="$folder" cargo +nightly fuzz run --fuzz-dir . --dev -s none --target-dir "$built" \
        "$target" "$corpus" "seeds/$target" -- \
        -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1
done
