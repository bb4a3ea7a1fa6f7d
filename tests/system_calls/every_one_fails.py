#!/usr/bin/env python3
"""A job of which one system call fails, each in turn.

    tests/system_calls/every_one_fails.py PAYBENCH [--most 400]

`paybench run` is repeated on a restated return under strace, which lets the first, then the second,
then the third... call of a kind fail: opening, writing, syncing, renaming, linking, making a folder,
removing. After each the store and the release must be whole and either as they were or as they should be, and
the next run must need no repair and end with the same bytes as a run that nothing disturbed. Needs
strace. Exit code 0 where all held.
"""

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

CALLS = {
    "openat": "EMFILE",
    "write": "ENOSPC",
    "pwrite64": "EIO",
    "fsync": "EIO",
    "fdatasync": "EIO",
    "rename": "EIO",
    "renameat2": "EIO",
    "linkat": "EIO",
    "link": "EIO",
    "mkdir": "ENOSPC",
    "unlink": "EIO",
    "unlinkat": "EIO",
    "ftruncate": "EIO",
    "copy_file_range": "ENOSPC",
    "statx": "EACCES",
    "read": "EIO",
}
SETTINGS = """returns = ["in"]
period = 2026-09-30
comparisons = ["pay_by_sector", "living_wage"]
reports = ["living_wage"]
restricted = true
"""


def sends(job, name, rate):
    folder = job / "in" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "workplaces.csv").write_text(
        f"provider_id,workplace_id,sector\n{name},P1,independent\n")
    rows = "".join(f"{name},P1,w{n},care_worker,hourly,{rate}\n" for n in range(30))
    (folder / "workers.csv").write_text(
        "provider_id,workplace_id,worker_ref,role,pay_basis,pay_rate\n" + rows)


def tree(folder, without=()):
    files = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in without:
            files[str(path.relative_to(folder))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return files


def tables(job):
    return tree(job / "out" / "tables")


def run(job, paybench, *before):
    ran = subprocess.run([*before, "timeout", "60", paybench, "run", "--today", "2026-10-01"], cwd=job,
                         capture_output=True, text=True)
    return ran.returncode, ran.stderr


def of_a_file(trace):
    """Whether the call that failed was about a file: threads wake each other by writes that cannot fail."""
    # A file for each thread: no line is cut by another's.
    lines = [line for file in trace.iterdir() for line in file.read_text(errors="replace").splitlines()]
    failed = [line for line in lines if "(INJECTED)" in line]
    woken = [line for line in failed if '"\\1\\0\\0\\0\\0\\0\\0\\0", 8)' in line]
    return bool(failed), not woken


def whole(job, paybench, why):
    ran = subprocess.run([paybench, "verify", "store", "out"], cwd=job, capture_output=True, text=True)
    if ran.returncode != 0:
        sys.exit(f"{why}: verify ended with {ran.returncode}\n{ran.stdout}{ran.stderr}")


def main():
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("paybench", type=Path)
    words.add_argument("--most", type=int, default=400, help="calls of a kind at most")
    given = words.parse_args()
    paybench = str(given.paybench.resolve())
    with tempfile.TemporaryDirectory() as work:
        first = Path(work) / "first"
        first.mkdir()
        (first / "paybench.toml").write_text(SETTINGS)
        sends(first, "ASH", "12.71")
        sends(first, "ELM", "13.00")
        if run(first, paybench)[0] != 0:
            sys.exit("the first run failed")
        sends(first, "ELM", "13.50")
        old = tree(first / "out")
        aim = Path(work) / "aim"
        shutil.copytree(first, aim)
        if run(aim, paybench)[0] != 0:
            sys.exit("the undisturbed run failed")
        wanted = tables(aim)
        total, kinds = 0, []
        for call, error in CALLS.items():
            failed = 0
            for number in range(1, given.most + 1):
                job = Path(work) / "job"
                shutil.rmtree(job, ignore_errors=True)
                shutil.copytree(first, job)
                trace = Path(work) / "trace"
                shutil.rmtree(trace, ignore_errors=True)
                trace.mkdir()
                code, said = run(job, paybench, "strace", "-ff", "-o", str(trace / "of"), "-e", f"trace={call}",
                                 "-e", f"inject={call}:error={error}:when={number}")
                hit, of_file = of_a_file(trace)
                why = f"{call} {number} ({error}) ended with {code}\n{said}"
                if not hit:
                    break
                if not of_file:
                    continue
                total += 1
                failed += code != 0
                if "panicked" in said or "internal fault" in said or code not in (0, 65, 70, 74, 78, 127):
                    sys.exit(why)
                now = tree(job / "out")
                if now != old and tables(job) != wanted:
                    sys.exit(f"{why}\nthe release is neither the old one nor the new one")
                if code == 0 and tables(job) != wanted:
                    sys.exit(f"{why}\nit ended well without the new figures")
                whole(job, paybench, why)
                code, said = run(job, paybench)
                if code != 0 or tables(job) != wanted:
                    sys.exit(f"{why}\nthe next run ended with {code}\n{said}")
                whole(job, paybench, why)
            else:
                number += 1
            kinds.append(f"{call} {number - 1} ({failed} ended the run)")
        print(f"{total} calls failed, one a run: " + ", ".join(kinds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
