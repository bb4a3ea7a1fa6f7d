# What the scripts of the folders beside this file begin with. Sourced by one that has set
# `here`, its own folder, and gives its arguments. Sets root, target and paybench, the binary.
# shellcheck shell=sh
# No cache folder among the tests.
export PYTHONDONTWRITEBYTECODE=1

root=$(dirname "$(dirname "$here")")
target=${CARGO_TARGET_DIR:-$root/target}
paybench=${1:-$target/debug/paybench}

if [ ! -x "$paybench" ]; then
    echo "run.sh: there is no $paybench: build it, or name another" >&2
    exit 2
fi
paybench=$(cd "$(dirname "$paybench")" && pwd)/$(basename "$paybench")

# Installs packages of the system that are missing, as root; else says which.
installed() {
    [ $# -gt 0 ] || return 0
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "run.sh: install first: $*" >&2
        exit 2
    fi
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# Sets venv: Python with the packages that requirements.txt beside the script pins, made again
# where these are others than those installed.
python_with_packages() {
    venv=$target/$1
    if ! cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then
        rm -rf "$venv"
        python3 -m venv "$venv"
        "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
        cp "$here/requirements.txt" "$venv/requirements.txt"
    fi
}

# Sets work, a folder that goes when the script ends, and enters it.
in_a_folder_of_its_own() {
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    trap 'exit 130' INT TERM
    cd "$work"
}

# Runs paybench, which must end with 0; what it says goes into log.
strictly() {
    "$paybench" "$@" --quiet >"${log:-$work/log}" 2>&1 || ended $? "$@"
}

# Runs paybench on samples that hold faults on purpose: warnings (10) and rejected rows (20) are
# no failure here.
run() {
    code=0
    "$paybench" "$@" --quiet >"${log:-$work/log}" 2>&1 || code=$?
    case $code in
        0 | 10 | 20) ;;
        *) ended $code "$@" ;;
    esac
}

ended() {
    code=$1
    shift
    cat "${log:-$work/log}" >&2
    echo "run.sh: paybench $* ended with $code" >&2
    exit 1
}
