#!/usr/bin/env python3
"""Applies the statutory test a second time and checks paybench's wage_test against it.

    wage_test.py PAYBENCH [--cases N] [--seed S] [--keep DIR]

N invented pay periods are written as one return, with exact ties, missing values, ages
and apprenticeships at the edges and starts at changes of rates over-represented. PAYBENCH
ingests them and runs wage_test; every column of every row must be the same text, but for
the wording of `reason`, of which only the minutes are compared. Money and hours are
fractions here. The exit code is 0 where all is equal, 1 where anything differs.
"""

import argparse
import csv
import random
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PERIOD = date(2026, 10, 31)
# Where workers travel between visits; so may those of a service that is not known.
TRAVELLING = ("domiciliary", "supported_living", "extra_care", None)
HOURS = ("hours_work", "hours_travel", "hours_waiting", "hours_training", "hours_awake_sleep_in")
NOT_COUNTED = (
    "premium",
    "allowances",
    "absence_pay",
    "tips",
    "expenses",
    "deductions_own_use",
    "job_spending",
)
YOUNGEST, OLDEST = 16, 120


# --- The rule -----------------------------------------------------------------------


@dataclass(frozen=True)
class Rate:
    band: str
    min_age: int
    max_age: int
    pounds: Fraction


class Rates:
    """The dated rates: of the hour by band, and of a day's accommodation."""

    def __init__(self, rows: list[dict]):
        self.by_start: dict[date, list[Rate]] = {}
        self.offsets: dict[date, Fraction] = {}
        for row in rows:
            start = date.fromisoformat(str(row["effective_from"]))
            pounds = Fraction(str(row["rate"]))
            if row["scheme"] == "nlw_nmw":
                low = int(row["min_age"]) if row["min_age"] not in ("", None) else 0
                high = int(row["max_age"]) if row["max_age"] not in ("", None) else OLDEST
                self.by_start.setdefault(start, []).append(Rate(row["band"], low, high, pounds))
            elif row["scheme"] == "accommodation_offset":
                self.offsets[start] = pounds

    @staticmethod
    def built_in() -> "Rates":
        rows = []
        for name in ("wage_floors", "accommodation_offset"):
            with (ROOT / f"src/model/data/{name}.csv").open(encoding="utf-8", newline="") as lines:
                rows += [row | {"rate": row["rate_gbp_per_hour"]} for row in csv.DictReader(lines)]
        return Rates(rows)

    def on(self, day: date) -> list[Rate]:
        """The newest rates that have begun: they end every older one."""
        begun = [start for start in self.by_start if start <= day]
        return self.by_start[max(begun)] if begun else []

    def offset_on(self, day: date) -> Fraction | None:
        begun = [start for start in self.offsets if start <= day]
        return self.offsets[max(begun)] if begun else None


@dataclass
class PayPeriod:
    """What is known of a worker's pay and hours; None where it is not given."""

    start: date
    end: date
    service: str | None
    age: int | None
    apprenticeship: str | None  # none, apprentice, either; None where nothing is known of the worker
    apprenticeship_start: date | None
    hours: dict[str, Fraction | None]
    gross_pay: Fraction | None
    less: dict[str, Fraction | None]
    days: int | None = None
    free: bool = False
    charge: Fraction | None = None


@dataclass
class Verdict:
    band: str | None
    floor: Fraction | None
    pay: Fraction | None
    hours: Fraction | None
    result: str
    shortfall: Fraction | None
    minutes: int | None = None  # unpaid working time up to which it would still meet
    days_matter: bool = False  # whether days of accommodation that are not given change the pay

    @property
    def rate(self) -> Fraction | None:
        return self.pay / self.hours if self.pay is not None and self.hours else None


def a_year_after(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def possible_rates(period: PayPeriod, rates: Rates) -> set[tuple[Fraction, str]]:
    """Every rate that could be the worker's, tried one combination of what is not known after another."""
    in_force = rates.on(period.start)
    ages = range(YOUNGEST, OLDEST + 1) if period.age is None else [period.age]
    apprentice = {"none": [False], "apprentice": [True]}.get(period.apprenticeship, [True, False])
    if period.apprenticeship_start is None:
        first_year = [True, False]
    else:
        first_year = [period.start < a_year_after(period.apprenticeship_start)]
    found = set()
    for age in ages:
        for is_apprentice in apprentice:
            for in_first_year in first_year:
                special = is_apprentice and (age < 19 or in_first_year)
                for rate in in_force:
                    if (rate.band == "apprentice") == special and rate.min_age <= age <= rate.max_age and age >= YOUNGEST:
                        found.add((rate.pounds, rate.band))
    return found


def possible_days(period: PayPeriod) -> list[int]:
    """Days of accommodation that are not given may be none or all of the period."""
    if period.days is not None:
        return [period.days]
    return [0, (period.end - period.start).days + 1]


def counted_pay(period: PayPeriod, rates: Rates, days: int) -> Fraction | None:
    if period.gross_pay is None:
        return None
    pay = period.gross_pay - sum(amount or 0 for amount in period.less.values())
    offset = (rates.offset_on(period.start) or 0) * days
    if period.free:
        pay += offset
    elif period.charge is not None and period.charge > offset:
        pay -= period.charge - offset
    return pay


def pence_up(amount: Fraction) -> Fraction:
    return Fraction(-((-amount * 100).__floor__()), 100)


def verdict(period: PayPeriod, rates: Rates) -> Verdict:
    pays = [counted_pay(period, rates, days) for days in possible_days(period)]
    pay = min(pays) if None not in pays else None
    hours = None
    if period.hours["hours_work"] is not None:
        hours = sum((amount or Fraction(0) for amount in period.hours.values()), Fraction(0))
    possible = possible_rates(period, rates)
    untestable = pay is None or not hours or (period.end - period.start).days + 1 > 31
    incomplete = period.service in TRAVELLING and (
        period.hours["hours_travel"] is None or period.hours["hours_waiting"] is None
    )

    def against(floor: Fraction, pay: Fraction | None) -> str:
        if untestable:
            return "cannot_tell"
        if pay < floor * hours:
            return "below"
        return "cannot_tell" if incomplete else "meets"

    results = {against(floor, pay) for floor, _ in possible for pay in pays}
    one_rate = len({floor for floor, _ in possible}) == 1
    floor, band = min(possible) if one_rate or (len(results) == 1 and not untestable) else (None, None)
    if len(results) != 1:
        return Verdict(band, floor, pay, hours, "cannot_tell", None, days_matter=len(set(pays)) > 1)
    result = results.pop()
    if result == "below":
        # The least that is certainly missing.
        pay = max(pays)
    shortfall = {"below": lambda: pence_up(floor * hours - pay), "meets": lambda: Fraction(0)}.get(result, lambda: None)()
    minutes = None
    if result == "cannot_tell" and not untestable:
        minutes = ((pay / max(possible)[0] - hours) * 60).__floor__()
    return Verdict(band, floor, pay, hours, result, shortfall, minutes)


# --- Invented cases -----------------------------------------------------------------


@dataclass
class Case:
    """The cells of a return that a case is made of, as they are written."""

    service: str | None
    known: bool  # whether the workers file has the worker
    born: date | None
    apprentice: bool | None
    apprenticeship_start: date | None
    work_type: str
    start: date
    end: date
    hours: dict[str, Fraction | None]
    gross_pay: Fraction | None
    less: dict[str, Fraction | None]
    days: int | None
    charge: Fraction | str | None

    def pay_period(self) -> PayPeriod:
        begun = None if self.apprenticeship_start is None else self.apprenticeship_start <= self.start
        if not self.known:
            apprenticeship = None
        elif begun is False or (begun is None and self.apprentice is not True):
            apprenticeship = "none"
        elif begun and self.apprentice is not False:
            apprenticeship = "apprentice"
        else:
            apprenticeship = "either"
        return PayPeriod(
            start=self.start,
            end=self.end,
            service=self.service,
            age=completed_years(self.born, self.start) if self.known and self.born else None,
            apprenticeship=apprenticeship,
            apprenticeship_start=self.apprenticeship_start if self.known else None,
            hours=self.hours,
            gross_pay=self.gross_pay,
            less=self.less,
            days=self.days,
            free=self.charge == "free",
            charge=self.charge if isinstance(self.charge, Fraction) else None,
        )


def completed_years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 3, 1)


def invent(rng: random.Random, rates: Rates) -> Case:
    def one_in(n: int) -> bool:
        return rng.randrange(n) == 0

    changes = sorted(rates.by_start)
    if one_in(2):
        start = rng.choice(changes) + timedelta(rng.choice((-1, 0, 1)))
    else:
        start = changes[0] + timedelta(rng.randrange((PERIOD - changes[0]).days + 1))
    end = start + timedelta(rng.choice((0, 6, 6, 13, 27, 29, 30, 30, 31)))
    born = None
    if not one_in(8):
        if one_in(2):
            born = years_before(start, rng.choice((15, 16, 18, 19, 21, 22, 23, 25))) + timedelta(rng.choice((-1, 0, 1)))
        elif one_in(20):
            born = date(rng.choice((1996, 2000, 2004)), 2, 29)
        else:
            born = years_before(start, rng.randrange(16, 70)) - timedelta(rng.randrange(364))
    apprentice = apprenticeship_start = None
    if one_in(3):
        apprentice = rng.choice((None, True, False))
        if not one_in(4):
            away = rng.choice((-366, -365, -364, -1, 0, 1, -rng.randrange(900)))
            apprenticeship_start = min(start + timedelta(away), PERIOD)
    places = rng.choice((1, 4, 4, 100, 10_000))

    def amount(top: int) -> Fraction:
        return Fraction(rng.randrange(top * places + 1), places)

    def some(top: int, missing: int, nought: int) -> Fraction | None:
        if one_in(missing):
            return None
        return Fraction(0) if one_in(nought) else amount(top)

    hours = {
        "hours_work": None if one_in(25) else Fraction(0) if one_in(25) else amount(150),
        "hours_travel": some(30, 6, 2),
        "hours_waiting": some(10, 6, 2),
        "hours_training": some(10, 2, 2),
        "hours_awake_sleep_in": some(10, 2, 2),
    }
    pennies = {name: Fraction(rng.randrange(6000), 100) if one_in(4) else rng.choice((None, Fraction(0))) for name in NOT_COUNTED}
    if one_in(30):
        pennies["deductions_own_use"] = Fraction(rng.randrange(300_000), 100)
    days = charge = None
    if one_in(4):
        days = None if one_in(6) else rng.randrange(32)
        limit = (rates.offset_on(start) or Fraction(5)) * (days or 0)
        charge = rng.choice(("free", limit, limit + Fraction(1, 100), amount(200), None))
    case = Case(
        service=rng.choice(("domiciliary", "supported_living", "extra_care", "residential", "nursing", "day", "other", None)),
        known=not one_in(20),
        born=born,
        apprentice=apprentice,
        apprenticeship_start=apprenticeship_start,
        work_type=rng.choice(("time", "time", "time", "salaried", "output", "unmeasured", "")),
        start=start,
        end=end,
        hours=hours,
        gross_pay=Fraction(0),
        less=pennies,
        days=days,
        charge=charge,
    )
    if one_in(25):
        case.gross_pay = None
    elif one_in(6):
        case.gross_pay = amount(3000)
    else:
        # Pay that comes out at, or a hair from, what one of the rates possible asks for.
        period = case.pay_period()
        possible = sorted(possible_rates(period, rates)) or [(Fraction(10), "")]
        worked = sum((h or Fraction(0) for h in hours.values()), Fraction(0))
        away = rng.choice((0, 0, 1, -1, 100, -100, 50, -50, rng.randrange(-500_000, 500_000)))
        wanted = rng.choice(possible)[0] * worked + Fraction(away, 10_000) - counted_pay(period, rates, rng.choice(possible_days(period)))
        gross = Fraction((wanted * 10_000).__floor__(), 10_000)
        case.gross_pay = min(max(gross, Fraction(0)), Fraction(100_000))
    return case


# --- paybench's answer --------------------------------------------------------------


def decimal_text(value: Fraction | None, places: int) -> str:
    """A fixed number of decimals, half away from zero; empty for None."""
    if value is None:
        return ""
    scaled = abs(value) * 10**places
    rounded = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    digits = str(rounded).rjust(places + 1, "0")
    return f"{'-' if value < 0 and rounded else ''}{digits[:-places]}.{digits[-places:]}"


def cell(value) -> str:
    if value is None:
        return ""
    if isinstance(value, Fraction):
        assert (value * 10_000).denominator == 1
        return decimal_text(value, 4)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def write_return(folder: Path, cases: list[Case]) -> None:
    folder.mkdir(parents=True)

    def write(name: str, header: list[str], rows) -> None:
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as lines:
            writer = csv.writer(lines, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(rows)

    services = sorted({case.service or "" for case in cases})
    write(
        "workplaces",
        ["provider_id", "workplace_id", "sector", "service"],
        [["P", f"W-{service}", "independent", service] for service in services],
    )
    key = ["provider_id", "workplace_id", "worker_ref"]
    write(
        "workers",
        [*key, "birth_date", "role", "apprentice", "apprenticeship_start"],
        (
            ["P", f"W-{c.service or ''}", n, cell(c.born), "care_worker", cell(c.apprentice), cell(c.apprenticeship_start)]
            for n, c in enumerate(cases)
            if c.known
        ),
    )
    write(
        "pay_periods",
        [
            *key,
            *("period_start", "period_end", "work_type", *HOURS, "gross_pay", *NOT_COUNTED),
            *("accommodation_days", "accommodation_charge"),
        ],
        (
            [
                *("P", f"W-{c.service or ''}", n, c.start, c.end, c.work_type),
                *(cell(c.hours[name]) for name in HOURS),
                cell(c.gross_pay),
                *(cell(c.less[name]) for name in NOT_COUNTED),
                *(cell(c.days), cell(c.charge)),
            ]
            for n, c in enumerate(cases)
        ),
    )


def ask(paybench: Path, folder: Path) -> tuple[list[dict], dict[tuple, int]]:
    """The rows of wage_test, and the number of the case that each key is of."""

    def run(*arguments: str, ends: tuple[int, ...] = (0,)) -> None:
        done = subprocess.run([paybench, *arguments], cwd=folder, capture_output=True, text=True)
        if done.returncode not in ends:
            raise SystemExit(f"{arguments[0]} ended with {done.returncode}: {done.stderr[-2000:]}")

    def rows(name: str) -> list[dict]:
        with (folder / name).open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))

    # Workers without a birth date or place among the workers are warned about.
    run("ingest", "returns", "--period", PERIOD.isoformat(), "--quiet", ends=(0, 10))
    run("query", "wage_test", "--restricted", "--format", "csv", "--output", "made.csv")
    keys = "provider_id, workplace_id, worker_key, period_start"
    run("query", f"SELECT {keys}, source_row FROM pay_periods", "--format", "csv", "--output", "rows.csv")
    names = keys.split(", ")
    return rows("made.csv"), {tuple(r[n] for n in names): int(r["source_row"]) - 2 for r in rows("rows.csv")}


def expected(case: Case, rates: Rates) -> tuple[dict[str, str], Verdict]:
    told = verdict(case.pay_period(), rates)
    return {
        "provider_id": "P",
        "workplace_id": f"W-{case.service or ''}",
        "period_start": case.start.isoformat(),
        "period_end": case.end.isoformat(),
        "band": told.band or "",
        "floor": decimal_text(told.floor, 4),
        "counted_pay": decimal_text(told.pay, 4),
        "counted_hours": decimal_text(told.hours, 4),
        "effective_rate": decimal_text(told.rate, 4),
        "result": told.result,
        "shortfall": decimal_text(told.shortfall, 2),
    }, told


def differences(made: list[dict], numbers: dict[tuple, int], cases: list[Case], rates: Rates) -> tuple[list, dict]:
    """What differs, one line each, and how often each result occurs."""
    wrong, seen, results = [], set(), {}
    for row in made:
        key = tuple(row[n] for n in ("provider_id", "workplace_id", "worker_key", "period_start"))
        number = numbers.get(key)
        if number is None or number in seen:
            wrong.append(f"a row that no case gave: {row}")
            continue
        seen.add(number)
        wanted, told = expected(cases[number], rates)
        results[told.result] = results.get(told.result, 0) + 1
        for column, text in wanted.items():
            if row[column] != text:
                wrong.append(f"case {number}: {column} is {row[column] or 'empty'}, expected {text or 'empty'}: {cases[number]}")
        minutes = re.search(r"at most (\d+) minutes?", row["reason"])
        if (int(minutes[1]) if minutes else None) != told.minutes:
            wrong.append(f"case {number}: {told.minutes} minutes expected in `{row['reason']}`: {cases[number]}")
        if not row["reason"]:
            wrong.append(f"case {number}: there is no reason")
    wrong += [f"case {number} has no row" for number in range(len(cases)) if number not in seen]
    return wrong, results


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks wage_test against a second implementation.")
    parser.add_argument("paybench", type=Path)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1998)
    parser.add_argument("--keep", type=Path, help="a new folder for the return and the answer")
    arguments = parser.parse_args()
    rates = Rates.built_in()
    rng = random.Random(arguments.seed)
    cases = [invent(rng, rates) for _ in range(arguments.cases)]
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.keep or Path(scratch)
        write_return(folder / "returns", cases)
        made, numbers = ask(arguments.paybench.resolve(), folder)
        wrong, results = differences(made, numbers, cases, rates)
    told = ", ".join(f"{count} {result}" for result, count in sorted(results.items()))
    print(f"wage_test: {len(made)} pay periods ({told}), {'equal' if not wrong else f'{len(wrong)} differences'}")
    for line in wrong[:10]:
        print(f"    {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
