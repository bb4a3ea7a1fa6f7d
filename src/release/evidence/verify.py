#!/usr/bin/env python3
"""Checks this folder without paybench: Python 3.8 or newer, nothing else.

    python3 verify.py                   checks the files of this folder
    python3 verify.py --returns DIR     checks the source files below DIR too

1. Every file has the SHA-256 and size that manifest.json names, and there is no other.
2. Every result of wage_tests.csv is worked out again from workers.csv and the floors, in
   exact decimals, and so is every result of wage_test.csv where there is one.
3. Every worker of the tests stands in workers.csv with file and row, and the file in
   sources.csv with its SHA-256.

The exit code is 0 where all is as it says, 1 where anything is not, 2 for wrong usage.
"""

import csv
import hashlib
import json
import sys
from decimal import Decimal, localcontext
from pathlib import Path

HERE = Path(__file__).resolve().parent
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


def check_periods():
    if not (HERE / "wage_test.csv").is_file():
        return 0
    tests = rows("wage_test.csv")
    for test in tests:
        where = f"wage_test.csv: {test['workplace_id']}, {test['worker_key']}, {test['period_start']}"
        pay, hours, floor = (number(test[column]) for column in ("counted_pay", "counted_hours", "floor"))
        if test["result"] == "cannot_tell":
            continue
        if pay is None or hours is None or floor is None:
            problem(f"{where}: says {test['result']} without pay, hours or floor")
        elif (pay < floor * hours) != (test["result"] == "below"):
            problem(f"{where}: says {test['result']}, but {pay} against {floor} x {hours} = {floor * hours}")
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
