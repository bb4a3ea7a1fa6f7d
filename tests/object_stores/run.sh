#!/usr/bin/env bash
# The tests of stores in buckets, against emulators of S3, Azure and Google
# Cloud Storage on this machine: the same life of a store as in a folder, killed
# ingests, and two processes that commit at once. Needs python3 and npm; what it
# installs stays below $CARGO_TARGET_DIR. As root on Linux also two hosts in
# networks of their own, and cables that are pulled (two_hosts.py).
#
#   tests/object_stores/run.sh                  a few minutes
#   PAYBENCH_TEST_KILLS=100 PAYBENCH_TEST_COMMITS=25 tests/object_stores/run.sh
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$HOME/.cache/paybench-target}"
tools="$CARGO_TARGET_DIR/emulators"
mkdir -p "$tools/azure"

if [ ! -x "$tools/python/bin/moto_server" ]; then
    python3 -m venv "$tools/python"
    "$tools/python/bin/pip" install --quiet 'moto[server]==5.2.5'
fi
if [ ! -x "$tools/azure/node_modules/.bin/azurite-blob" ]; then
    (cd "$tools/azure" && npm install --silent --no-fund --no-audit azurite@3 @azure/storage-blob@12)
fi

work=$(mktemp -d)
started=()
stop() {
    for process in "${started[@]}"; do kill "$process" 2>/dev/null || true; done
    rm -rf "$work"
}
trap stop EXIT

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
# An emulator is up once it answers anything at all.
answers() {
    for _ in $(seq 150); do
        curl --silent --output /dev/null "$1" && return
        sleep 0.2
    done
    echo "nothing answers at $1" >&2
    return 1
}

s3=$(free_port)
"$tools/python/bin/moto_server" -H 127.0.0.1 -p "$s3" >"$work/s3.log" 2>&1 &
started+=($!)
azure=$(free_port)
"$tools/azure/node_modules/.bin/azurite-blob" --silent --skipApiVersionCheck --disableTelemetry \
    --inMemoryPersistence --blobHost 127.0.0.1 --blobPort "$azure" >"$work/azure.log" 2>&1 &
started+=($!)
gcs=$(free_port)
python3 "$here/gcs.py" "$gcs" >"$work/gcs.log" 2>&1 &
started+=($!)

export AWS_ENDPOINT="http://127.0.0.1:$s3" AWS_ALLOW_HTTP=true AWS_REGION=us-east-1
export AWS_ACCESS_KEY_ID=emulated AWS_SECRET_ACCESS_KEY=emulated-secret
answers "$AWS_ENDPOINT"
curl --silent --fail --output /dev/null -X PUT "$AWS_ENDPOINT/bench"

export AZURE_STORAGE_USE_EMULATOR=true AZURITE_BLOB_STORAGE_URL="http://127.0.0.1:$azure"
answers "$AZURITE_BLOB_STORAGE_URL"
# The account and key that every copy of this emulator has.
(cd "$tools/azure" && node -e '
    const azure = require("@azure/storage-blob");
    const key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
    const login = new azure.StorageSharedKeyCredential("devstoreaccount1", key);
    const url = process.env.AZURITE_BLOB_STORAGE_URL + "/devstoreaccount1";
    new azure.BlobServiceClient(url, login).getContainerClient("bench").create()
        .catch(error => { console.error(error.message); process.exit(1); });
')

export GOOGLE_ALLOW_HTTP=true GOOGLE_SERVICE_ACCOUNT_KEY="{\"private_key\": \"none\", \
\"private_key_id\": \"none\", \"client_email\": \"a@b\", \"disable_oauth\": true, \
\"gcs_base_url\": \"http://127.0.0.1:$gcs\"}"
answers "http://127.0.0.1:$gcs"

export PAYBENCH_TEST_BUCKETS="${PAYBENCH_TEST_BUCKETS:-s3://bench az://bench gs://bench}"
cargo test --features s3,azure,gcs --test it -- object_stores:: killed::

if [ "$(id -u)" = 0 ] && command -v ip >/dev/null; then
    python3 "$here/two_hosts.py" "$CARGO_TARGET_DIR/debug/paybench" "$tools/python/bin/moto_server" \
        --commits "${PAYBENCH_TEST_COMMITS:-5}" --cuts 6
fi
