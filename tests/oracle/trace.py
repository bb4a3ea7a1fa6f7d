#!/usr/bin/env python3
"""Follows published figures back to the lines of the returns, and works them out from those alone.

    trace.py PAYBENCH STORE RELEASE_DIR RETURNS KEY_FILE [--figures N] [--seed S]

RELEASE_DIR is a restricted release of STORE, and RETURNS the folder that was ingested, beside
which those of earlier periods stand. N figures are drawn, in turn from every table; PAYBENCH
traces each. Then, without it: every file that the trace names must have the SHA-256 that it states; every row must stand in that
file at that line, be about the workplace and (by the keyed hash) the worker that the trace
names, and hold in its own words each input that the trace lists; and the figure must come
out of these rows again, in fractions, to the last decimal. Exit code 0 where all does, 1
where anything differs.
"""

import argparse
import csv
import hashlib
import hmac
import json
import math
import random
import re
import subprocess
import sys
import tomllib
from datetime import date
from fractions import Fraction
from pathlib import Path

import gap_ranges

ROOT = Path(__file__).resolve().parent.parent.parent
WEEKS = Fraction(365, 7)
# What a comparison's rows are about, or says in words.
NO_FIGURES = {"period", "marker", "release", "provider_name", "regulator_id", "service", "reason", "notice_date"}
HOURS = ("hours_work", "hours_travel", "hours_waiting", "hours_training", "hours_awake_sleep_in")
NOT_COUNTED = (
    "premium", "allowances", "absence_pay", "tips", "expenses", "deductions_own_use", "job_spending"
)  # fmt: skip


class Differs(Exception):
    """Something is not as the trace says."""


# --- The files of returns -----------------------------------------------------------


class File:
    """A text file as records by line."""

    def __init__(self, path: Path):
        self.bytes = path.read_bytes()
        if self.bytes[:2] in (b"\xff\xfe", b"\xfe\xff"):
            text = self.bytes.decode("utf-16")
        else:
            try:
                text = self.bytes.decode("utf-8-sig")
            except UnicodeDecodeError:
                text = self.bytes.decode("cp1252")
        first = text.split("\n", 1)[0]
        reader = csv.reader(text.splitlines(keepends=True), delimiter=max(",;\t|", key=first.count))
        self.header = [name.strip() for name in next(reader)]
        self.records, line = {}, reader.line_num + 1
        for cells in reader:
            self.records[line] = dict(zip(self.header, (cell.strip() for cell in cells)))
            line = reader.line_num + 1


LAYOUT = tomllib.loads((ROOT / "src/ingest/layout/asc-wds.toml").read_text(encoding="utf-8"))
ASC_ROLES = LAYOUT["lists"]["retired_roles"] | LAYOUT["lists"]["roles"]
ASC_CODES = {
    column["to"]: column["codes"]
    for file in LAYOUT["file"]
    for column in file.get("column", [])
    if isinstance(column.get("codes"), dict)
}


def asc_wds(record: dict, name: str) -> str | None:
    """What a bulk-upload record says of a column, where that can be read from one cell."""
    coded = {"tenure": "EMPLSTATUS", "pay_basis": "SALARYINT"}
    if name in coded:
        return ASC_CODES[name].get(record[coded[name]], "")
    if name == "role":
        return ASC_ROLES.get(record["MAINJOBROLE"], "") if "MAINJOBROLE" in record else None
    if name == "pay_rate":
        return record["SALARY"] or record["HOURLYRATE"]
    return None


def asc_flows(record: dict, role: str, name: str) -> str | None:
    """The sum of a workplace's list over the codes of a role."""
    column = {"starters": "STARTERS", "leavers": "LEAVERS", "vacancies": "VACANCIES"}.get(name)
    counts = record.get(column or "", "").split(";")
    roles = [ASC_ROLES[code] for code in record["ALLJOBROLES"].split(";")]
    # A single 999 or 0 stands for all of them, and roles with staff count though not listed.
    if column is None or len(counts) != len(roles) or role not in roles:
        return None
    mine = [count for count, of in zip(counts, roles) if of == role]
    return None if "999" in mine else str(sum(map(int, mine)))


def said(raw: str, listed: object) -> bool:
    """Whether a cell says what is listed."""
    if listed is None or raw == "":
        return raw == "" and listed is None
    if isinstance(listed, bool):
        return raw.lower() == ("yes" if listed else "no")
    if isinstance(listed, int):
        return Fraction(raw) == listed
    if re.fullmatch(r"\d{4}-\d\d-\d\d", listed):
        return listed in (raw, "-".join(reversed(raw.split("/"))))
    if re.fullmatch(r"-?\d+\.\d+", listed):
        return Fraction(re.sub(r"[£,]|\s*\[r\]$", "", raw)) == Fraction(listed)
    return raw.lower() == listed.lower()


class Returns:
    def __init__(self, folder: Path, key_file: Path):
        self.folder, self.files = folder, {}
        self.secret = bytes.fromhex(key_file.read_text().split()[0])
        self.rows = self.cells = 0

    def file(self, return_id: str, name: str) -> File:
        path = self.folder / return_id / name
        if path not in self.files:
            self.files[path] = File(path)
        return self.files[path]

    def worker_key(self, provider: str, reference: str) -> str:
        parts = (part.encode() for part in (provider, reference))
        text = b"".join(len(part).to_bytes(8, "little") + part for part in parts)
        return hmac.new(self.secret, text, hashlib.sha256).hexdigest()[:32]

    def check(self, row: dict, table_columns: set[str]) -> None:
        """The record that the row names is the one that it shows.

        A column named like one of the comparison says what the row adds, not what it holds.
        """
        record = self.file(row["return_id"], row["source_file"]).records.get(row["source_row"])
        place = f"{row['return_id']}/{row['source_file']} line {row['source_row']}"
        if record is None:
            raise Differs(f"{place}: there is no record")
        own = "LOCALESTID" not in record
        workplace = record["workplace_id" if own else "LOCALESTID"]
        if workplace != row["workplace_id"] or own and record["provider_id"] != row["provider_id"]:
            raise Differs(f"{place}: it is about workplace {workplace}, not {row['workplace_id']}")
        if row.get("worker_key"):
            reference = record["worker_ref"] if own else record.get("CHGUNIQUEWRKID") or record["UNIQUEWORKERID"]
            if self.worker_key(row["provider_id"], reference) != row["worker_key"]:
                raise Differs(f"{place}: it is about another worker")
        self.rows += 1
        for name, listed in row.items():
            if name in table_columns or row["table_name"] == "workers" and name in OF_WORKPLACES:
                continue
            if own:
                raw = record.get(name)
            elif row["table_name"] == "flows":
                raw = asc_flows(record, row["role"], name)
            else:
                raw = asc_wds(record, name) if row["table_name"] == "workers" else None
            # A charge may be the word free.
            if raw is None or raw == "free":
                continue
            if not said(raw, listed):
                raise Differs(f"{place}: {name} is `{raw}`, and listed as {listed}")
            self.cells += 1


# In rows of workers these are of the workplace.
OF_WORKPLACES = {"service", "area_code", "full_time_hours"}


# --- What figures are made of -------------------------------------------------------


def number(value: object) -> Fraction | None:
    return None if value is None else Fraction(str(value))


def of(row: dict, name: str) -> Fraction:
    return number(row[name]) or Fraction(0)


def rounded(value: Fraction | None, places: int) -> Fraction | None:
    """Half away from zero."""
    if value is None:
        return None
    scaled = math.floor(abs(value) * 10**places + Fraction(1, 2))
    return Fraction(scaled if value >= 0 else -scaled, 10**places)


def quantile(values: list[Fraction], quarter: int) -> Fraction | None:
    """Type 7: linear between the two nearest."""
    values = sorted(values)
    if not values:
        return None
    at = Fraction((len(values) - 1) * quarter, 4)
    low = math.floor(at)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (at - low)


def median(values: list[Fraction]) -> Fraction | None:
    return quantile(values, 2)


def percent(part: Fraction | int, whole: Fraction | int) -> Fraction | None:
    return rounded(Fraction(part) * 100 / Fraction(whole), 2) if whole else None


def hourly(row: dict) -> Fraction:
    """From the pay as returned."""
    pay = number(row["pay_rate"])
    if row["pay_basis"] == "annual":
        return rounded(pay / (number(row["contracted_hours"]) * WEEKS), 4)
    return pay


def pay_by_sector(rows, column, _key):
    rates = [hourly(row) for row in rows]
    return {
        "workers": len(rows),
        "p25_hourly": rounded(quantile(rates, 1), 4),
        "median_hourly": rounded(median(rates), 4),
        "p75_hourly": rounded(quantile(rates, 3), 4),
    }.get(column, len({row["provider_id"] for row in rows}))


def pay_gap(rows, column, _key):
    sides = {side: [hourly(row) for row in rows if row["side"] == side] for side in ("reference", "focus")}
    if column.endswith("_workers"):
        return len(sides[column.removesuffix("_workers")])
    reference, focus = median(sides["reference"]), median(sides["focus"])
    if column.endswith("_median"):
        return rounded({"reference_median": reference, "focus_median": focus}[column], 4)
    gap = reference - focus
    base = {"focus_less_pct": reference, "reference_more_pct": focus}.get(column)
    return percent(gap, base) if base else rounded(gap, 4)


def pay_gap_intervals(rows, column, key):
    if not column.endswith(("_providers", "_low", "_high")):
        return pay_gap(rows, column, key)
    sides = {"reference": {}, "focus": {}}
    for row in rows:
        sides[row["side"]].setdefault(row["provider_id"], []).append(hourly(row))
    if column.endswith("_providers"):
        return len(sides[column.removesuffix("_providers")])
    draws = (gap_ranges.redrawn(key["role_group"], key[f"{side}_sector"], own) for side, own in sides.items())
    return rounded(gap_ranges.gap_ranges(*draws)[column], 4 if column.startswith("gap_") else 2)


def pay_points(rows, column, _key):
    points = {}
    for row in rows:
        lowest, highest = points.setdefault((row["provider_id"], row["plain_sector"], row["role"]), ([], []))
        stands_in = row["table_name"] == "workers"
        lowest.append(hourly(row) if stands_in else number(row["minimum_rate"]))
        highest.append(hourly(row) if stands_in else number(row["maximum_rate"]))
    if column == "points":
        return len(points)
    if column == "providers":
        return len({provider for provider, _, _ in points})
    known = [[v for v in side[column == "median_maximum"] if v is not None] for side in points.values()]
    pick = max if column == "median_maximum" else min
    return rounded(median([pick(values) for values in known if values]), 4)


def contract_type(row: dict) -> str:
    tenure, hours = row["tenure"], number(row["contracted_hours"])
    if tenure in ("agency", "bank"):
        return tenure
    if row["zero_hours"]:
        return "zero_hours"
    if tenure in ("temporary", "fixed_term"):
        return "temporary"
    if tenure != "permanent":
        return tenure or "unknown"
    if hours is None:
        return "permanent_hours_unknown"
    if hours >= of(row, "full_time_hours"):
        return "permanent_full_time"
    return "permanent_under_16" if hours < 16 else "permanent_part_time"


def contract_types(rows, column, key):
    mine = [row for row in rows if contract_type(row) == key["contract_type"]]
    if column == "no_guarantee":
        return sum(bool(row["zero_hours"]) for row in mine)
    return percent(len(mine), len(rows)) if column == "share_pct" else len(mine)


def guarantee(row: dict) -> str:
    hours = number(row["contracted_hours"])
    if row["zero_hours"]:
        return "none"
    if hours is None or row["zero_hours"] is False and hours == 0:
        return "unknown"
    if hours == 0:
        return "none"
    return "low" if hours < 16 else "partial" if hours < of(row, "full_time_hours") else "full"


def contract_axes(rows, column, key):
    mine = sum((row["own_tenure"], guarantee(row)) == (key["tenure"], key["guarantee"]) for row in rows)
    return percent(mine, len(rows)) if column == "share_pct" else mine


def turnover(rows, column, key):
    measure = key["measure"]
    if column == "providers":
        return len({row["provider_id"] for row in rows})
    above = {"starters_closing": "starters", "stability": "retained", "vacancy": "vacancies"}.get(measure, "leavers")
    numerator = denominator = Fraction(0)
    for row in rows:
        weight = Fraction(1, 2) if measure == "turnover_mean" else 1
        if row["table_name"] == "workers":
            denominator += weight
            continue
        numerator += of(row, above)
        if measure != "stability":
            denominator += of(row, "closing") * weight
        if measure == "vacancy":
            denominator += of(row, "vacancies")
        if measure in ("stability", "turnover_mean"):
            denominator += of(row, "opening") * weight
    return {"numerator": numerator, "denominator": denominator}.get(column, percent(numerator, denominator))


def judged(row: dict, statutory: bool) -> tuple[str, Fraction | None]:
    """The result of one worker against the floors listed, and the yearly shortfall."""
    low, high = number(row["lowest_floor"]), number(row["highest_floor"])
    if row["hourly"] is None or row["tenure"] == "agency" or low is None:
        return "cannot_tell", None
    extra = Fraction(0) if statutory else of(row, "guaranteed_allowance")
    salaried, hours = row["pay_basis"] == "annual", number(row["contracted_hours"])
    pay = number(row["pay_rate"]) if salaried else hourly(row)
    time, enough = (hours * 52, hours * (WEEKS if statutory else 52)) if salaried else (1, 1)
    adult = statutory or row["age"] is not None
    if pay < (low - extra) * time and adult:
        usual = hours or number(row["average_hours"])
        if usual is None:
            return "below", None
        year = usual * (52 if salaried and not statutory else WEEKS)
        return "below", (low - extra) * year - (pay if salaried else pay * usual * WEEKS)
    return ("meets" if pay >= (high - extra) * enough else "cannot_tell"), None


def living_wage(rows, column, key):
    results = [judged(row, key["standard"] == "nlw_nmw") for row in rows]
    for row, (result, _) in zip(rows, results):
        if row["result"] != result:
            raise Differs(f"line {row['source_row']} of {row['return_id']}: {result}, listed as {row['result']}")
    below = [shortfall for result, shortfall in results if result == "below"]
    known = [shortfall for shortfall in below if shortfall is not None]
    unsure = sum(result == "cannot_tell" for result, _ in results)
    return floor_figures(len(rows), unsure, below, known, column)


def floor_figures(all_rows: int, unsure: int, below: list, known: list[Fraction], column: str):
    return {
        "tested": all_rows - unsure,
        "below": len(below),
        "cannot_tell": unsure,
        "below_pct": percent(len(below), all_rows - unsure),
        "below_pct_low": percent(len(below), all_rows),
        "below_pct_high": percent(len(below) + unsure, all_rows),
        "annual_shortfall": rounded(sum(known, Fraction(0)), 2) if known or not below else None,
    }.get(column, len(below) - len(known))


def care_floors(rows, column, key):
    """Who is in scope, and below, is worked out again by floors_and_costs.py."""
    below = [row for row in rows if row["result"] == "below"]
    unsure = sum(row["result"] == "cannot_tell" for row in rows)
    known = [number(row["shortfall_sevenths"]) / 7 for row in below if row["shortfall_sevenths"] is not None]
    return floor_figures(len(rows), unsure, below, known, column)


def cost_to_comply(rows, column, _key):
    """The rises are worked out again by floors_and_costs.py."""
    raised = [row for row in rows if row["workers"]]
    rises = [number(row["rise_sevenths"]) / 7 for row in raised if row["rise_sevenths"] is not None]
    bill = sum((number(row["pay_sevenths"]) / 7 for row in rows if row["pay_sevenths"] is not None), Fraction(0))
    cost = sum(rises, Fraction(0))
    return {
        "workers": len(raised),
        "cannot_tell": len(rows),
        "cost": rounded(cost, 2),
        "on_costs": Fraction(0),
        "total": rounded(cost, 2),
        "hours_unknown": len(raised) - len(rises),
        "pay_bill": rounded(bill, 2),
    }.get(column, percent(cost, bill))


def distance(row: dict) -> str:
    if row["result"] in ("below", "cannot_tell"):
        return row["result"]
    bands = [("at_floor", 0), ("up_to_10p", Fraction(1, 10)), ("up_to_50p", Fraction(1, 2)), ("up_to_1_pound", 1)]
    bands.append(("up_to_2_pounds", 2))
    found = {
        next((name for name, most in bands if hourly(row) - of(row, floor) <= most), "over_2_pounds")
        for floor in ("lowest_floor", "highest_floor")
    }
    return found.pop() if len(found) == 1 else "cannot_tell"


def distance_to_floor(rows, column, key):
    mine = sum(distance(row) == key["distance"] for row in rows)
    return percent(mine, len(rows)) if column == "share_pct" else mine


def rate_test_caveats(rows, column, key):
    if column == "median_limit_pct":
        rates = {"travel_not_paid": 0, "sleep_in_unpaid": 0}
        limited = [row for row in rows if row["time_limit"] is not None]
        shares = [
            (hourly(row) - of(row, "highest_floor")) * 100
            / (hourly(row) - Fraction(rates.get(key["caveat"], row["travel_rate"] or 0)))
            for row in limited
        ]
        return rounded(median(shares), 2)
    mine = sum(row["workers"] is not None and int(row["workers"]) for row in rows)
    return {"rate_meets": len(rows), "workers": mine}.get(column, percent(mine, len(rows)))


def compression(rows, column, _key):
    points = {}
    for row in rows:
        sides = points.setdefault((row["provider_id"], row["plain_sector"]), {})
        sides.setdefault(row["role_group"], []).append(hourly(row))
    if column.endswith("_workers"):
        return sum(len(sides[column.removesuffix("_workers")]) for sides in points.values())
    pairs = [(median(sides["senior"]), median(sides["front_line"])) for sides in points.values()]
    gaps = [senior - front for senior, front in pairs]
    match column:
        case "points":
            return len(points)
        case "median_gap":
            return rounded(median(gaps), 4)
        case "median_gap_pct":
            return rounded(median([(senior - front) * 100 / front for senior, front in pairs]), 2)
        case "narrow_pct":
            return percent(sum(gap < Fraction(1, 2) for gap in gaps), len(gaps))
    return len({provider for provider, _ in points})


def conditions(rows, column, key):
    condition = key["condition"]

    def answer(row):
        match condition:
            case "enhanced_sick_pay" | "pay_award_pending":
                return row[condition]
            case "travel_time_paid":
                return {None: None, "no_travel": None, "not_paid": False}.get(row["travel_time_pay"], True)
            case "weekend_enhancement" | "overtime_enhancement":
                value = number(row[f"{condition}_pct"])
                return None if value is None else value > 0
            case "pension_above_minimum":
                value = number(row["employer_pension_pct"])
                stated = row["pension_above_minimum"]
                return stated if stated is not None else None if value is None else value > 3

    given = {
        "weekend_enhancement": "weekend_enhancement_pct",
        "overtime_enhancement": "overtime_enhancement_pct",
        "pension_above_minimum": "employer_pension_pct",
        "annual_leave_days": "annual_leave_days",
    }.get(condition)
    values = [number(row[given]) for row in rows if given and row[given] is not None]
    answers = [answer(row) for row in rows]
    if column == "median_value":
        return rounded(median(values), 4)
    if column == "yes_pct":
        known = [yes for yes in answers if yes is not None]
        return percent(sum(known), len(known))
    if column == "answered":
        return sum(yes is not None or bool(given) and row[given] is not None for row, yes in zip(rows, answers))
    return len(rows)


def contract_audit(rows, column, _key):
    workers = [row for row in rows if row["table_name"] == "workers"]
    employed = [
        row for row in workers if row["tenure"] in ("permanent", "temporary", "fixed_term") and not row["zero_hours"]
    ]
    both = [row for row in workers if None not in (row["average_hours"], row["contracted_hours"])]
    match column:
        case "agency" | "bank":
            return sum(row["tenure"] == column for row in workers)
        case "under_16_hours":
            return sum(row["contracted_hours"] is not None and of(row, "contracted_hours") < 16 for row in employed)
        case "hours_unknown":
            return sum(row["contracted_hours"] is None for row in employed)
        case "average_above_contracted":
            return sum(of(row, "average_hours") > of(row, "contracted_hours") for row in both)
    return len(workers)


def rights(row: dict, period: date) -> str:
    wales = row["area_code"] is None or row["area_code"].startswith("W")
    if row["service"] not in (None, "domiciliary", "supported_living") or not wales:
        return "out_of_scope"
    if None in (row["service"], row["area_code"], row["since"]):
        return "unknown"
    since = date.fromisoformat(row["since"])
    months = since.month + 2
    year, month = since.year + months // 12, months % 12 + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - date.resolution).day
    if period < date(year, month, min(since.day, last)):
        return "not_due"
    if row["contract_offer_on"] and date.fromisoformat(row["contract_offer_on"]) >= since:
        return "offered"
    both = (row["regular_hours"], row["offer_conditions_met"])
    if False in both:
        return "conditions_not_met"
    return "conditions_unknown" if None in both else "offer_not_recorded"


def zero_hours_rights(rows, _column, key):
    return sum(rights(row, date.fromisoformat(key["period"])) == key["status"] for row in rows)


def rules(rows, column, key):
    """The rules themselves are applied again by contract_rules.py."""
    unmet = [row for row in rows if row["result"] in ("breach", "not_met", "would_not_meet")]
    unsure = sum(row["result"] == "unknown" for row in rows)
    if column == "workers":
        return sum(row["result"] == key["result"] for row in rows)
    tested = len(rows) - unsure
    plain = column.removeprefix("would_")
    return {
        "tested": tested,
        "cannot_tell": unsure,
        "met": tested - len(unmet),
        "meet": tested - len(unmet),
        "not_met": len(unmet),
        "not_meet": len(unmet),
        "not_met_pct_low": percent(len(unmet), len(rows)),
        "not_meet_pct_low": percent(len(unmet), len(rows)),
        "not_met_pct_high": percent(len(unmet) + unsure, len(rows)),
        "not_meet_pct_high": percent(len(unmet) + unsure, len(rows)),
    }.get(plain, percent(len(unmet), tested))


def counted(row: dict) -> tuple[Fraction | None, Fraction | None]:
    """Pay and hours that count; accommodation is left to wage_test.py."""
    if row["accommodation_free"] or row["accommodation_charge"] is not None:
        raise LookupError("accommodation")
    pay = None if row["gross_pay"] is None else of(row, "gross_pay") - sum(of(row, name) for name in NOT_COUNTED)
    hours = None if row["hours_work"] is None else sum(of(row, name) for name in HOURS)
    return pay, hours


def missing(row: dict, rate: Fraction) -> Fraction:
    """The shortfall of a period, to the penny above."""
    pay, hours = counted(row)
    return Fraction(math.ceil((rate * hours - pay) * 100), 100)


def wage_test(rows, column, _key):
    [row] = rows
    pay, hours = counted(row)
    return {
        "counted_pay": pay,
        "counted_hours": hours,
        "effective_rate": rounded(pay / hours, 4) if hours and pay is not None else None,
    }[column]


def is_below(row: dict) -> bool:
    """By what was returned; the rest of the test is left to wage_test.py."""
    try:
        pay, hours = counted(row)
    except LookupError:
        return row["result"] == "below"
    if None in (pay, hours, row["lowest_rate"]) or hours == 0 or row["result"] == "cannot_tell":
        return False
    return pay < of(row, "lowest_rate") * hours


def wage_test_sectors(rows, column, _key):
    workers = {}
    for row in rows:
        result = "below" if is_below(row) else row["result"]
        workers.setdefault((row["provider_id"], row["workplace_id"], row["worker_key"]), set()).add(result)
    below = sum("below" in results for results in workers.values())
    unsure = sum("below" not in results and "cannot_tell" in results for results in workers.values())
    return {
        "tested": len(workers) - unsure,
        "below": below,
        "cannot_tell": unsure,
        "below_pct": percent(below, len(workers) - unsure),
        "below_pct_low": percent(below, len(workers)),
    }.get(column, percent(below + unsure, len(workers)))


def wage_test_providers(rows, column, _key):
    if column == "shortfall":
        return sum(missing(row, of(row, "lowest_rate")) for row in rows)
    if column == "below":
        return sum(map(is_below, rows))
    return len(rows)


def owed(row: dict) -> Fraction:
    shortfall = missing(row, of(row, "rate_then"))
    now = number(row["rate_now"])
    return shortfall if now is None else max(shortfall, rounded(shortfall * now / of(row, "rate_then"), 2))


def wage_arrears(rows, column, _key):
    [row] = rows
    return {"shortfall": missing(row, of(row, "rate_then")), "arrears": owed(row)}[column]


def wage_arrears_providers(rows, column, _key):
    return {
        "workers": len({row["worker_key"] for row in rows}),
        "shortfall": sum(missing(row, of(row, "rate_then")) for row in rows) if column == "shortfall" else None,
        "arrears": sum(map(owed, rows)) if column == "arrears" else None,
    }.get(column, len(rows))


# Comparison, how its figures come out of rows, and the figures that do not.
WORKED_OUT = {
    "pay_by_sector": (pay_by_sector, ()),
    "pay_gap": (pay_gap, ()),
    # No pair of the sample has providers enough for a range.
    "pay_gap_intervals": (pay_gap_intervals, ()),
    "pay_points": (pay_points, ()),
    "contract_types": (contract_types, ()),
    "contract_axes": (contract_axes, ()),
    "turnover": (turnover, ()),
    # The rows of turnover for each period.
    "turnover_over_time": (turnover, ()),
    "living_wage": (living_wage, ()),
    "living_wage_providers": (living_wage, ()),
    "living_wage_areas": (living_wage, ()),
    "care_floors": (care_floors, ()),
    "cost_to_comply": (cost_to_comply, ("floor",)),
    "cost_to_comply_providers": (cost_to_comply, ("floor",)),
    "distance_to_floor": (distance_to_floor, ()),
    "rate_test_caveats": (rate_test_caveats, ()),
    "rate_test_caveats_providers": (rate_test_caveats, ()),
    "compression": (compression, ()),
    "conditions": (conditions, ()),
    # Registration rests on the places and services of workplaces as well.
    "contract_audit": (contract_audit, ("registration_overdue", "registration_unknown")),
    "zero_hours_rights": (zero_hours_rights, ()),
    "contract_rules": (rules, ()),
    "contract_rules_sectors": (rules, ()),
    "contract_readiness": (rules, ()),
    "wage_test": (wage_test, ("floor", "shortfall")),
    "wage_test_sectors": (wage_test_sectors, ()),
    "wage_test_providers": (wage_test_providers, ()),
    "wage_arrears": (wage_arrears, ("floor", "notice_rate", "penalty_pct", "penalty", "prompt_penalty")),
    "wage_arrears_providers": (wage_arrears_providers, ("penalty", "prompt_penalty")),
}


# --- The figures --------------------------------------------------------------------


def keys() -> dict[str, list[str]]:
    found = {}
    for path in (ROOT / "queries/rows").glob("*.sql"):
        [line] = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("-- key: ")]
        found[path.stem] = line.removeprefix("-- key: ").split()
    found["turnover_over_time"] = found["turnover"]
    return found


def drawn(release: Path, wanted: int, seed: int) -> list[tuple[str, str, dict]]:
    """Figures with a value, from each table in turn."""
    chance, by_table = random.Random(seed), {}
    for path in sorted((release / "tables").glob("*.csv")):
        table, about = path.stem, keys()[path.stem]
        skipped = {*about, *NO_FIGURES, *WORKED_OUT[table][1]}
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        figures = [
            (table, column, {key: row[key] for key in about} | {"period": row["period"]}, row[column])
            for row in rows
            for column in row
            if column not in skipped and re.fullmatch(r"-?\d+(\.\d+)?", row[column])
        ]
        chance.shuffle(figures)
        by_table[table] = figures
    if by_table.keys() != WORKED_OUT.keys():
        raise Differs(f"not the same tables: {sorted(by_table.keys() ^ WORKED_OUT.keys())}")
    found = []
    while len(found) < wanted and any(by_table.values()):
        found += [figures.pop() for figures in by_table.values() if figures]
    return found[:wanted]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("paybench", "store", "release", "returns", "key_file"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--figures", type=int, default=50)
    parser.add_argument("--seed", type=int, default=2026)
    args = parser.parse_args()
    # Earlier periods that the release tells of stand beside the folder.
    sent = {}
    wrong = left = 0
    figures = drawn(args.release, args.figures, args.seed)
    columns = {}
    for path in (args.release / "tables").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as lines:
            columns[path.stem] = set(next(csv.reader(lines)))
    for table, column, key, published in figures:
        told = [f"{name}={value}" for name, value in key.items() if value]
        command = [args.paybench, "trace", table, column, *told, "--restricted", "--quiet", "--format", "json"]
        command += ["--release", args.release, "--store", args.store]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        name = f"{table}.{column} {' '.join(told)}"
        period = key["period"]
        if period not in sent:
            sent[period] = Returns(args.returns.parent / period, args.key_file)
        returns = sent[period]
        try:
            if ran.returncode != 0:
                raise Differs(f"ends with {ran.returncode}: {ran.stderr.strip()}")
            trace = json.loads(ran.stdout)
            for file in trace["files"]:
                digest = hashlib.sha256(returns.file(file["return_id"], file["file"]).bytes).hexdigest()
                if digest != file["sha256"]:
                    raise Differs(f"{file['return_id']}/{file['file']} is another file")
            for row in trace["rows"]:
                returns.check(row, columns[table])
            figure = WORKED_OUT[table][0](trace["rows"], column, key)
            if figure is None or Fraction(figure) != Fraction(published):
                raise Differs(f"published as {published}, worked out as {figure} from {len(trace['rows'])} rows")
        except LookupError as error:
            if error.args != ("accommodation",):
                raise
            left += 1
        except Differs as error:
            print(f"{name}: {error}")
            wrong += 1
    rows, cells = (sum(getattr(one, name) for one in sent.values()) for name in ("rows", "cells"))
    print(
        f"{len(figures)} figures traced, {rows} rows found in their files, {cells} cells say what is "
        f"listed, {len(figures) - left - wrong} figures worked out again, {left} left to wage_test.py, {wrong} wrong"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
