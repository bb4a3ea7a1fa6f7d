#!/usr/bin/env python3
"""Two hosts that ingest into one bucket, and a network that vanishes.

    tests/object_stores/two_hosts.py PAYBENCH MOTO_SERVER [--commits 25] [--cuts 20]

Three network namespaces are made: one with an emulator of S3, two with a paybench each, every one
with an address of its own. First both hosts commit returns at once, as often as asked; every return
must be in the last edition. Then the cable of one is pulled at a random moment of its ingest, for a
while or until it gives up: the store must hold what it held or what it should, `verify` must find it
whole, and the next ingest must need no repair. Needs Linux and root. Exit code 0 where all held.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PERIOD = "2026-09-30"
TAG = f"pb{os.getpid() % 10000}"
STORE, HOSTS = f"{TAG}s", [f"{TAG}a", f"{TAG}b"]
ENDPOINT = "http://10.77.0.1:9000"
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "AWS_ENDPOINT": ENDPOINT,
    "AWS_ALLOW_HTTP": "true",
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "emulated",
    "AWS_SECRET_ACCESS_KEY": "emulated-secret",
}


def ip(*words, inside=None):
    command = ["ip", *(["-n", inside] if inside else []), *words]
    subprocess.run(command, check=True, capture_output=True)


def network():
    for name in [STORE, *HOSTS]:
        ip("netns", "add", name)
        ip("link", "set", "lo", "up", inside=name)
    ip("link", "add", "hub", "type", "bridge", inside=STORE)
    ip("addr", "add", "10.77.0.1/24", "dev", "hub", inside=STORE)
    ip("link", "set", "hub", "up", inside=STORE)
    for number, host in enumerate(HOSTS, 2):
        ip("link", "add", "wire", "netns", host, "type", "veth", "peer", "name", f"port{number}", "netns", STORE)
        ip("link", "set", f"port{number}", "master", "hub", "up", inside=STORE)
        ip("addr", "add", f"10.77.0.{number}/24", "dev", "wire", inside=host)
        ip("link", "set", "wire", "up", inside=host)


def cable(host, state):
    ip("link", "set", "wire", state, inside=host)


class Host:
    def __init__(self, name, folder, paybench, key):
        self.name, self.folder, self.paybench = name, folder, paybench
        folder.mkdir()
        shutil.copy(key, folder / "paybench.key")
        (folder / "paybench.key").chmod(0o600)

    def start(self, *words):
        command = ["ip", "netns", "exec", self.name, self.paybench, *words, "--store", "s3://bench/store"]
        return subprocess.Popen(command, cwd=self.folder, env=ENVIRONMENT, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def run(self, *words):
        process = self.start(*words)
        out, err = process.communicate()
        return process.returncode, out, err

    def sends(self, name, rate="12.71"):
        folder = self.folder / "in" / name
        folder.mkdir(parents=True, exist_ok=True)
        provider = name.upper()
        (folder / "workplaces.csv").write_text(
            f"provider_id,workplace_id,sector\n{provider},P1,independent\n")
        rows = "".join(f"{provider},P1,w{n},care_worker,hourly,{rate}\n" for n in range(400))
        (folder / "workers.csv").write_text(
            "provider_id,workplace_id,worker_ref,role,pay_basis,pay_rate\n" + rows)
        return f"in/{name}"

    def ingest(self, name):
        """Ingests one return; a lost race may be tried again, as a scheduler would."""
        path = self.sends(name)
        for _ in range(20):
            code, _, err = self.run("ingest", path, "--period", PERIOD)
            if code != 75:
                break
        # A folder that holds the files itself is a return by its own name.
        if code != 0:
            raise SystemExit(f"{self.name}: ingest of {name} ended with {code}\n{err}")

    def returns(self):
        code, out, err = self.run("query", "SELECT DISTINCT return_id FROM workers", "--format", "csv")
        if code != 0:
            raise SystemExit(f"{self.name}: {err}")
        return set(out.split()[1:])

    def whole(self):
        command = ["ip", "netns", "exec", self.name, self.paybench, "verify", "s3://bench/store"]
        ran = subprocess.run(command, cwd=self.folder, env=ENVIRONMENT, capture_output=True, text=True)
        if ran.returncode != 0:
            raise SystemExit(f"verify ended with {ran.returncode}\n{ran.stdout}{ran.stderr}")


def race(hosts, commits):
    def all_of(host, letter):
        for number in range(commits):
            host.ingest(f"{letter}{number}")

    began = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(all_of, *pair) for pair in zip(hosts, "ab")]:
            done.result()
    wanted = {f"{letter}{number}" for letter in "ab" for number in range(commits)}
    for host in hosts:
        if host.returns() != wanted:
            raise SystemExit(f"lost: {sorted(wanted - host.returns())}")
    hosts[0].whole()
    print(f"{2 * commits} commits of two hosts in {time.monotonic() - began:.0f} s: every return is there")
    return wanted


def cut(hosts, cuts, there, seed):
    chance = random.Random(seed)
    mine, other = hosts
    began = time.monotonic()
    mine.sends("whole")
    mine.run("ingest", "in/whole", "--period", PERIOD)
    usual = time.monotonic() - began
    there = there | {"whole"}
    ended = {}
    for number in range(cuts):
        name = f"cut{number}"
        path = mine.sends(name)
        process = mine.start("ingest", path, "--period", PERIOD)
        time.sleep(chance.uniform(0, usual))
        cable(mine.name, "down")
        # Back soon, so that a retry gets through, or only once it has given up.
        if number % 2:
            time.sleep(chance.uniform(0.2, 2))
            cable(mine.name, "up")
        _, err = process.communicate(timeout=600)
        cable(mine.name, "up")
        ended[process.returncode] = ended.get(process.returncode, 0) + 1
        if process.returncode not in (0, 74):
            raise SystemExit(f"a cut cable ended with {process.returncode}\n{err}")
        if process.returncode == 74 and "secret" in err:
            raise SystemExit(f"a secret is told: {err}")
        now = other.returns()
        if not there <= now <= there | {name} or (process.returncode == 0 and name not in now):
            raise SystemExit(f"cut {number}: {sorted(now ^ there)}\n{err}")
        other.whole()
        code, _, err = mine.run("ingest", path, "--period", PERIOD)
        if code != 0:
            raise SystemExit(f"the next ingest ended with {code}\n{err}")
        there = there | {name}
        if other.returns() != there:
            raise SystemExit("the next ingest did not bring the return")
    other.whole()
    print(f"{cuts} cables cut in {time.monotonic() - began:.0f} s: "
          + ", ".join(f"{count} ended with {code}" for code, count in sorted(ended.items()))
          + "; nothing lost, no repair needed")


def main():
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("paybench", type=Path)
    words.add_argument("moto_server", type=Path)
    words.add_argument("--commits", type=int, default=25)
    words.add_argument("--cuts", type=int, default=20)
    words.add_argument("--seed", type=int, default=1)
    given = words.parse_args()
    paybench = str(given.paybench.resolve())
    with tempfile.TemporaryDirectory() as work:
        work = Path(work)
        emulator = None
        try:
            network()
            emulator = subprocess.Popen(
                ["ip", "netns", "exec", STORE, str(given.moto_server.resolve()), "-H", "10.77.0.1", "-p", "9000"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            create = ["ip", "netns", "exec", STORE, "curl", "--silent", "--fail", "--retry", "60",
                      "--retry-connrefused", "--retry-delay", "1", "-X", "PUT", f"{ENDPOINT}/bench"]
            subprocess.run(create, check=True, capture_output=True)
            subprocess.run([paybench, "key", "new", "--key-file", str(work / "key")], check=True,
                           capture_output=True)
            hosts = [Host(name, work / name, paybench, work / "key") for name in HOSTS]
            there = race(hosts, given.commits)
            cut(hosts, given.cuts, there, given.seed)
        finally:
            if emulator:
                emulator.kill()
            for name in [STORE, *HOSTS]:
                subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
