#!/usr/bin/env python3
"""Checks this folder without paybench: Python 3.8 or newer, nothing else.

    python3 verify.py                   checks the files of this folder
    python3 verify.py --returns DIR     checks the source files below DIR too

1. Every file has the SHA-256 and size that manifest.json names, and there is no other.
2. Every result of wage_tests.csv is worked out again from workers.csv and the floors, in
   exact decimals. Where there is wage_test.csv, so are its pay and hours that count, its
   results and shortfalls, from pay_periods.csv, workplaces.csv and rates.csv.
3. Every worker of the tests stands in workers.csv with file and row, and the file in
   sources.csv with its SHA-256.

The exit code is 0 where all is as it says, 1 where anything is not, 2 for wrong usage.
"""

import csv
import hashlib
import json
import sys
from datetime import date
from decimal import ROUND_CEILING, Decimal, localcontext
from pathlib import Path

HERE = Path(__file__).resolve().parent
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
problems = []


def problem(text):
    problems.append(text)


def rows(name):
    with open(HERE / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def number(text):
    return Decimal(text) if text else None


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check_files():
    manifest = json.loads((HERE / "manifest.json").read_text(encoding="utf-8"))
    named = {"manifest.json"}
    for output in manifest["outputs"]:
        named.add(output["name"])
        path = HERE / output["name"]
        if not path.is_file():
            problem(f"{output['name']} is missing")
        elif path.stat().st_size != output["bytes"] or sha256(path) != output["sha256"]:
            problem(f"{output['name']} is not the file that manifest.json names")
    for path in sorted(HERE.rglob("*")):
        name = path.relative_to(HERE).as_posix()
        if path.is_file() and name not in named and "__pycache__" not in name:
            problem(f"{name} is not in manifest.json")
    return len(manifest["outputs"])


def apprentice(worker):
    """True, False, or None where it is not known since when."""
    says = worker["apprentice"] or ("true" if worker["apprenticeship_start"] else "false")
    return says == "true"


def expected(test, worker):
    """The result of one test, from the worker's record and the floors."""
    statutory = test["standard"] == "nlw_nmw"
    age = int(worker["age"]) if worker["age"] else None
    if not statutory and (apprentice(worker) or (age is not None and age < 18)):
        return "out_of_scope"
    salaried = worker["pay_basis"] == "annual"
    pay = number(worker["pay_rate"] if salaried else worker["hourly"])
    low, high = number(test["lowest_floor"]), number(test["highest_floor"])
    if worker["tenure"] == "agency" or not worker["hourly"] or pay is None or low is None or high is None:
        return "cannot_tell"
    hours = number(worker["contracted_hours"]) if salaried else Decimal(1)
    allowance = Decimal(0) if statutory else number(worker["guaranteed_allowance"]) or Decimal(0)
    weeks = 52 if salaried else 1
    if pay < (low - allowance) * hours * weeks:
        return "below" if statutory or age is not None else "cannot_tell"
    if salaried and statutory:
        enough = pay * 7 >= high * hours * 365
    else:
        enough = pay >= (high - allowance) * hours * weeks
    return "meets" if enough else "cannot_tell"


def check_floors(test, worker, floors):
    """The floors of a test are floors in force; where the age alone decides, the right ones."""
    mine = [f for f in floors if f["standard"] == test["standard"]]
    for column in ("lowest_floor", "highest_floor"):
        if test[column] and number(test[column]) not in [number(f["rate"]) for f in mine]:
            return f"{column} {test[column]} is not in floors.csv"
    if test["standard"] == "nlw_nmw" and worker["age"] and int(worker["age"]) >= 16 and not apprentice(worker):
        age = int(worker["age"])
        rates = [
            number(f["rate"])
            for f in mine
            if f["band"] != "apprentice"
            and (not f["min_age"] or int(f["min_age"]) <= age)
            and (not f["max_age"] or age <= int(f["max_age"]))
        ]
        if rates and (number(test["lowest_floor"]), number(test["highest_floor"])) != (min(rates), max(rates)):
            return f"the floors for age {age} are {min(rates)} to {max(rates)}"
    return None


def check_wage_tests(workers, floors):
    tests = rows("wage_tests.csv")
    for test in tests:
        where = f"wage_tests.csv: {test['workplace_id']}, {test['worker_key']}, {test['standard']}"
        worker = workers.get((test["workplace_id"], test["worker_key"]))
        if worker is None:
            problem(f"{where}: no such worker in workers.csv")
            continue
        for column in ("source_file", "source_row"):
            if test[column] != worker[column]:
                problem(f"{where}: {column} is {test[column]}, in workers.csv {worker[column]}")
        wrong = check_floors(test, worker, floors)
        if wrong:
            problem(f"{where}: {wrong}")
        result = expected(test, worker)
        if result != test["result"]:
            problem(f"{where}: says {test['result']}, worked out as {result}")
    return len(tests)


def rates_on(day, rates, scheme):
    """The rates of a scheme in force on a day: newer ones end all older ones."""
    started = [rate for rate in rates if rate["scheme"] == scheme and rate["effective_from"] <= day]
    newest = max((rate["effective_from"] for rate in started), default=None)
    return [rate for rate in started if rate["effective_from"] == newest]


def possible_floors(period, rates):
    """Every statutory rate that could be the worker's on the first day of the period."""
    start = date.fromisoformat(period["period_start"])
    ages = range(16, 99) if not period["age"] else [min(int(period["age"]), 98)]
    apprentice = {"none": [False], "apprentice": [True]}.get(period["apprenticeship"], [False, True])
    first_year = [False, True]
    if period["apprenticeship_start"]:
        begun = date.fromisoformat(period["apprenticeship_start"])
        leap = (begun.month, begun.day) == (2, 29)
        first_year = [start < begun.replace(year=begun.year + 1, day=28 if leap else begun.day)]
    return {
        number(rate["rate"])
        for rate in rates_on(period["period_start"], rates, "nlw_nmw")
        for age in ages
        for is_apprentice in apprentice
        for in_first_year in first_year
        if age >= 16
        and int(rate["min_age"] or 0) <= age <= int(rate["max_age"] or 999)
        and (rate["band"] == "apprentice") == (is_apprentice and (age < 19 or in_first_year))
    }


def amounts(period, columns):
    return sum((number(period[column]) or Decimal(0) for column in columns), Decimal(0))


def counted_pay(period, days, rates):
    offsets = rates_on(period["period_start"], rates, "accommodation_offset")
    offset = (number(offsets[0]["rate"]) if offsets else Decimal(0)) * days
    pay = number(period["gross_pay"]) - amounts(period, NOT_COUNTED)
    charge = number(period["accommodation_charge"])
    if period["accommodation_free"] == "true":
        return pay + offset
    return pay - max(charge - offset, Decimal(0)) if charge else pay


def statutory(period, service, rates):
    """Counted pay and hours, the result, and what is missing to the lowest floor."""
    length = (date.fromisoformat(period["period_end"]) - date.fromisoformat(period["period_start"])).days + 1
    days = [int(period["accommodation_days"])] if period["accommodation_days"] else [0, length]
    pays = [counted_pay(period, count, rates) for count in days] if period["gross_pay"] else []
    hours = amounts(period, HOURS) if period["hours_work"] else None
    floors = possible_floors(period, rates)
    if not pays or not hours or length > 31 or not floors:
        return min(pays, default=None), hours, "cannot_tell", None
    if max(pays) < min(floors) * hours:
        missing = (min(floors) * hours - max(pays)).quantize(Decimal("0.01"), rounding=ROUND_CEILING)
        return max(pays), hours, "below", missing
    travels = service in ("", "domiciliary", "supported_living", "extra_care")
    incomplete = travels and not (period["hours_travel"] and period["hours_waiting"])
    if min(pays) < max(floors) * hours or incomplete:
        return min(pays), hours, "cannot_tell", None
    return min(pays), hours, "meets", Decimal(0)


def check_periods():
    if not (HERE / "wage_test.csv").is_file():
        return 0
    key = ("workplace_id", "worker_key", "period_start")
    periods = {tuple(period[column] for column in key): period for period in rows("pay_periods.csv")}
    services = {place["workplace_id"]: place["service"] for place in rows("workplaces.csv")}
    rates = rows("rates.csv")
    tests = rows("wage_test.csv")
    for test in tests:
        where = f"wage_test.csv: {', '.join(test[column] for column in key)}"
        period = periods.pop(tuple(test[column] for column in key), None)
        if period is None:
            problem(f"{where}: no such period in pay_periods.csv")
            continue
        worked_out = statutory(period, services[period["workplace_id"]], rates)
        for column, value in zip(("counted_pay", "counted_hours", "result", "shortfall"), worked_out):
            says = test[column] if column == "result" else number(test[column])
            if says != value:
                problem(f"{where}: {column} is {test[column] or 'empty'}, worked out as {value}")
        if test["floor"] and number(test["floor"]) != min(possible_floors(period, rates), default=None):
            problem(f"{where}: the lowest rate that could apply is not {test['floor']}")
    for missing in periods:
        problem(f"wage_test.csv lacks {', '.join(missing)}")
    return len(tests)


def check_rules(workers):
    results = rows("contract_rules.csv")
    rules = {rule["rule"]: rule for rule in rows("rules.csv")}
    for row in results:
        where = f"contract_rules.csv: {row['workplace_id']}, {row['worker_key']}, {row['rule']}"
        if (row["workplace_id"], row["worker_key"]) not in workers:
            problem(f"{where}: no such worker in workers.csv")
        if row["rule"] not in rules:
            problem(f"{where}: no such rule in rules.csv")
        elif row["result"] == "breach" and rules[row["rule"]]["status"] != "law":
            problem(f"{where}: only law is breached")
    return len(results)


def check_sources(workers, folder):
    sources = {(source["return_id"], source["file"]): source for source in rows("sources.csv")}
    for worker in workers.values():
        if (worker["return_id"], worker["source_file"]) not in sources:
            problem(f"sources.csv lacks {worker['source_file']} of return {worker['return_id']}")
    for (return_id, file), source in sources.items() if folder else ():
        found = [path for path in (folder / return_id / file, folder / file) if path.is_file()]
        if not found:
            problem(f"{file} of return {return_id} is not below {folder}")
        elif not any(sha256(path) == source["sha256"] for path in found):
            problem(f"{found[0]} is not the file that was read: its SHA-256 is another")
    return len(sources)


def main(arguments):
    folder = None
    if len(arguments) == 2 and arguments[0] == "--returns":
        folder = Path(arguments[1])
    elif arguments:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        with localcontext() as context:
            context.prec = 60
            files = check_files()
            workers = {(w["workplace_id"], w["worker_key"]): w for w in rows("workers.csv")}
            tests = check_wage_tests(workers, rows("floors.csv"))
            periods = check_periods()
            results = check_rules(workers)
            sources = check_sources(workers, folder)
    except (OSError, ValueError, ArithmeticError, KeyError) as error:
        problem(f"cannot be read: {type(error).__name__}: {error}")
    for text in problems:
        print(f"NOT AS IT SAYS: {text}")
    if problems:
        return 1
    print(
        f"{files} files as manifest.json names them, {len(workers)} workers, {tests} wage tests and {periods} pay "
        f"periods worked out again, {results} results of rules, {sources} source files"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
