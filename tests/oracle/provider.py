#!/usr/bin/env python3
"""Works out every figure of one provider from the lines of its return, without SQL and without paybench.

    provider.py PAYBENCH STORE RELEASE_DIR RETURNS KEY_FILE

RELEASE_DIR is a restricted release, with pages, of STORE, and RETURNS the folder that was
ingested. The provider is a small one with pay periods, in the text layout of paybench: its
files are read here line by line, worker by worker, in fractions. Held against that are its
rows in the tables of floors, costs, contracts, offers, pay periods and arrears, every worker
and pay period of its pack of evidence, and every row about it in the tables of two pages. One
line is printed a source. Exit code 0 where every cell agrees, 1 where one does not.
"""

import csv
import hashlib
import hmac
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from datetime import date
from fractions import Fraction
from pathlib import Path

from contract_rules import after_months

RETURN, PROVIDER, PERIOD = "llaw-gynnes", "LLG", date(2026, 9, 30)
FLOORS = Path(__file__).resolve().parent.parent.parent / "src" / "model" / "data" / "wage_floors.csv"
YEAR = Fraction(365, 7)  # weeks
GROUPS = {
    "front_line": {"care_worker", "support_worker"},
    "senior": {"senior_care_worker", "team_leader"},
    "supervisor": {"supervisor"},
    "manager": {"deputy_manager", "registered_manager", "manager"},
    "support": {"activities_worker", "ancillary", "administrative"},
}
NOT_COUNTED = ("premium", "allowances", "absence_pay", "tips", "expenses", "deductions_own_use", "job_spending")
HOURS = ("hours_work", "hours_travel", "hours_waiting", "hours_training", "hours_awake_sleep_in")


# --- Numbers and days ---------------------------------------------------------------


def amount(record: dict, name: str) -> Fraction | None:
    return Fraction(record[name]) if record.get(name) else None


def day(record: dict, name: str) -> date | None:
    return date.fromisoformat(record[name]) if record.get(name) else None


def text(value: Fraction | int | None, places: int) -> str:
    """Fixed decimals, half away from zero; empty for none."""
    if value is None:
        return ""
    scaled = abs(Fraction(value)) * 10**places
    digits = str((2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)).rjust(places + 1, "0")
    return ("-" if value < 0 else "") + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def percent(part: int | Fraction, whole: int | Fraction) -> str:
    return text(Fraction(100 * part) / whole, 2) if whole else ""


def completed_years(birth: date, on: date) -> int:
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


# --- Rates --------------------------------------------------------------------------


class Rates:
    def __init__(self):
        with FLOORS.open(encoding="utf-8", newline="") as lines:
            self.rows = [row for row in csv.DictReader(lines) if row["scheme"] in ("nlw_nmw", "real_living_wage")]

    def statutory(self, on: date, age: int | None, stages: tuple[str, ...]) -> dict[Fraction, str]:
        """Every rate that could apply on a day, with its band, for each stage of an apprenticeship that is possible."""
        rows = [row for row in self.rows if row["scheme"] == "nlw_nmw"]
        newest = max(row["effective_from"] for row in rows if row["effective_from"] <= on.isoformat())
        found = {}
        for row in (row for row in rows if row["effective_from"] == newest):
            low, high = int(row["min_age"] or 0), int(row["max_age"] or 999)
            for stage in stages:
                for years in range(16, 99) if age is None else [age]:
                    as_apprentice = stage == "first" or stage == "later" and years < 19
                    fits = as_apprentice if row["band"] == "apprentice" else not as_apprentice and low <= years <= high
                    if years >= 16 and fits:
                        found[Fraction(row["rate_gbp_per_hour"])] = row["band"]
        return found

    def voluntary(self) -> Fraction:
        """Outside London, to be paid by the period."""
        rows = [row for row in self.rows if row["scheme"] == "real_living_wage" and row["band"] == "uk"]
        due = [row for row in rows if row["implement_by"] <= PERIOD.isoformat()]
        return Fraction(max(due, key=lambda row: row["effective_from"])["rate_gbp_per_hour"])


# --- The return ---------------------------------------------------------------------


class Worker:
    def __init__(self, record: dict, place: dict, rates: Rates):
        self.record, self.place = record, place
        birth = day(record, "birth_date")
        self.age = completed_years(birth, PERIOD) if birth else None
        self.start = day(record, "start_date")
        self.agency = record["tenure"] == "agency"
        self.annual = record["pay_basis"] == "annual"
        self.contracted, self.average = amount(record, "contracted_hours"), amount(record, "average_hours")
        self.hours = self.contracted or self.average
        self.pay, self.allowance = amount(record, "pay_rate"), amount(record, "guaranteed_allowance") or Fraction(0)
        self.hourly = self.pay
        if self.annual:
            self.hourly = Fraction(text(self.pay / (self.contracted * YEAR), 4)) if self.contracted else None
        self.known = self.hourly is not None and not self.agency
        self.group = next(name for name, roles in GROUPS.items() if record["role"] in roles)
        self.stages = self.stages_on(PERIOD)
        self.floors = rates.statutory(PERIOD, self.age, self.stages)
        self.statutory = self.against(min(self.floors), max(self.floors))
        self.rate = rates.voluntary()
        self.voluntary = self.against_voluntary()

    def stages_on(self, on: date) -> tuple[str, ...]:
        began = day(self.record, "apprenticeship_start")
        if self.record["apprentice"] == "no" or not self.record["apprentice"] and began is None:
            return ("none",)
        if began is None:
            return ("first", "later")
        return ("first",) if on < after_months(began, 12) else ("later",)

    def against(self, lowest: Fraction, highest: Fraction) -> str:
        """A salary is for 52 weeks at the least, and for 365/7 at the most."""
        if not self.known:
            return "cannot_tell"
        least, most = (self.contracted * 52, self.contracted * YEAR) if self.annual else (1, 1)
        return "below" if self.pay < lowest * least else "meets" if self.pay >= highest * most else "cannot_tell"

    def against_voluntary(self) -> str | None:
        if self.stages != ("none",) or self.age is not None and self.age < 18:
            return None
        if not self.known:
            return "cannot_tell"
        hours = self.contracted * 52 if self.annual else 1
        if self.pay + self.allowance * hours >= self.rate * hours:
            return "meets"
        return "cannot_tell" if self.age is None else "below"

    def lacks(self, standard: str) -> Fraction | None:
        floor = min(self.floors) if standard == "nlw_nmw" else self.rate - self.allowance
        if self.annual:
            return floor * self.contracted * (YEAR if standard == "nlw_nmw" else 52) - self.pay
        return (floor - self.hourly) * self.hours * YEAR if self.hours else None

    def year_pay(self) -> Fraction | None:
        if not self.known:
            return None
        return self.pay if self.annual else self.hourly * self.hours * YEAR if self.hours else None

    def offer(self) -> str:
        if self.place["service"] not in ("domiciliary", "supported_living") or not self.place["area_code"].startswith("W"):
            return "out_of_scope"
        spell = day(self.record, "zero_hours_since") or self.start
        if spell is None:
            return "unknown"
        if PERIOD < after_months(spell, 3):
            return "not_due"
        offered = day(self.record, "contract_offer_on")
        if offered and offered >= spell:
            return "offered"
        conditions = {self.record["regular_hours"], self.record["offer_conditions_met"]}
        if "no" in conditions:
            return "conditions_not_met"
        return "conditions_unknown" if "" in conditions else "offer_not_recorded"

    def registration(self) -> str | None:
        """In home care in Wales, the only service of this provider in which registration is asked."""
        asked = self.place["service"] == "domiciliary" and self.group != "support"
        if not asked or self.record["registered"] in ("yes", "not_required"):
            return None
        if not self.record["registered"] or self.start is None:
            return "unknown"
        if PERIOD <= after_months(self.start, 6):
            return "in_time"
        return "overdue" if self.record["registered"] == "no" else "unknown"


class PayPeriod:
    def __init__(self, record: dict, worker: Worker, rates: Rates):
        self.record, self.worker = record, worker
        self.starts, self.ends = day(record, "period_start"), day(record, "period_end")
        birth = day(worker.record, "birth_date")
        age = completed_years(birth, self.starts) if birth else None
        self.rates = rates.statutory(self.starts, age, worker.stages_on(self.starts))
        gross, worked = amount(record, "gross_pay"), amount(record, "hours_work")
        taken = sum(amount(record, name) or 0 for name in NOT_COUNTED)
        self.pay = None if gross is None else gross - taken
        self.hours = None if worked is None else sum(amount(record, name) or 0 for name in HOURS)
        self.cause = self.shortfall = None
        self.result = self.judged()

    def judged(self) -> str:
        lowest, highest = min(self.rates), max(self.rates)
        visits = self.worker.place["service"] == "domiciliary"
        silent = not self.record["hours_travel"] or not self.record["hours_waiting"]
        if self.pay is None:
            self.cause = "pay_missing"
        elif self.hours is None:
            self.cause = "hours_missing"
        elif not self.hours:
            self.cause = "no_hours"
        elif (self.ends - self.starts).days > 30:
            self.cause = "period_too_long"
        elif self.pay < lowest * self.hours:
            self.shortfall = Fraction(-((self.pay - lowest * self.hours) * 100 // 1), 100)  # up to the penny
            return "below"
        elif self.pay < highest * self.hours:
            self.cause = "rates_differ"
        elif visits and silent:
            self.cause = "travel_missing"
        else:
            self.shortfall = Fraction(0)
            return "meets"
        return "cannot_tell"

    def agree(self) -> bool:
        return len(self.rates) == 1 or self.cause in (None, "travel_missing")


class Return:
    def __init__(self, folder: Path, key_file: Path):
        rates = Rates()
        self.secret = bytes.fromhex(key_file.read_text(encoding="utf-8").strip())
        self.places = {place["workplace_id"]: place for place in records(folder / "workplaces.csv")}
        self.workers, self.periods = {}, {}
        for record in records(folder / "workers.csv"):
            place = self.places[record["workplace_id"]]
            assert {record["provider_id"], place["provider_id"]} == {PROVIDER} and place["service"] in ("day", "domiciliary")
            self.workers[self.key(record)] = Worker(record, place, rates)
        for record in records(folder / "pay_periods.csv"):
            key = self.key(record)
            self.periods[key + (record["period_start"],)] = PayPeriod(record, self.workers[key], rates)

    def key(self, record: dict) -> tuple[str, str]:
        parts = (part.encode() for part in (record["provider_id"], record["worker_ref"]))
        told = b"".join(len(part).to_bytes(8, "little") + part for part in parts)
        return record["workplace_id"], hmac.new(self.secret, told, hashlib.sha256).hexdigest()[:32]


def records(path: Path) -> list[dict]:
    """The rows of a table; a line is one row, and the header is line 1."""
    with path.open(encoding="utf-8", newline="") as lines:
        return [dict(row, line=str(at)) for at, row in enumerate(csv.DictReader(lines), 2)]


# --- What the tables should say -----------------------------------------------------


def floors(made: Return) -> list[dict]:
    rows = []
    for standard in ("nlw_nmw", "real_living_wage"):
        results = defaultdict(list)
        for worker in made.workers.values():
            results[worker.statutory if standard == "nlw_nmw" else worker.voluntary].append(worker)
        below, unsure = len(results["below"]), len(results["cannot_tell"])
        tested = below + len(results["meets"])
        lacking = [worker.lacks(standard) for worker in results["below"]]
        known = [one for one in lacking if one is not None]
        rows.append({
            "standard": standard,
            "tested": tested,
            "below": below,
            "cannot_tell": unsure,
            "below_pct": percent(below, tested),
            "below_pct_low": percent(below, tested + unsure),
            "below_pct_high": percent(below + unsure, tested + unsure),
            "annual_shortfall": text(sum(known, Fraction(0)), 2) if known or not below else "",
            "shortfall_unknown": below - len(known),
        })  # fmt: skip
    return rows


def costs(made: Return) -> list[dict]:
    below = [worker.lacks("nlw_nmw") for worker in made.workers.values() if worker.statutory == "below"]
    cost = sum((one for one in below if one is not None), Fraction(0))
    bill = sum(worker.year_pay() or 0 for worker in made.workers.values())
    unsure = sum(worker.statutory == "cannot_tell" for worker in made.workers.values())
    return [{
        "floor": "", "workers": len(below), "cannot_tell": unsure, "cost": text(cost, 2), "on_costs": "0.00",
        "total": text(cost, 2), "hours_unknown": below.count(None), "pay_bill": text(bill, 2),
        "cost_pct_of_pay_bill": percent(cost, bill),
    }]  # fmt: skip


def audit(made: Return) -> list[dict]:
    rows = []
    for name, place in sorted(made.places.items()):
        here = [worker for worker in made.workers.values() if worker.place is place]
        tenure = Counter(worker.record["tenure"] for worker in here)
        employed = [
            worker
            for worker in here
            if worker.record["tenure"] in ("permanent", "temporary", "fixed_term") and worker.record["zero_hours"] != "yes"
        ]
        over = [w for w in here if None not in (w.contracted, w.average) and w.average > w.contracted]
        registration = Counter(worker.registration() for worker in here)
        rows.append({
            "workplace_id": name,
            "regulator_id": place["regulator_id"],
            "service": place["service"],
            "workers": len(here),
            "agency": tenure["agency"],
            "bank": tenure["bank"],
            "zero_hours": sum(worker.record["zero_hours"] == "yes" for worker in here),
            "under_16_hours": sum(worker.contracted is not None and worker.contracted < 16 for worker in employed),
            "hours_unknown": sum(worker.contracted is None for worker in employed),
            "average_above_contracted": len(over),
            "registration_overdue": registration["overdue"],
            "registration_unknown": registration["unknown"],
        })  # fmt: skip
    return rows


def rights(made: Return) -> list[dict]:
    asked = (w for w in made.workers.values() if w.record["zero_hours"] == "yes" and not w.agency)
    found = Counter(worker.offer() for worker in asked)
    return [{"status": status, "workers": count} for status, count in sorted(found.items())]


def tested(made: Return) -> list[dict]:
    rows = []
    for (place, worker, start), one in made.periods.items():
        lowest = min(one.rates)
        rows.append({
            "workplace_id": place,
            "worker_key": worker,
            "period_start": start,
            "period_end": one.record["period_end"],
            "band": one.rates[lowest] if one.agree() else "",
            "floor": text(lowest, 4) if one.agree() else "",
            "counted_pay": text(one.pay, 4),
            "counted_hours": text(one.hours, 4),
            "effective_rate": text(one.pay / one.hours, 4) if one.pay is not None and one.hours else "",
            "result": one.result,
            "shortfall": text(one.shortfall, 2),
        })  # fmt: skip
    return rows


CAUSES = (
    "pay_missing", "hours_missing", "no_hours", "period_too_long", "no_rate", "rates_differ", "travel_missing",
    "accommodation_missing",
)  # fmt: skip


def periods(made: Return) -> list[dict]:
    results = Counter(one.result for one in made.periods.values())
    causes = Counter(one.cause for one in made.periods.values())
    row = {"periods": len(made.periods)} | {name: results[name] for name in ("meets", "below", "cannot_tell")}
    row |= {cause: causes[cause] for cause in CAUSES}
    return [row | {"shortfall": text(sum((one.shortfall or 0 for one in made.periods.values()), Fraction(0)), 2)}]


def owed(made: Return) -> list[dict]:
    """By the rates of the period itself, to which nothing has changed since the pay periods began: arrears are the shortfalls."""
    rows = []
    for (place, worker, start), one in made.periods.items():
        if one.result == "below":
            lowest = min(one.rates)
            assert one.starts >= date(2026, 4, 1), "a rate has changed since"
            rows.append({
                "workplace_id": place, "worker_key": worker, "period_start": start, "band": one.rates[lowest],
                "floor": text(lowest, 4), "shortfall": text(one.shortfall, 2), "notice_date": PERIOD.isoformat(),
                "arrears": text(one.shortfall, 2), "penalty_pct": 200, "penalty": text(2 * one.shortfall, 2),
                "prompt_penalty": text(one.shortfall, 2), "reach": "within",
            })  # fmt: skip
    return rows


def owed_together(made: Return) -> list[dict]:
    rows = owed(made)
    total = sum((Fraction(row["arrears"]) for row in rows), Fraction(0))
    penalty = max(2 * total, Fraction(100))
    return [{
        "notice_date": PERIOD.isoformat(), "workers": len({row["worker_key"] for row in rows}), "periods": len(rows),
        "periods_out_of_reach": 0, "periods_reach_unknown": 0, "shortfall": text(total, 2), "arrears": text(total, 2),
        "penalty": text(penalty, 2), "prompt_penalty": text(penalty / 2, 2),
        "naming": "above" if total > 500 else "at" if total == 500 else "below",
    }]  # fmt: skip


def held(made: Return) -> list[dict]:
    """Each worker against both standards, as the pack of evidence has them."""
    rows = []
    for (place, key), worker in made.workers.items():
        both = {"nlw_nmw": (worker.statutory, min(worker.floors), max(worker.floors))}
        both["real_living_wage"] = (worker.voluntary or "out_of_scope", worker.rate, worker.rate)
        for standard, (result, lowest, highest) in both.items():
            rows.append({
                "workplace_id": place, "worker_key": key, "standard": standard, "result": result,
                "lowest_floor": text(lowest, 4), "highest_floor": text(highest, 4), "source_file": "workers.csv",
                "source_row": worker.record["line"],
            })  # fmt: skip
    return rows


def stored(made: Return) -> list[dict]:
    rows = []
    for (place, key), worker in made.workers.items():
        record = worker.record
        row = {name: record[name] for name in ("role", "tenure", "start_date", "pay_basis", "registered")}
        row |= {name: text(amount(record, name), 4) for name in ("contracted_hours", "average_hours", "pay_rate")}
        age = "" if worker.age is None else worker.age
        row |= {"workplace_id": place, "worker_key": key, "age": age, "source_row": record["line"]}
        rows.append(row | {"role_group": worker.group, "hourly": text(worker.hourly, 4)})
    return rows


# Table, what its rows go by, and what they should say.
TABLES = [
    ("living_wage_providers", ["standard"], floors),
    ("cost_to_comply_providers", [], costs),
    ("contract_audit", ["workplace_id"], audit),
    ("zero_hours_rights", ["status"], rights),
    ("wage_test", ["workplace_id", "worker_key", "period_start"], tested),
    ("wage_test_providers", [], periods),
    ("wage_arrears", ["workplace_id", "worker_key", "period_start"], owed),
    ("wage_arrears_providers", [], owed_together),
]
PACK = [
    ("workers", ["workplace_id", "worker_key"], stored),
    ("wage_tests", ["workplace_id", "worker_key", "standard"], held),
    ("wage_test", ["workplace_id", "worker_key", "period_start"], tested),
]
# Tables of pages: page, id, table, the row, and the columns after those that name it.
SHOWN = [
    ("living_wage", "providers-statutory", "living_wage_providers", {"standard": "nlw_nmw"}, 3),
    ("living_wage", "providers-living", "living_wage_providers", {"standard": "real_living_wage"}, 3),
    ("living_wage", "cost-providers", "cost_to_comply_providers", {}, 3),
    ("living_wage", "wage-test-providers", "wage_test_providers", {}, 3),
    ("living_wage", "wage-test-causes", "wage_test_providers", {}, 3),
    ("living_wage", "wage-arrears", "wage_arrears_providers", {}, 3),
    ("sector_comparison", "rights-table", "zero_hours_rights", {}, 3),
    ("sector_comparison", "audit-table", "contract_audit", {}, 4),
]
NOT_SHOWN = {
    "cost-providers": {"floor"},
    "wage-test-providers": set(CAUSES),
    "wage-test-causes": {"periods", "meets", "below", "cannot_tell", "shortfall"},
    "wage-arrears": {"notice_date", "naming"},
}


# --- Comparing ----------------------------------------------------------------------


def differences(found: list[dict], expected: list[dict], by: list[str]) -> tuple[int, list[str]]:
    def rows_by(rows):
        return {tuple(str(row[name]) for name in by): row for row in rows}

    have, want, cells, wrong = rows_by(found), rows_by(expected), 0, []
    if have.keys() != want.keys() or len(found) != len(expected):
        wrong.append(f"rows {sorted(have.keys() ^ want.keys())[:5]}, {len(found)} for {len(expected)}")
    for key in have.keys() & want.keys():
        for name, value in want[key].items():
            cells += 1
            if have[key][name] != str(value):
                wrong.append(f"{key} {name}: `{have[key][name]}`, worked out as `{value}`")
    return cells, wrong


def cells_of(page: str, table: str) -> list[list[str]]:
    """The rows about the provider in a table of a page."""
    [found] = re.findall(rf'<caption id="{table}">.*?</table>', page, re.S)
    rows = []
    for row in re.findall(r"<tr>(.*?)</tr>", found, re.S):
        cells = [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)]
        if cells[:1] == [PROVIDER]:
            rows.append(cells)
    return rows


def printed(cell: str) -> str:
    return cell.replace("£", "").replace("%", "").replace(",", "")


def main() -> int:
    if len(sys.argv) != 6:
        print(__doc__, file=sys.stderr)
        return 2
    paybench, store, release, returns, key_file = map(Path, sys.argv[1:])
    made, failed = Return(returns / RETURN, key_file), False

    def report(name: str, cells: int, wrong: list[str]) -> None:
        nonlocal failed
        failed |= bool(wrong) or not cells
        print(f"{name:<45} {cells:>5} cells  {'differs' if wrong or not cells else 'equal'}")
        for line in wrong[:5]:
            print(f"  {line}")

    expected = {}
    for name, by, work_out in TABLES:
        expected[name] = work_out(made)
        found = [row for row in records(release / "tables" / f"{name}.csv") if row["provider_id"] == PROVIDER]
        report(f"tables/{name}.csv", *differences(found, expected[name], by))
    with tempfile.TemporaryDirectory() as folder:
        pack = Path(folder) / "pack"
        asked = [paybench, "evidence", PROVIDER, "--restricted", "--store", store, "--period", PERIOD.isoformat()]
        subprocess.run([*asked, "--out", pack, "--quiet"], check=True, stdout=subprocess.DEVNULL)
        for name, by, work_out in PACK:
            report(f"evidence/{name}.csv", *differences(records(pack / f"{name}.csv"), work_out(made), by))
    for page, table, name, only, names in SHOWN:
        rows = cells_of((release / f"{page}.html").read_text(encoding="utf-8"), table)
        columns = {
            key for key in expected[name][0]
            if key in ("workplace_id", "regulator_id", "service", "status", "standard") or key in NOT_SHOWN.get(table, set())
        }  # fmt: skip
        wanted = [row for row in expected[name] if only.items() <= row.items()]
        want = sorted([printed(str(value)) for key, value in row.items() if key not in columns] for row in wanted)
        # The day of a notice stands first, the threshold last: both are words.
        have = sorted([printed(cell) for cell in cells[names:]] for cells in rows)
        if table == "wage-arrears":
            have = [cells[:-1] for cells in have]
        wrong = [] if have == want else [f"{have} for {want}"]
        report(f"{page}.html, {table}", sum(map(len, want)), wrong)
    print(f"{len(made.workers)} workers and {len(made.periods)} pay periods of {PROVIDER}, from {RETURN}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
