#!/usr/bin/env python3
"""Judges contracts a second time, from the text of the rules, and checks paybench against it.

    contract_rules.py PAYBENCH [--workers N] [--seed N]

1. Every case of fixtures/contract_rules/cases.csv must come out as it says, here.
2. N invented workers a period, with dates around every boundary of every rule, are ingested, and
   each result of the view rule_results must be the one worked out here.

Nothing but the Python standard library. The exit code is 0 where all agree, 1 where anything
differs, 2 where paybench cannot be run.
"""

import argparse
import csv
import io
import random
import subprocess
import sys
import tempfile
from calendar import monthrange
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CASES = ROOT / "fixtures" / "contract_rules" / "cases.csv"

CARE = {
    "care_worker", "support_worker", "healthcare_support_worker", "nursing_assistant", "personal_assistant",
    "residential_child_care_worker", "senior_care_worker", "team_leader", "supervisor",
}  # fmt: skip
NO_CARE = {"activities_worker", "ancillary", "administrative"}
MANAGERS = {"deputy_manager", "registered_manager", "manager"}
OTHERS = {
    "registered_nurse", "nursing_associate", "social_worker", "occupational_therapist",
    "allied_health_professional", "other",
}  # fmt: skip


def after_months(day: date, months: int) -> date:
    """The same day some months later, or the last of that month."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


class Worker:
    """What a return says of a worker and the workplace; None is not known."""

    def __init__(self, row: dict):
        def text(name):
            return row[name] or None

        def day(name):
            return date.fromisoformat(row[name]) if row[name] else None

        def hours(name):
            return Decimal(row[name]) if row[name] else None

        def yes(name):
            return {"yes": True, "no": False, "": None}[row[name]]

        self.period = date.fromisoformat(row["period"])
        self.service, self.area = text("service"), text("area_code")
        self.role, self.tenure = row["role"], text("tenure")
        self.contracted, self.average = hours("contracted_hours"), hours("average_hours")
        self.start = day("start_date")
        self.spell = day("zero_hours_since") or self.start
        self.registered = text("registered")
        self.regular, self.conditions = yes("regular_hours"), yes("offer_conditions_met")
        self.offer_on, self.offer_hours = day("contract_offer_on"), hours("contract_offer_hours")
        # Guaranteed hours: 0 where the return says that there are none.
        flag = yes("zero_hours")
        if flag:
            self.guaranteed, self.none_guaranteed = Decimal(0), True
        elif flag is False:
            self.guaranteed = None if self.contracted == 0 else self.contracted
            self.none_guaranteed = None if self.contracted == 0 else False
        else:
            self.guaranteed = self.contracted
            self.none_guaranteed = None if self.contracted is None else self.contracted == 0

    def in_place(self, *letters):
        return None if self.area is None else self.area[0] in letters

    def works_in(self, *services):
        return None if self.service is None else self.service in services

    def not_agency(self):
        return None if self.tenure is None else self.tenure != "agency"

    def gives_care(self):
        """For a regulation on care workers: None for roles of which it is not clear."""
        return True if self.role in CARE else False if self.role in NO_CARE else None

    def past(self, day, **time):
        """Whether a time from a day is over at the period, its last day included."""
        if day is None:
            return None
        end = after_months(day, time["months"]) if "months" in time else day + timedelta(days=time["days"])
        return self.period >= end


def scope(*facts):
    """Out of scope where one fact is not so, unknown where one is not known."""
    if False in facts:
        return "out_of_scope"
    return "unknown" if None in facts else None


def duty_to_offer(w: Worker):
    """Regulation 42: in registered domiciliary support, after three months without a guarantee."""
    return [
        w.in_place("W"),
        w.works_in("domiciliary", "supported_living"),
        w.gives_care(),
        w.not_agency(),
        w.none_guaranteed,
        w.past(w.spell, months=3),
    ]


def offered(w: Worker):
    """Whether an offer was made in the present spell: where none is recorded, none was."""
    return w.offer_on is not None and w.spell is not None and w.offer_on >= w.spell


def wales_offer(w: Worker):
    if w.period < date(2018, 4, 2):
        return "not_in_force"
    facts = duty_to_offer(w)
    if not offered(w):
        # Regular hours; needed on and satisfactory performance.
        facts += [w.regular, w.conditions]
    outside = scope(*facts)
    if outside:
        return outside
    if not offered(w):
        return "breach"
    # Whether the offer returns every three months is to be confirmed.
    return "unknown" if w.past(w.offer_on, months=3) else "met"


def wales_offer_hours(w: Worker):
    if w.period < date(2018, 4, 2):
        return "not_in_force"
    if w.offer_on is None:
        was_offered = False
    else:
        was_offered = None if w.spell is None else w.offer_on >= w.spell
    outside = scope(*duty_to_offer(w), was_offered)
    if outside:
        return outside
    if w.past(w.offer_on, months=3) or w.offer_hours is None or w.average is None:
        return "unknown"
    return "met" if w.offer_hours >= w.average else "breach"


def registration(w: Worker, since: date, six_months: bool, *who):
    """Registered, within time, overdue or unknown; `who` says whether it is needed."""
    if w.period < since:
        return "not_in_force"
    outside = scope(w.in_place("W"), *who, w.registered != "not_required")
    if outside:
        return outside
    if w.registered is None:
        return "unknown"
    if w.registered == "yes":
        return "met"
    if w.start is None:
        return "unknown"
    if six_months or w.start >= date(2023, 4, 1):
        due = after_months(w.start, 6)
    elif w.start >= date(2022, 9, 30):
        due = date(2023, 10, 1)
    else:
        due = after_months(w.start, 12)
    if w.period <= due:
        return "met"
    return "breach" if w.registered == "no" else "unknown"


def wales_registration_domiciliary(w: Worker):
    who = (w.works_in("domiciliary", "supported_living"), w.role in CARE)
    return registration(w, date(2020, 4, 1), True, *who)


def wales_registration_adult(w: Worker):
    if w.role in CARE:
        who = w.works_in("residential", "nursing", "adult_placement")
    else:
        who = w.works_in("adult_placement") if w.role in MANAGERS else False
    return registration(w, date(2022, 10, 1), False, who)


def wales_registration_children(w: Worker):
    return registration(w, date(2018, 1, 1), False, w.works_in("children_residential"), w.role in CARE)


def wales_registration_managers(w: Worker):
    services = ["domiciliary", "supported_living", "residential", "nursing", "children_residential"]
    if w.role == "social_worker":
        who = w.works_in(*services, "adult_placement")
    else:
        who = w.works_in(*services) if w.role in MANAGERS else False
    return registration(w, date(2018, 1, 1), False, who)


def living_hours_guarantee(w: Worker):
    if w.period < date(2019, 12, 31):
        return "not_in_force"
    outside = scope(w.not_agency())
    if outside:
        return outside
    if w.guaranteed is None:
        return "unknown"
    if w.guaranteed >= 16:
        return "met"
    # Fewer hours than that may be what the worker asked for.
    return "not_met" if w.average is not None and w.average >= 16 else "unknown"


def living_hours_contract(w: Worker):
    if w.period < date(2019, 12, 31):
        return "not_in_force"
    outside = scope(w.not_agency(), w.past(w.start, days=7 * 12))
    if outside:
        return outside
    if w.guaranteed is None or w.average is None:
        return "unknown"
    return "not_met" if w.average > w.guaranteed else "met"


def era_guaranteed_hours(w: Worker):
    more = None if w.guaranteed is None or w.average is None else w.average > w.guaranteed
    low = None if w.guaranteed is None else w.guaranteed < 16
    place = None if w.area is None else w.area[0] != "N"
    outside = scope(place, low, more, w.past(w.start, days=7 * 12), w.regular is not False)
    if outside:
        return outside
    if w.offer_on is None or w.offer_on < w.period - timedelta(days=7 * 12):
        return "would_not_meet"
    if w.offer_hours is None:
        return "unknown"
    return "would_meet" if w.offer_hours >= w.average else "would_not_meet"


RULES = [
    wales_offer,
    wales_offer_hours,
    wales_registration_domiciliary,
    wales_registration_adult,
    wales_registration_children,
    wales_registration_managers,
    living_hours_guarantee,
    living_hours_contract,
    era_guaranteed_hours,
]

# --- Invented workers ---------------------------------------------------------------

WORKPLACE = ["provider_id", "workplace_id", "sector", "service", "area_code"]
WORKER = [
    "provider_id", "workplace_id", "worker_ref", "role", "tenure", "zero_hours", "zero_hours_since",
    "contracted_hours", "average_hours", "start_date", "registered", "regular_hours", "offer_conditions_met",
    "contract_offer_on", "contract_offer_hours",
]  # fmt: skip
SERVICES = [
    "domiciliary", "domiciliary", "supported_living", "residential", "nursing", "children_residential",
    "adult_placement", "day", "other", "",
]  # fmt: skip
AREAS = ["W06000901", "W06000901", "W92000004", "E06000901", "S12000901", "N09000901", ""]
PERIODS = [
    "2018-01-01", "2018-04-01", "2018-04-02", "2020-03-31", "2020-04-01", "2022-10-01", "2023-10-01", "2023-10-02",
    "2026-02-28", "2026-09-30",
]  # fmt: skip
# Days on which a rule changes what it asks for.
TURNS = [date(2022, 9, 30), date(2022, 10, 1), date(2023, 3, 31), date(2023, 4, 1)]


def some_day(rng: random.Random, period: date) -> str:
    """A day up to the period, mostly near one that matters."""
    kind = rng.random()
    if kind < 0.1:
        return ""
    if kind < 0.7:
        months = rng.choice([3, 3, 6, 6, 12])
        near = after_months(period, -months) if rng.random() < 0.6 else period - timedelta(days=84)
        day = near + timedelta(days=rng.randint(-3, 3))
    elif kind < 0.85:
        day = rng.choice(TURNS) + timedelta(days=rng.randint(-1, 1))
    else:
        day = period - timedelta(days=rng.randint(0, 4000))
    return min(day, period).isoformat()


def some_worker(rng: random.Random, period: date, number: int) -> dict:
    pick = rng.choice
    roles = sorted(CARE) * 3 + sorted(NO_CARE) + sorted(MANAGERS) * 2 + sorted(OTHERS)
    flag = pick(["yes", "yes", "yes", "no", "no", ""])
    hours = ["0", "10", "15.9999", "16", "20", "37.5", ""]
    return {
        "provider_id": "ORACLE",
        "workplace_id": f"P{rng.randrange(len(SERVICES))}-{rng.randrange(len(AREAS))}",
        "worker_ref": f"w{number}",
        "role": pick(roles),
        "tenure": pick(["permanent"] * 5 + ["bank", "agency", "temporary", "fixed_term", "other", ""]),
        "zero_hours": flag,
        "zero_hours_since": some_day(rng, period) if flag == "yes" and rng.random() < 0.7 else "",
        "contracted_hours": pick(["0", ""]) if flag == "yes" else pick(hours),
        "average_hours": pick(hours),
        "start_date": some_day(rng, period),
        "registered": pick(["yes", "applied", "no", "no", "no", "not_required", ""]),
        "regular_hours": pick(["yes", "yes", "yes", "no", ""]),
        "offer_conditions_met": pick(["yes", "yes", "yes", "no", ""]),
        "contract_offer_on": some_day(rng, period) if rng.random() < 0.6 else "",
        "contract_offer_hours": pick(hours[1:]),
    }


def write(path: Path, columns: list, rows: list) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def run(paybench: str, folder: Path, *arguments: str) -> str:
    done = subprocess.run([paybench, *arguments], cwd=folder, capture_output=True, text=True)
    if done.returncode not in (0, 10):
        print(f"contract_rules.py: {' '.join(arguments)} ended with {done.returncode}\n{done.stderr}", file=sys.stderr)
        sys.exit(2)
    return done.stdout


def differences(paybench: str, folder: Path, period: str, rng: random.Random, workers: int, seen: dict) -> tuple[int, list]:
    """Ingests invented workers and compares every result; `seen` collects the results of each rule."""
    places = {}
    for s, service in enumerate(SERVICES):
        for a, area in enumerate(AREAS):
            name = f"P{s}-{a}"
            places[name] = dict(zip(WORKPLACE, ["ORACLE", name, "independent", service, area]))
    rows = [some_worker(rng, date.fromisoformat(period), number) for number in range(workers)]
    home = folder / "returns" / period
    home.mkdir(parents=True)
    write(home / "workplaces.csv", WORKPLACE, list(places.values()))
    write(home / "workers.csv", WORKER, rows)
    run(paybench, folder, "ingest", str(home), "--period", period, "--quiet")
    sql = (
        "SELECT w.source_row, r.rule, r.result FROM rule_results AS r JOIN workers AS w "
        "ON w.workplace_id = r.workplace_id AND w.worker_key = r.worker_key ORDER BY w.source_row, r.rule"
    )
    answer = run(paybench, folder, "query", sql, "--period", period, "--format", "csv", "--quiet")
    found = {(int(r["source_row"]), r["rule"]): r["result"] for r in csv.DictReader(io.StringIO(answer))}
    wrong = []
    if len(found) != len(rows) * len(RULES):
        wrong.append(f"{period}: {len(found)} results for {len(rows)} workers and {len(RULES)} rules")
    for number, row in enumerate(rows):
        worker = Worker({**row, **places[row["workplace_id"]], "period": period})
        for rule in RULES:
            expected, made = rule(worker), found.get((number + 2, rule.__name__))
            seen[rule.__name__].add(expected)
            if expected != made:
                wrong.append(f"{period}, {rule.__name__}: paybench {made}, here {expected}: {row} {worker.service} {worker.area}")
    return len(found), wrong


def main() -> int:
    parser = argparse.ArgumentParser(description="Judges contracts a second time.")
    parser.add_argument("paybench")
    parser.add_argument("--workers", type=int, default=1000, help="workers a period (default 1000)")
    parser.add_argument("--seed", type=int, default=42)
    arguments = parser.parse_args()
    rules = {rule.__name__: rule for rule in RULES}
    wrong = []
    with open(CASES, encoding="utf-8", newline="") as file:
        cases = list(csv.DictReader(file))
    for case in cases:
        result = rules[case["rule"]](Worker(case))
        if result != case["expected"]:
            wrong.append(f"case {case['case']}, {case['rule']}, {case['why']}: here {result}, expected {case['expected']}")
    print(f"contract rules: {len(cases)} cases, {len(wrong)} differ")
    rng = random.Random(arguments.seed)
    paybench = str(Path(arguments.paybench).resolve())
    seen = defaultdict(set)
    with tempfile.TemporaryDirectory() as folder:
        for period in PERIODS:
            compared, differ = differences(paybench, Path(folder), period, rng, arguments.workers, seen)
            print(f"contract rules, {period}: {compared} results, {len(differ)} differ")
            wrong += differ
    for rule in RULES:
        # Every answer that a rule has was given to somebody: out of scope, unknown, and both others.
        if len(seen[rule.__name__] - {"not_in_force"}) != 4:
            wrong.append(f"{rule.__name__}: nothing but {', '.join(sorted(seen[rule.__name__]))} came up")
    for text in wrong[:20]:
        print(text)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
