#!/usr/bin/env python3
"""Draws the ranges of pay gaps a second time, from their description, and checks paybench against it.

    gap_ranges.py PAYBENCH [--providers N] [--seed N]

Returns of invented providers are ingested, for three seeds one after the other: four sectors of up to N
providers, of which some have fewer than a range needs, and many workers on the same rate. From the
invented workers alone, in whole numbers and fractions, come

1. every median of the view redrawn_medians;
2. every row of pay_gap_intervals, the ends of its ranges with it, in a restricted release;
3. the same in a protected release: pay_by_sector of that release says which sides are hidden and which
   medians, and the ends of a range need 40 workers on both sides, of whom one provider outside councils
   and the health service has not more than one in six.

Nothing but the Python standard library. The exit code is 0 where all agree, 1 where anything
differs, 2 where paybench cannot be run.
"""

import argparse
import csv
import hashlib
import io
import math
import random
import subprocess
import sys
import tempfile
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator
from fractions import Fraction
from itertools import accumulate, islice, permutations
from pathlib import Path

PUBLIC = ("local_authority", "nhs")
PERIOD = "2026-03-31"
DRAWS = 999
# A range is given from this many providers on each side, and published from this many workers.
PROVIDERS, WORKERS = 10, 40
WEEKS = Fraction(365, 7)

# --- The draws ------------------------------------------------------------------------


def split_mix(state: int) -> Iterator[int]:
    """The numbers of SplitMix64 from a seed."""
    all_bits = 2**64 - 1
    while True:
        state = (state + 0x9E3779B97F4A7C15) & all_bits
        mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & all_bits
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & all_bits
        yield mixed ^ (mixed >> 31)


def places(role_group: str, sector: str, draw: int, providers: int) -> list[int]:
    """Which providers a draw takes, by their place in the order of codes, from 0."""
    # A line each, and no line end after the last; the first of the eight bytes is the highest.
    text = f"{role_group}\n{sector}\n{draw}"
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    return [number * providers >> 64 for number in islice(split_mix(seed), providers - 1)]


def redrawn(role_group: str, sector: str, rates: dict[str, list[Fraction]]) -> list[Fraction]:
    """The median of each draw, from the rates of each provider; none of a single provider."""
    if len(rates) < 2:
        return []
    distinct = sorted({rate for own in rates.values() for rate in own})
    # Of each provider, how many earn up to each rate: those of a draw are added up only where looked at.
    up_to = []
    for _, own in sorted(rates.items()):
        count = Counter(own)
        up_to.append(list(accumulate(count[rate] for rate in distinct)))

    medians = []
    for draw in range(1, DRAWS + 1):
        taken = [(up_to[place], times) for place, times in Counter(places(role_group, sector, draw, len(rates))).items()]

        def earn_up_to(at: int, taken=taken) -> int:
            return sum(counts[at] * times for counts, times in taken)

        workers = earn_up_to(-1)
        low = bisect_left(range(len(distinct)), (workers + 1) // 2, key=earn_up_to)
        high = bisect_left(range(len(distinct)), workers // 2 + 1, lo=low, key=earn_up_to)
        medians.append(Fraction(distinct[low] + distinct[high]) / 2)
    return medians


def ends(values: list[Fraction]) -> tuple[Fraction, Fraction]:
    """Between which 95 of 100 lie: of 999 in order, the 25th and the 975th."""
    values = sorted(values)
    tail = (len(values) + 1) // 40
    return values[tail - 1], values[-tail]


def gap_ranges(reference: list[Fraction], focus: list[Fraction]) -> dict[str, Fraction]:
    """The ends of both ranges, unrounded: draw by draw, the gap in pounds and as a per cent."""
    pairs = list(zip(reference, focus, strict=True))
    found = {}
    found["gap_pounds_low"], found["gap_pounds_high"] = ends([one - other for one, other in pairs])
    shares = ends([(one - other) * 100 / one for one, other in pairs])
    found["focus_less_pct_low"], found["focus_less_pct_high"] = shares
    return found


# --- Invented returns -----------------------------------------------------------------

SECTORS = ("independent", "third_sector", "local_authority", "nhs")
# Role, its group, how often it occurs, what it earns above the lowest, in pence.
ROLES = [
    ("care_worker", "front_line", 30, 0),
    ("support_worker", "front_line", 15, 20),
    ("senior_care_worker", "senior", 16, 110),
    ("team_leader", "senior", 3, 160),
    ("supervisor", "supervisor", 4, 200),
    ("registered_manager", "manager", 3, 700),
    ("registered_nurse", "nursing", 6, 800),
    ("social_worker", "social_work", 2, 900),
    ("occupational_therapist", "allied_health", 1, 850),
    ("ancillary", "support", 20, 0),
    ("other", "other", 3, 50),
]
GROUPS = {role: group for role, group, _, _ in ROLES}
# Groups of which no sector has more workers that count: as many as a range needs, and one fewer.
NO_MORE = {"support": WORKERS, "senior": WORKERS - 1}
FLOOR = Fraction("12.60")
WORKPLACE = ["provider_id", "workplace_id", "sector", "service", "area_code"]
WORKER = [
    "provider_id", "workplace_id", "worker_ref", "role", "tenure", "zero_hours", "contracted_hours", "pay_basis",
    "pay_rate",
]  # fmt: skip


def half_away(value: Fraction, decimals: int) -> Fraction:
    scaled = math.floor(abs(value) * 10**decimals + Fraction(1, 2))
    return Fraction(scaled if value >= 0 else -scaled, 10**decimals)


def text(value: Fraction, decimals: int) -> str:
    """A value as a table has it, rounded half away from zero."""
    scaled = int(half_away(value, decimals) * 10**decimals)
    sign = "-" if scaled < 0 else ""
    whole, part = divmod(abs(scaled), 10**decimals)
    return f"{sign}{whole}.{part:0{decimals}}"


def hourly(row: dict) -> Fraction | None:
    """Of a salary by the hours contracted; None where it cannot be told."""
    if not row["pay_rate"]:
        return None
    pay = Fraction(row["pay_rate"])
    if row["pay_basis"] == "hourly":
        return pay
    return half_away(pay / (Fraction(row["contracted_hours"]) * WEEKS), 4) if row["contracted_hours"] else None


def some_pay(rng: random.Random, above: int) -> dict:
    """Pay that is often the same as others': the floor, or a step of a scale."""
    kind = rng.random()
    hours = rng.choice(["16", "20.5", "30", "36.25", "37.5", "39"])
    pay = {"pay_basis": "hourly", "contracted_hours": hours, "pay_rate": ""}
    if kind < 0.05:
        return pay
    if kind < 0.2 + above / 2000:
        full = rng.randrange(24_500, 27_000, 50) + above * 19
        salary = half_away(full * Fraction(hours) / Fraction("37.5"), 2)
        # Without hours a salary has no rate.
        hours = hours if rng.random() < 0.9 else ""
        return pay | {"pay_basis": "annual", "contracted_hours": hours, "pay_rate": text(salary, 2)}
    rate = FLOOR + Fraction(above, 100)
    if kind > 0.6:
        rate += Fraction(rng.choice([15, 25, 40, 55, 90, 140, 210]), 100)
    if kind > 0.9:
        rate += Fraction(rng.randrange(5000), 10_000)
    return pay | {"pay_rate": text(rate, 4)}


def invented(rng: random.Random, most: int) -> tuple[list[dict], list[dict]]:
    """Workplaces and workers: two sectors have enough providers for a range, two may have."""
    counts = [rng.randint(min(PROVIDERS, most), most) for _ in range(2)] + [rng.randint(3, most) for _ in range(2)]
    rng.shuffle(counts)
    workplaces, workers = [], []
    for sector, count in zip(SECTORS, counts):
        for _ in range(count):
            # Codes whose order is neither that of the file nor that of numbers or of an alphabet.
            provider = f"{rng.choice('abXYZé')}{rng.randrange(3000)}-{len(workplaces)}"
            own = [(f"{provider}/1", sector)]
            # A provider may be of two sectors, with the workers of each in each.
            if rng.random() < 0.15:
                own.append((f"{provider}/2", rng.choice(SECTORS)))
            above = {"independent": 0, "third_sector": 10, "local_authority": 60, "nhs": 90}[sector]
            above += rng.choice([0, 0, 0, 15, 40, 80])
            # Every provider has some of the groups that are cut off below.
            roles = rng.sample(ROLES, rng.randint(4, len(ROLES)))
            roles += [role for role in ROLES if role[1] in NO_MORE and role not in roles]
            for workplace, of_sector in own:
                workplaces.append(dict(zip(WORKPLACE, [provider, workplace, of_sector, "residential", "W06000901"])))
                for number in range(rng.choice([rng.randint(3, 12), rng.randint(10, 60)])):
                    role, _, _, more = rng.choices(roles, [role[2] for role in roles])[0]
                    tenure = rng.choices(["permanent", "temporary", "bank", "agency", ""], [60, 6, 6, 8, 4])[0]
                    # Some have a job in both workplaces.
                    worker = dict(zip(WORKER, [provider, workplace, f"w{number}", role, tenure, "no"]))
                    workers.append(worker | some_pay(rng, above + more))
    # Not in the order of providers.
    rng.shuffle(workers)
    kept, of_cell = [], Counter()
    sectors = {row["workplace_id"]: row["sector"] for row in workplaces}
    for row in workers:
        cell = (GROUPS[row["role"]], sectors[row["workplace_id"]])
        of_cell[cell] += counts_in(row)
        if of_cell[cell] <= NO_MORE.get(cell[0], len(workers)):
            kept.append(row)
    return workplaces, kept


def counts_in(row: dict) -> bool:
    return row["tenure"] != "agency" and hourly(row) is not None


def cells(workplaces: list[dict], workers: list[dict]) -> dict:
    """The rates that count, by role group and sector, then by provider."""
    sectors = {row["workplace_id"]: row["sector"] for row in workplaces}
    found = defaultdict(lambda: defaultdict(list))
    for row in filter(counts_in, workers):
        for group in ("all", GROUPS[row["role"]]):
            found[group, sectors[row["workplace_id"]]][row["provider_id"]].append(hourly(row))
    return found


# --- Held against paybench ------------------------------------------------------------

FIGURES = [
    "reference_workers", "focus_workers", "reference_providers", "focus_providers", "gap_pounds", "gap_pounds_low",
    "gap_pounds_high", "focus_less_pct", "focus_less_pct_low", "focus_less_pct_high",
]  # fmt: skip
ENDS = [name for name in FIGURES if name.endswith(("_low", "_high"))]
GAPS = [name for name in FIGURES if name.startswith(("gap_", "focus_less_"))]
# What rows there are in a restricted release, and what becomes of them in a protected one.
KINDS = [
    "with a range", "with too few providers for one", "whole", "without their range",
    "without their range for a large provider", "without their gap", "hidden",
    f"with a range and {WORKERS} workers", f"with a range and {WORKERS - 1} workers",
]  # fmt: skip


def median(values: list[Fraction]) -> Fraction:
    values = sorted(values)
    return Fraction(values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2


def gap_rows(found: dict, draws: dict) -> dict[tuple, dict]:
    """Every row of pay_gap_intervals as a restricted release has it."""
    medians = {cell: median([rate for own in rates.values() for rate in own]) for cell, rates in found.items()}
    rows = {}
    for group in sorted({group for group, _ in found} - {"other"}):
        for sides in permutations([sector for sector in SECTORS if (group, sector) in found], 2):
            row = dict.fromkeys(FIGURES, "") | {"marker": ""}
            for side, sector in zip(("reference", "focus"), sides):
                row[f"{side}_workers"] = str(sum(map(len, found[group, sector].values())))
                row[f"{side}_providers"] = str(len(found[group, sector]))
            reference, focus = (medians[group, sector] for sector in sides)
            row["gap_pounds"] = text(reference - focus, 4)
            row["focus_less_pct"] = text((reference - focus) * 100 / reference, 2)
            if all(len(found[group, sector]) >= PROVIDERS for sector in sides):
                for name, end in gap_ranges(*(draws[group, sector] for sector in sides)).items():
                    row[name] = text(end, 4 if name.startswith("gap_") else 2)
            rows[group, *sides] = row
    return rows


def of_one(found: dict, group: str, sector: str) -> bool:
    """Whether one provider has more than one in six of the workers; public bodies may."""
    workers = [len(rates) for rates in found[group, sector].values()]
    return sector not in PUBLIC and max(workers) * 6 > sum(workers)


def protected(rows: dict, pay: dict, cells: dict) -> tuple[dict, Counter]:
    """The same as a protected release has it, by its own pay_by_sector; and how many rows lost what."""
    lost = Counter()
    found = {}
    for (group, *sides), row in rows.items():
        of_sides = [pay[group, sector] for sector in sides]
        if any(not cell["workers"] for cell in of_sides):
            emptied, why = FIGURES, "hidden"
        elif any(not cell["median_hourly"] for cell in of_sides):
            emptied, why = GAPS, "without their gap"
        elif any(int(row[f"{side}_workers"]) < WORKERS for side in ("reference", "focus")):
            emptied, why = ENDS, "without their range"
        elif any(of_one(cells, group, sector) for sector in sides):
            emptied, why = ENDS, "without their range for a large provider"
        else:
            emptied, why = [], "whole"
        lost[why] += 1
        if row["gap_pounds_low"]:
            fewest = min(int(row[f"{side}_workers"]) for side in ("reference", "focus"))
            if fewest in (WORKERS, WORKERS - 1):
                lost[f"with a range and {fewest} workers"] += 1
        # What is not there is not withheld.
        withheld = any(row[name] for name in emptied)
        found[group, *sides] = row | dict.fromkeys(emptied, "") | {"marker": "[c]" if withheld else ""}
    return found, lost


def run(paybench: str, folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run([paybench, *arguments, "--quiet"], cwd=folder, capture_output=True, text=True)
    except OSError as error:
        print(f"gap_ranges.py: {error}", file=sys.stderr)
        sys.exit(2)
    if done.returncode not in (0, 10):
        print(f"gap_ranges.py: {' '.join(arguments)} ended with {done.returncode}\n{done.stderr}", file=sys.stderr)
        sys.exit(2)
    return done.stdout


def write(path: Path, columns: list[str], rows: list[dict]) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def table(path: Path, *keys: str) -> dict[tuple, dict]:
    with open(path, encoding="utf-8", newline="") as file:
        return {tuple(row[key] for key in keys): row for row in csv.DictReader(file)}


def differing(what: str, made: dict[tuple, dict], expected: dict[tuple, dict]) -> list[str]:
    """Prints how many are held equal; every cell that is not, and every row of one side alone."""
    wrong = [f"{what}, {' '.join(key)}: paybench has none" for key in expected if key not in made]
    wrong += [f"{what}, {' '.join(key)}: none here" for key in made if key not in expected]
    compared = 0
    for key in expected.keys() & made.keys():
        for name, value in expected[key].items():
            compared += 1
            if made[key][name] != value:
                wrong.append(f"{what}, {' '.join(key)}: {name} is `{made[key][name]}`, here `{value}`")
    print(f"{what}: {len(made)} rows, {compared} cells, {len(wrong)} differ")
    return sorted(wrong)


def differences(paybench: str, folder: Path, seed: int, most: int, seen: Counter) -> list[str]:
    """Ingests what a seed gives and compares; `seen` collects what came up."""
    workplaces, workers = invented(random.Random(seed), most)
    home = folder / "return"
    home.mkdir(parents=True)
    write(home / "workplaces.csv", WORKPLACE, workplaces)
    write(home / "workers.csv", WORKER, workers)
    run(paybench, folder, "ingest", "return", "--period", PERIOD, "--store", "store", "--key-file", "key")
    found = cells(workplaces, workers)
    draws = {cell: redrawn(*cell, rates) for cell, rates in found.items()}

    sql = "SELECT * FROM redrawn_medians ORDER BY role_group, sector, draw"
    answer = run(paybench, folder, "query", sql, "--store", "store", "--format", "csv")
    made = {(r["role_group"], r["sector"], r["draw"]): r for r in csv.DictReader(io.StringIO(answer))}
    expected = {
        (*cell, str(draw)): {"median_hourly": text(value, 5)}
        for cell, values in draws.items()
        for draw, value in enumerate(values, start=1)
    }
    wrong = differing(f"gap ranges, seed {seed}, redrawn_medians", made, expected)

    run(paybench, folder, "compare", "pay_gap_intervals", "--restricted", "--store", "store", "--out", "restricted")
    run(paybench, folder, "compare", "pay_gap_intervals", "pay_by_sector", "--store", "store", "--out", "protected")
    of_pair = ("role_group", "reference_sector", "focus_sector")
    rows = gap_rows(found, draws)
    made = table(folder / "restricted/tables/pay_gap_intervals.csv", *of_pair)
    wrong += differing(f"gap ranges, seed {seed}, restricted", made, rows)
    for row in rows.values():
        seen["with a range" if row["gap_pounds_low"] else "with too few providers for one"] += 1

    pay = table(folder / "protected/tables/pay_by_sector.csv", "role_group", "sector")
    rows, lost = protected(rows, pay, found)
    made = table(folder / "protected/tables/pay_gap_intervals.csv", *of_pair)
    wrong += differing(f"gap ranges, seed {seed}, protected", made, rows)
    seen += lost
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description="Draws the ranges of pay gaps a second time.")
    parser.add_argument("paybench")
    parser.add_argument("--providers", type=int, default=25, help="most providers of a sector, at least 10 (default 25)")
    parser.add_argument("--seed", type=int, default=42, help="the first of three (default 42)")
    arguments = parser.parse_args()
    if arguments.providers < PROVIDERS:
        parser.error(f"a range needs {PROVIDERS} providers")
    paybench = str(Path(arguments.paybench).resolve())
    wrong, seen = [], Counter()
    for seed in range(arguments.seed, arguments.seed + 3):
        with tempfile.TemporaryDirectory() as folder:
            wrong += differences(paybench, Path(folder), seed, arguments.providers, seen)
    print("gap ranges, rows of pairs: " + ", ".join(f"{seen[what]} {what}" for what in KINDS))
    # Each kind of row came up, or its rule was not put to the test.
    wrong += [f"gap ranges: no row {what} came up" for what in KINDS if not seen[what]]
    for line in wrong[:40]:
        print(line)
    if len(wrong) > 40:
        print(f"and {len(wrong) - 40} more")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
