#!/usr/bin/env python3
"""Computes care_floors, cost_to_comply, distance_to_floor, compression, living_wage_areas and rate_test_caveats a second time.

    floors_and_costs.py PAYBENCH [STORE] [--period DATE] [--workers N] [--seed S]

STORE is a local store. PAYBENCH makes restricted and protected tables of its newest edition
of the period, of cost_to_comply also with other settings than a release has. Every worker is
judged and priced here on its own, in fractions, and each cell must be the same text; nobody
may be overtaken, and no cost may fall as the floor rises. Without STORE that is done for N
invented workers a period, with what is not known, ages, places and pay at the edges
over-represented, and costs of a provider whose pay is spread evenly are compared with a
formula. One line is printed a table. The exit code is 0 where all is equal, 1 where anything
differs, 2 where the store cannot be used.
"""

import argparse
import csv
import random
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from statistics import median

import duckdb
from compare_with_duckdb import (
    COMMISSIONED,
    PUBLIC,
    Basis,
    Table,
    Unusable,
    check_table,
    decimal_text,
    open_edition,
    percentage,
    report,
    rests_on_too_few,
    small,
)
from contract_rules import after_months

YEAR = Fraction(365, 7)  # weeks
PENNY = Fraction(1, 100)
PERIOD_OF_TESTS = "2026-09-30"

# What cost_to_comply is asked besides the settings of a release.
SETTINGS = [
    {},
    {"floor": "13.45", "on_costs_pct": "15"},
    {"floor": "12.60", "ripple_pct": "25", "ripple_over": "0.5"},
    {"floor": "13.45", "on_costs_pct": "23.75", "ripple_pct": "50", "ripple_over": "1.25"},
    {"floor": "15", "ripple_pct": "100", "ripple_over": "3", "on_costs_pct": "0.0001"},
    {"ripple_pct": "40", "ripple_over": "2"},
]


# --- Workers and floors -------------------------------------------------------------


def both(*answers):
    """No where one says no, otherwise open where one is not known."""
    return False if False in answers else None if None in answers else True


def either(*answers):
    return True if True in answers else None if None in answers else False


def one_of(value, *codes):
    return None if value is None else value in codes


@dataclass
class Worker:
    provider_id: str
    sector: str
    service: str | None
    area_code: str | None
    role: str
    role_group: str
    agency: bool
    age: int | None
    apprentice: bool
    apprenticeship_start: object
    start_date: object
    registered: str | None
    travel_time_pay: str | None
    sleep_in_pay: str | None
    has_pay_periods: bool
    pay_basis: str | None
    pay_rate: Fraction | None
    hourly: Fraction | None
    allowance: Fraction | None
    contracted: Fraction | None
    average: Fraction | None
    travel_rate: Fraction | None

    @property
    def pay_known(self) -> bool:
        return self.hourly is not None and not self.agency

    @property
    def salaried(self) -> bool:
        return self.pay_basis == "annual"

    @property
    def hours(self) -> Fraction | None:
        """Of a week, for sums over a year."""
        return self.contracted or self.average

    @property
    def year_pay(self) -> Fraction | None:
        if self.salaried:
            return self.pay_rate
        return None if self.hours is None or self.hourly is None else self.hourly * self.hours * YEAR

    @property
    def nation(self) -> str | None:
        names = {"E": "england", "W": "wales", "S": "scotland", "N": "northern_ireland"}
        return names.get((self.area_code or "")[:1])

    def below(self, floor: Fraction, weeks, allowance=Fraction(0)) -> bool:
        """Whether pay, for a salary over so many weeks of contracted hours, is under the floor."""
        if self.salaried:
            return self.pay_rate + allowance * self.contracted * weeks < floor * self.contracted * weeks
        return self.hourly + allowance < floor


WORKERS = """
SELECT j.provider_id, j.sector, j.service, j.area_code, role, role_group, agency, age, apprentice, apprenticeship_start,
    start_date, registered, w.travel_time_pay, w.sleep_in_pay,
    (j.provider_id, j.workplace_id, worker_key) IN (SELECT (provider_id, workplace_id, worker_key) FROM pay_periods),
    pay_basis, pay_rate, hourly, guaranteed_allowance, contracted_hours, average_hours, w.travel_rate
FROM jobs AS j
JOIN workplaces AS w USING (provider_id, workplace_id)
"""
AMOUNTS = 16  # from this column on


class Edition:
    """What the tables of an edition say, read once."""

    def __init__(self, connection):
        self.period = connection.execute("SELECT getvariable('period')").fetchone()[0]
        names = connection.execute("SELECT provider_id, min(provider_name) FROM workplaces GROUP BY ALL")
        self.names = dict(names.fetchall())
        self.workers = []
        for row in connection.execute(WORKERS).fetchall():
            amounts = (None if amount is None else Fraction(amount) for amount in row[AMOUNTS:])
            self.workers.append(Worker(*row[:AMOUNTS], *amounts))
        floors = connection.execute(
            "SELECT scheme, band, min_age, max_age, rate, effective_from, implement_by FROM wage_floors"
        ).fetchall()
        self.statutory = []  # rows of the newest date, and in its first month of the date before
        dates = sorted({f[5] for f in floors if f[0] == "nlw_nmw" and f[5] <= self.period}, reverse=True)
        known = dates[:2] if dates and (self.period - dates[0]).days < 31 else dates[:1]
        for day in known:
            self.statutory.append([f[1:4] + (Fraction(f[4]),) for f in floors if f[0] == "nlw_nmw" and f[5] == day])
        self.voluntary = {}
        self.care = {}  # standard: lowest, highest
        for scheme in {f[0] for f in floors}:
            for band in {f[1] for f in floors if f[0] == scheme}:
                rows = [(f[5], f[6] or f[5], Fraction(f[4])) for f in floors if f[:2] == (scheme, band)]
                started = sorted(row for row in rows if row[0] <= self.period)
                due = sorted(row for row in rows if row[1] <= self.period)
                if scheme == "real_living_wage" and due:
                    self.voluntary[band] = due[-1][2]
                elif scheme in CARE_STANDARDS and started:
                    due = [row for row in due if row in started]
                    self.care[scheme] = (due[-1][2] if due else None, started[-1][2])
        self.spans = {}

    def first_year(self, worker: Worker) -> bool:
        return self.period < after_months(worker.apprenticeship_start, 12)

    def statutory_span(self, worker: Worker) -> tuple[Fraction, Fraction] | None:
        """The lowest and highest rate of those that each age and stage of apprenticeship left open would have."""
        if not worker.apprentice:
            stage = "none"
        elif worker.apprenticeship_start is None:
            stage = "open"
        else:
            stage = "first" if self.first_year(worker) else "later"
        key = (worker.age, stage)
        if key not in self.spans:
            rates = set()
            for rows in self.statutory:
                for age in range(16, 99) if worker.age is None else [min(worker.age, 98)]:
                    for now in ["first", "later"] if stage == "open" else [stage]:
                        rates |= {rate for rate in rates_for(rows, age, now)}
            self.spans[key] = (min(rates), max(rates)) if rates else None
        return self.spans[key]

    def statutory_result(self, worker: Worker) -> str:
        span = self.statutory_span(worker)
        if not worker.pay_known or span is None:
            return "cannot_tell"
        if worker.below(span[0], 52):
            return "below"
        return "cannot_tell" if worker.below(span[1], YEAR) else "meets"

    def voluntary_result(self, worker: Worker) -> str | None:
        if worker.apprentice or worker.age is not None and worker.age < 18:
            return None
        floors = self.voluntary_span(worker)
        if not worker.pay_known or floors is None:
            return "cannot_tell"
        allowance = worker.allowance or Fraction(0)
        if worker.below(floors[0], 52, allowance):
            return "cannot_tell" if worker.age is None else "below"
        return "cannot_tell" if worker.below(floors[1], 52, allowance) else "meets"

    def voluntary_span(self, worker: Worker) -> tuple[Fraction, Fraction] | None:
        area = worker.area_code
        if not area or area.startswith("E92"):
            rates = self.voluntary.values()
        else:
            rates = [self.voluntary.get("london" if area.startswith("E09") or area == "E12000007" else "uk")]
        return (min(rates), max(rates)) if rates and None not in rates else None


def rates_for(rows, age: int, stage: str) -> list[Fraction]:
    if age < 16:
        return []
    apprentice = stage == "first" or stage == "later" and age < 19
    return [
        rate
        for band, low, high, rate in rows
        if (band == "apprentice") == apprentice and (apprentice or (low or 0) <= age <= (high or 999))
    ]


def yearly_shortfall(worker: Worker, floor: Fraction, weeks, allowance=Fraction(0)) -> Fraction | None:
    """What a year lacks; a salary's year has so many weeks."""
    if worker.salaried:
        return (floor - allowance) * worker.contracted * weeks - worker.pay_rate
    return None if worker.hours is None else (floor - allowance - worker.hourly) * worker.hours * YEAR


# --- Cells --------------------------------------------------------------------------


def sectors_of(sector: str) -> list[str]:
    return [sector, "all", "commissioned"] if sector in COMMISSIONED else [sector, "all"]


def count_in(basis: Basis, worker: Worker, workers: int = 1) -> None:
    basis.workers += workers
    if worker.sector not in PUBLIC and workers:
        basis.private[worker.provider_id] += workers


def of_few_providers(basis: Basis) -> bool:
    private = basis.private.values()
    return bool(private) and (len(private) < 3 or 2 * max(private) > sum(private))


@dataclass
class Rules:
    """How a table is protected: rows with totals, counts with what goes with them, and what needs a number."""

    totals: list[str]
    small: dict[str, list[str]]
    need: list[tuple[int, str, list[str]]]
    # Counts that are not shown, by the key of their row.
    unseen: dict[tuple, dict[str, int]]
    # Rows that go whatever they rest on.
    also: set[tuple] = field(default_factory=set)


FLOOR_MEASURES = [
    "tested",
    "below",
    "cannot_tell",
    "below_pct",
    "below_pct_low",
    "below_pct_high",
    "annual_shortfall",
    "shortfall_unknown",
]
FLOOR_SMALL = {
    "below": ["below_pct", "below_pct_low", "below_pct_high", "annual_shortfall", "shortfall_unknown"],
    "cannot_tell": ["below_pct_low", "below_pct_high"],
    "shortfall_unknown": [],
    "priced": ["annual_shortfall"],
}


def floor_table(name: str, keys: list[str], totals: list[str], judged) -> tuple[Table, Rules]:
    """A table of results against floors, from cells of a worker with a result and a shortfall."""
    table = Table(name, keys, FLOOR_MEASURES)
    counts, short, priced = defaultdict(Counter), defaultdict(Fraction), defaultdict(Basis)
    for key, worker, result, shortfall in judged:
        counts[key][result] += 1
        count_in(table.basis.setdefault(key, Basis()), worker)
        if result == "below" and shortfall is not None:
            short[key] += shortfall
            count_in(priced[key], worker)
    unseen = {}
    for key, count in counts.items():
        below, unsure = count["below"], count["cannot_tell"]
        tested = below + count["meets"]
        table.add(
            key,
            tested,
            below,
            unsure,
            percentage(below, tested),
            percentage(below, tested + unsure),
            percentage(below + unsure, tested + unsure),
            decimal_text(short[key], 2) if priced[key].workers or not below else None,
            below - priced[key].workers,
        )
        unseen[key] = {"priced": 1 if of_few_providers(priced[key]) else priced[key].workers}
    return table, Rules(totals, FLOOR_SMALL, [], unseen)


# --- care_floors --------------------------------------------------------------------

CARE_STANDARDS = {
    "wales_social_care_rlw": "wales",
    "scotland_adult_social_care": "scotland",
    "agenda_for_change_england": "england",
    "agenda_for_change_wales": "wales",
}


def in_scope(worker: Worker, standard: str, period):
    """True, False, or None where the returns leave it open."""
    nation = CARE_STANDARDS[standard]
    there = None if worker.nation is None else worker.nation == nation
    if standard == "wales_social_care_rlw":
        if worker.registered in ("yes", "not_required"):
            on_register = worker.registered == "yes"
        elif worker.registered == "no" and worker.start_date and period > after_months(worker.start_date, 6):
            on_register = False
        else:
            on_register = None
        homes = ("residential", "nursing", "children_residential")
        at_home = ("domiciliary", "supported_living", "extra_care")
        by_direct_payment = None if worker.role == "personal_assistant" else False
        return both(
            there,
            worker.role_group in ("front_line", "senior", "supervisor", "manager", "social_work"),
            either(both(on_register, one_of(worker.service, *homes, *at_home)), by_direct_payment),
        )
    if standard == "scotland_adult_social_care":
        if worker.role == "personal_assistant" and worker.sector not in PUBLIC:
            return both(there, worker.service != "children_residential")
        cares = worker.role in (
            "care_worker",
            "support_worker",
            "healthcare_support_worker",
            "nursing_assistant",
            "personal_assistant",
            "senior_care_worker",
        )
        adults = {"children_residential": False, "healthcare": False, "head_office": False}
        adults |= {"community": None, "other": None, None: None}
        return both(there, cares, worker.sector in COMMISSIONED, adults.get(worker.service, True))
    return both(there, worker.sector == "nhs", None if worker.apprentice else True)


def care_result(worker: Worker, standard: str, floors: tuple, scope) -> tuple[str, Fraction | None]:
    lowest, highest = floors
    if not scope or not worker.pay_known:
        return "cannot_tell", None
    promised = not standard.startswith("agenda_for_change")
    allowance = worker.allowance or Fraction(0)

    def below(floor):
        if promised:
            return worker.below(floor, 52, allowance)
        # The salary of the scale is known by its rounded rate only.
        return worker.below(floor - PENNY / 2 if worker.salaried else floor, YEAR)

    if lowest is not None and below(lowest):
        if promised:
            return "below", yearly_shortfall(worker, lowest, 52, allowance)
        return "below", yearly_shortfall(worker, lowest, YEAR)
    return ("cannot_tell" if below(highest) else "meets"), None


def care_floors(edition: Edition) -> tuple[Table, Rules]:
    def judged():
        for worker in edition.workers:
            for standard, floors in edition.care.items():
                scope = in_scope(worker, standard, edition.period)
                if scope is False:
                    continue
                result, shortfall = care_result(worker, standard, floors, scope)
                for group in (worker.role_group, "all"):
                    for sector in sectors_of(worker.sector):
                        yield (group, sector, standard), worker, result, shortfall

    return floor_table("care_floors", ["role_group", "sector", "standard"], ["role_group", "sector"], judged())


# --- living_wage_areas --------------------------------------------------------------


def living_wage_areas(edition: Edition) -> tuple[Table, Rules]:
    def judged():
        for worker in edition.workers:
            places = [(worker.nation or "unknown", "all")]
            if worker.nation == "wales":
                places.append(("wales", worker.area_code))
            span = edition.statutory_span(worker)
            result = edition.statutory_result(worker)
            found = [("nlw_nmw", result, yearly_shortfall(worker, span[0], YEAR) if result == "below" else None)]
            result = edition.voluntary_result(worker)
            if result is not None:
                shortfall = None
                if result == "below":
                    floor = edition.voluntary_span(worker)[0]
                    shortfall = yearly_shortfall(worker, floor, 52, worker.allowance or Fraction(0))
                found.append(("real_living_wage", result, shortfall))
            for standard, result, shortfall in found:
                for place in places:
                    for sector in sectors_of(worker.sector):
                        yield (*place, sector, standard), worker, result, shortfall

    keys = ["area", "area_code", "sector", "standard"]
    table, rules = floor_table("living_wage_areas", keys, ["area_code", "sector"], judged())
    nations = defaultdict(list)
    for area, code, sector, standard in table.rows:
        if code == "all":
            nations[sector, standard].append(area)
    for (sector, standard), areas in nations.items():
        basis = {area: table.basis[area, "all", sector, standard] for area in areas}
        shown = [area for area in areas if not rests_on_too_few(sector, basis[area])]
        if len(areas) - len(shown) == 1 and shown:
            # One alone could be worked out from living_wage.
            with_it = min(shown, key=lambda area: (area == "wales", basis[area].workers, area))
            rules.also |= {key for key in table.rows if (key[0], *key[2:]) == (with_it, sector, standard)}
    return table, rules


# --- distance_to_floor --------------------------------------------------------------

BANDS = {
    "at_floor": Fraction(0),
    "up_to_10p": Fraction(1, 10),
    "up_to_50p": Fraction(1, 2),
    "up_to_1_pound": Fraction(1),
    "up_to_2_pounds": Fraction(2),
}
DISTANCES = ["below", *BANDS, "over_2_pounds", "cannot_tell"]


def band_of(above: Fraction) -> str:
    return next((band for band, most in BANDS.items() if above <= most), "over_2_pounds")


def distance_to_floor(edition: Edition) -> tuple[Table, Rules]:
    table = Table("distance_to_floor", ["role_group", "sector", "distance"], ["workers", "share_pct"])
    counts, basis = defaultdict(Counter), defaultdict(Basis)
    for worker in edition.workers:
        distance = edition.statutory_result(worker)
        if distance == "meets":
            bands = {band_of(worker.hourly - floor) for floor in edition.statutory_span(worker)}
            distance = bands.pop() if len(bands) == 1 else "cannot_tell"
        for group in (worker.role_group, "all"):
            for sector in sectors_of(worker.sector):
                counts[group, sector][distance] += 1
                count_in(basis[group, sector], worker)
    unseen = {}
    for cell, count in counts.items():
        large = [distance for distance in DISTANCES if count[distance] >= 10]
        some_small = any(small(number) for number in count.values())
        for distance in DISTANCES:
            key = (*cell, distance)
            table.add(key, count[distance], percentage(count[distance], basis[cell].workers))
            table.basis[key] = basis[cell]
            with_it = some_small and large and distance == large[-1]
            unseen[key] = {"shown": 1 if with_it else count[distance]}
    return table, Rules(["role_group", "sector"], {"shown": ["workers", "share_pct"]}, [], unseen)


# --- rate_test_caveats --------------------------------------------------------------

REGULATIONS = "NMW Regulations 2015, "
SLEEP_INS = "27(2) and 32(2); [2021] UKSC 8"
CAVEATS = {
    "travel_not_paid": REGULATIONS + "reg. 34",
    "travel_below_floor": REGULATIONS + "regs 7 and 34",
    "travel_at_minimum": REGULATIONS + "regs 4 to 4B and 34",
    "travel_rate_not_known": REGULATIONS + "reg. 34",
    "travel_not_known": REGULATIONS + "reg. 34",
    "sleep_in_unpaid": REGULATIONS + "regs " + SLEEP_INS,
    "sleep_in_flat": REGULATIONS + "regs 10(k), " + SLEEP_INS,
    "sleep_in_not_known": REGULATIONS + "regs " + SLEEP_INS,
}
TRAVELS = {None, "domiciliary", "supported_living", "extra_care"}
SLEEPS_IN = TRAVELS | {"residential", "nursing", "children_residential"}


def doubts(worker: Worker, floors: tuple[Fraction, Fraction]):
    """Each doubt with the rate of the time in question, where pay over all time can be worked out."""
    answer, rate = worker.travel_time_pay, worker.travel_rate
    if answer is None and worker.service in TRAVELS:
        yield "travel_not_known", None
    elif answer == "not_paid":
        yield "travel_not_paid", Fraction(0)
    elif answer == "minimum_wage":
        yield "travel_at_minimum", None
    elif answer == "other" or answer == "different_rate" and rate is None:
        yield "travel_rate_not_known", None
    elif answer == "different_rate" and rate < max(floors):
        yield "travel_below_floor", rate
    if worker.sleep_in_pay is None and worker.service in SLEEPS_IN:
        yield "sleep_in_not_known", None
    elif worker.sleep_in_pay == "unpaid":
        yield "sleep_in_unpaid", Fraction(0)
    elif worker.sleep_in_pay == "flat":
        yield "sleep_in_flat", None


def rate_test_caveats(edition: Edition) -> tuple[Table, Rules]:
    meeting, limits, limited = Counter(), defaultdict(list), defaultdict(Basis)
    table = Table("rate_test_caveats", ["sector", "caveat", "law"], ["rate_meets", "workers", "share_pct", "median_limit_pct"])
    for worker in edition.workers:
        if worker.has_pay_periods or edition.statutory_result(worker) != "meets":
            continue
        floors = edition.statutory_span(worker)
        found = list(doubts(worker, floors))
        for sector in sectors_of(worker.sector):
            meeting[sector] += 1
            for caveat, rate in found:
                key = (sector, caveat, CAVEATS[caveat])
                count_in(table.basis.setdefault(key, Basis()), worker)
                if rate is not None and not worker.salaried and floors[0] == floors[1]:
                    share = (worker.hourly - floors[0]) / (worker.hourly - rate)
                    # At that share of the time pay is the floor exactly.
                    assert (1 - share) * worker.hourly + share * rate == floors[0]
                    limits[key].append(100 * share)
                    count_in(limited[key], worker)
    unseen = {}
    for key, basis in table.basis.items():
        middle = decimal_text(median(limits[key]), 2) if limits[key] else None
        table.add(key, meeting[key[0]], basis.workers, percentage(basis.workers, meeting[key[0]]), middle)
        unseen[key] = {"limited": 0 if of_few_providers(limited[key]) else limited[key].workers}
    return table, Rules(["sector"], {}, [(20, "limited", ["median_limit_pct"])], unseen)


def rate_test_caveats_providers(edition: Edition) -> Table:
    """As above; the sector rows of an edition of that provider alone."""
    keys = ["provider_id", "provider_name", "sector", "caveat", "law"]
    table = Table("rate_test_caveats_providers", keys, ["rate_meets", "workers", "share_pct", "median_limit_pct"])
    everybody = edition.workers
    for provider, name in edition.names.items():
        edition.workers = [worker for worker in everybody if worker.provider_id == provider]
        plain = {worker.sector for worker in edition.workers}
        for key, row in rate_test_caveats(edition)[0].rows.items():
            if key[0] in plain:
                table.add((provider, name, *key), *row.values())
    edition.workers = everybody
    return table


# --- compression --------------------------------------------------------------------


def compression(edition: Edition) -> tuple[Table, Rules]:
    rates = defaultdict(lambda: defaultdict(list))
    for worker in edition.workers:
        if worker.pay_known and worker.role_group in ("senior", "front_line"):
            rates[worker.provider_id, worker.sector][worker.role_group].append(worker.hourly)
    points = defaultdict(list)
    for (provider, sector), found in rates.items():
        if len(found) == 2:
            for total in sectors_of(sector):
                points[total].append((provider, sector, found["senior"], found["front_line"]))
    measures = ["points", "providers", "senior_workers", "front_line_workers"]
    medians = ["median_gap", "median_gap_pct", "narrow_pct"]
    table = Table("compression", ["sector"], measures + medians)
    for total, found in points.items():
        gaps = [median(senior) - median(front) for _, _, senior, front in found]
        shares = [100 * gap / median(front) for gap, (*_, front) in zip(gaps, found)]
        table.add(
            (total,),
            len(found),
            len({provider for provider, *_ in found}),
            sum(len(senior) for _, _, senior, _ in found),
            sum(len(front) for *_, front in found),
            decimal_text(median(gaps), 4),
            decimal_text(median(shares), 2),
            percentage(sum(gap < 50 * PENNY for gap in gaps), len(gaps)),
        )
        basis = table.basis.setdefault((total,), Basis())
        for provider, sector, senior, _ in found:
            basis.workers += len(senior)
            if sector not in PUBLIC:
                basis.private[provider] += len(senior)
    need = [(5, "points", medians), (20, "senior_workers", medians), (20, "front_line_workers", medians)]
    return table, Rules(["sector"], {}, need, {})


# --- cost_to_comply -----------------------------------------------------------------


@dataclass
class Rise:
    worker: Worker
    told: bool
    hourly: Fraction = Fraction(0)
    year: Fraction | None = None  # where hours are known


def rises(edition: Edition, settings: dict) -> list[Rise]:
    given = Fraction(settings["floor"]) if "floor" in settings else None
    ripple = min(max(Fraction(settings.get("ripple_pct", 0)) / 100, Fraction(0)), Fraction(1))
    over = Fraction(settings.get("ripple_over", 0))
    held = []
    for worker in edition.workers:
        if given is None:
            result = edition.statutory_result(worker)
            span = edition.statutory_span(worker)
            held.append((worker, result != "cannot_tell", result == "below", span and span[0]))
        else:
            held.append((worker, worker.pay_known, worker.pay_known and worker.below(given, YEAR), given))
    greatest = defaultdict(Fraction)
    for worker, _, below, floor in held:
        if below:
            greatest[worker.provider_id] = max(greatest[worker.provider_id], floor - worker.hourly)
    found = []
    for worker, told, below, floor in held:
        rise = Rise(worker, told)
        found.append(rise)
        if not told:
            continue
        most = greatest[worker.provider_id]
        near = bool(ripple and most and worker.hourly < floor + over)
        if not (below or near):
            rise.year = None if worker.year_pay is None else Fraction(0)
            continue

        def lifted(pay, hours):
            """The rise of so many hours that pay is for."""
            return max(
                (floor * hours - pay) if below else 0,
                ripple * min(most * hours, (floor + over) * hours - pay) if near else 0,
            )

        rise.hourly = lifted(worker.hourly, 1) or Fraction(1, UNSEEN)
        if worker.year_pay is not None:
            weekly = worker.contracted if worker.salaried else worker.hours
            rise.year = lifted(worker.year_pay, weekly * YEAR)
    return found


UNSEEN = 10**9  # a salary can be below by less than its rounded hourly rate tells

COST_MEASURES = [
    "workers",
    "cannot_tell",
    "cost",
    "on_costs",
    "total",
    "hours_unknown",
    "pay_bill",
    "cost_pct_of_pay_bill",
]


def cost_tables(edition: Edition, settings: dict) -> list[tuple[Table, Rules | None]]:
    floor = decimal_text(Fraction(settings["floor"]), 4) if "floor" in settings else None
    on_costs_pct = Fraction(settings.get("on_costs_pct", 0))
    cells, providers = defaultdict(list), defaultdict(list)
    for rise in rises(edition, settings):
        worker = rise.worker
        providers[worker.provider_id, edition.names[worker.provider_id], worker.sector, floor].append(rise)
        for group in (worker.role_group, "all"):
            for sector in sectors_of(worker.sector):
                cells[group, sector, floor].append(rise)
    table = Table("cost_to_comply", ["role_group", "sector", "floor"], COST_MEASURES)
    by_provider = Table("cost_to_comply_providers", ["provider_id", "provider_name", "sector", "floor"], COST_MEASURES)
    unseen = {}
    for key, found in cells.items():
        table.add(key, *cost_values(found, on_costs_pct))
        table.basis[key], priced = Basis(), Basis()
        for rise in found:
            count_in(table.basis[key], rise.worker, rise.worker.pay_known and rise.worker.year_pay is not None)
            count_in(priced, rise.worker, bool(rise.hourly) and rise.year is not None)
        unseen[key] = {"priced": 1 if of_few_providers(priced) else priced.workers}
    for key, found in providers.items():
        by_provider.add(key, *cost_values(found, on_costs_pct))
    figures = ["cost", "on_costs", "total", "cost_pct_of_pay_bill"]
    counts = {"workers": [*figures, "hours_unknown"], "cannot_tell": [], "hours_unknown": [], "priced": figures}
    return [(table, Rules(["role_group", "sector"], counts, [], unseen)), (by_provider, None)]


def cost_values(found: list[Rise], on_costs_pct: Fraction) -> list:
    raised = [rise for rise in found if rise.hourly]
    known = [rise.year for rise in raised if rise.year is not None]
    cost = sum(known, Fraction(0)) if known or not raised else None
    paid = [r.worker.year_pay for r in found if r.worker.pay_known and r.worker.year_pay is not None]
    bill = sum(paid) if paid else None
    on_costs = None if cost is None else cost * on_costs_pct / 100
    return [
        len(raised),
        sum(not rise.told for rise in found),
        decimal_text(cost, 2),
        decimal_text(on_costs, 2),
        decimal_text(None if cost is None else cost + on_costs, 2),
        len(raised) - len(known),
        decimal_text(bill, 2),
        percentage(cost, bill),
    ]


def overtaken(found: list[Rise]) -> list[str]:
    """Workers of one provider whom a rise leaves behind somebody who was paid less."""
    paid_by, wrong = defaultdict(list), []
    for rise in found:
        # The hourly rate of a salary is rounded, so that it may seem to be overtaken by as little.
        if rise.told and not rise.worker.salaried:
            paid_by[rise.worker.provider_id].append((rise.worker.hourly, rise.worker.hourly + rise.hourly))
    for provider, paid in sorted(paid_by.items()):
        paid.sort()
        wrong += [f"{provider}: {a[0]} overtakes {b[0]}" for a, b in zip(paid, paid[1:]) if a[0] < b[0] and a[1] > b[1]]
    return wrong


# --- Protection ---------------------------------------------------------------------


def sums(keys: list[str], totals: list[str], cells: set[tuple]) -> list[tuple[str, tuple, list[list[tuple]]]]:
    """Each total with the ways in which other cells add up to it, by column, then by the rest of the key."""
    found = []
    for at in sorted(keys.index(column) for column in totals):
        lines = defaultdict(dict)
        for cell in sorted(cells, key=str):
            lines[cell[:at] + cell[at + 1 :]][cell[at]] = cell
        for _, line in sorted(lines.items(), key=str):
            plain = [cell for name, cell in line.items() if name not in ("all", "commissioned")]
            others = [cell for name, cell in line.items() if name not in ("all", *COMMISSIONED)]
            if "all" in line:
                found.append(("all", line["all"], [plain, others]))
            if "commissioned" in line:
                parts = [line[name] for name in COMMISSIONED if name in line]
                found.append(("commissioned", line["commissioned"], [parts]))
    return found


def with_totals(hidden: set[tuple], added: list[tuple[str, tuple, list[list[tuple]]]]) -> set[tuple]:
    """Those hidden and the totals that would give one away: smaller totals first, for one that goes can save a larger."""
    while True:
        for kind in ("commissioned", "all"):
            given_away = {
                total
                for which, total, ways in added
                if which == kind
                and total not in hidden
                and any(sum(part in hidden for part in parts) == 1 for parts in ways)
            }
            if given_away:
                break
        else:
            return hidden
        hidden = hidden | given_away


def protect(table: Table, rules: Rules) -> tuple[Table, dict[tuple, str]]:
    added = sums(table.keys, rules.totals, set(table.rows))
    sector_at = table.keys.index("sector")
    hidden = {key for key in table.rows if rests_on_too_few(key[sector_at], table.basis[key])}
    hidden = with_totals(hidden | rules.also, added)

    def number(key, count):
        return table.rows[key].get(count, rules.unseen.get(key, {}).get(count))

    withheld = {
        count: with_totals(hidden | {key for key in table.rows if small(number(key, count))}, added)
        for count in rules.small
    }
    shown, markers = Table(table.name, table.keys, table.measures), {}
    for key, row in table.rows.items():
        emptied = set(table.measures) if key in hidden else set()
        for count, others in rules.small.items():
            if key in withheld[count]:
                emptied |= {count, *others}
        for least, count, others in rules.need:
            if number(key, count) < least:
                emptied |= set(others)
        shown.add(key, *(None if m in emptied else row[m] for m in table.measures))
        gone = any(row.get(m) is not None for m in emptied) or emptied - set(table.measures)
        markers[key] = "[c]" if key in hidden or gone else ""
    return shown, markers


# --- Running the program ------------------------------------------------------------


class Program:
    def __init__(self, path: str, folder: Path):
        self.path = path
        self.folder = folder

    def run(self, *arguments: str, ends: tuple = (0,)) -> None:
        done = subprocess.run([self.path, *arguments], capture_output=True, text=True)
        if done.returncode not in ends:
            raise SystemExit(f"{arguments[0]} ended with {done.returncode}: {done.stderr[-2000:]}")

    def ask(self, name: str, store: Path, period: str, settings: dict, restricted: bool = True) -> Path:
        file = self.folder / f"{name}.csv"
        arguments = ["query", name, "--store", str(store), "--period", period, "--quiet"]
        arguments += ["--format", "csv", "--output", str(file)]
        arguments += ["--restricted"] if restricted else []
        for setting, value in settings.items():
            arguments += ["--param", f"{setting}={value}"]
        file.unlink(missing_ok=True)
        self.run(*arguments)
        return file

    def figure(self, column: str, store: Path, period: str, settings: dict) -> Fraction:
        """A measure of cost_to_comply over all workers."""
        with self.ask("cost_to_comply", store, period, settings).open(encoding="utf-8", newline="") as lines:
            row = next(row for row in csv.DictReader(lines) if row["role_group"] == row["sector"] == "all")
        return Fraction(row[column])


# --- Costs that a formula gives -----------------------------------------------------

# 201 workers of one provider, paid 12.00, 12.01, .. 14.00, for 28 hours a week: 1,460 a year.
LOWEST, PAID_FOR, HOURS_A_YEAR = Fraction(12), 201, 1460


def evenly_paid(program: Program, folder: Path) -> Path:
    place, store = folder / "returns" / "even", folder / "even"
    place.mkdir(parents=True)
    (place / "workplaces.csv").write_text(
        "provider_id,workplace_id,provider_name,workplace_name,sector,service,regulator_id,area_code,total_staff\n"
        f"EVEN,E1,Even Care,Even Care,independent,domiciliary,X-100001,W06000901,{PAID_FOR}\n",
        encoding="utf-8",
    )
    rows = [
        f"EVEN,E1,e{step},1980-05-14,care_worker,permanent,no,28,hourly,{decimal_text(LOWEST + step * PENNY, 2)}\n"
        for step in range(PAID_FOR)
    ]
    header = "provider_id,workplace_id,worker_ref,birth_date,role,tenure,zero_hours,contracted_hours,pay_basis,pay_rate\n"
    (place / "workers.csv").write_text(header + "".join(rows), encoding="utf-8")
    arguments = ["--period", PERIOD_OF_TESTS, "--store", str(store), "--key-file", str(folder / "even.key")]
    program.run("ingest", str(folder / "returns"), *arguments, "--quiet", ends=(0, 10))
    return store


def formula_checks(program: Program, folder: Path) -> list[str]:
    """What costs of evenly spread pay are, and how they move with the floor."""
    store = evenly_paid(program, folder)
    wrong = []

    def cost(steps: int, **settings: str) -> Fraction:
        floor = decimal_text(LOWEST + steps * PENNY, 2)
        return program.figure("cost", store, PERIOD_OF_TESTS, {"floor": floor, **settings})

    ripple = {"ripple_pct": "50", "ripple_over": "0.40"}
    plain, spread = [], []
    for steps in range(0, 241, 20):
        plain.append(cost(steps))
        spread.append(cost(steps, **ripple))
        # 1 + 2 + .. + steps pence, of the workers that there are.
        last = min(steps, PAID_FOR)
        expected = HOURS_A_YEAR * PENNY * (last * (last + 1) // 2 + last * (steps - last))
        if plain[-1] != expected:
            wrong.append(f"{steps} pence above the lowest rate cost {plain[-1]}, not {expected}")
        if not steps and (plain[-1] or spread[-1]):
            wrong.append("a floor that everybody is paid costs something")
    # With half of 40 pence kept up to 40 pence above a floor of 12.40: the lower half of those below gain the floor, from
    # there to the floor 20 pence each, and above it ever less: 630 + 400 + 390 pence.
    steps = 40
    half = steps // 2
    expected = (half + 1) * (steps + half) // 2 + half * half + steps * (steps - 1) // 4
    found = cost(steps, ripple_pct="50", ripple_over="0.40") / HOURS_A_YEAR / PENNY
    if not expected == found == 1420:
        wrong.append(f"the ripple costs {found} pence an hour, not {expected}")
    for name, costs in (("cost", plain), ("cost with a ripple", spread)):
        rises_by = [later - earlier for earlier, later in zip(costs, costs[1:])]
        if any(rise < 0 for rise in rises_by):
            wrong.append(f"the {name} falls as the floor rises")
        if any(later < earlier for earlier, later in zip(rises_by, rises_by[1:])):
            wrong.append(f"the {name} rises by less and less")
    if any(with_it < without for with_it, without in zip(spread, plain)):
        wrong.append("a ripple makes it cheaper")
    if program.figure("workers", store, PERIOD_OF_TESTS, {}) != 71:
        wrong.append("the statutory floor of 12.71 does not raise the 71 who are paid less")
    return wrong


# --- Invented workers ---------------------------------------------------------------

# Before a first Welsh rate had to have reached workers; in the month after new rates; between two Welsh ones; after.
PERIODS = ["2022-05-15", "2024-04-10", "2026-06-29", "2026-09-30"]
FLOORS = Path(__file__).resolve().parent.parent.parent / "src" / "model" / "data" / "wage_floors.csv"
SECTORS = ["independent"] * 4 + ["third_sector"] * 3 + ["local_authority"] * 2 + ["nhs"] * 3 + ["other"]
SERVICES = [
    "domiciliary", "supported_living", "extra_care", "residential", "nursing", "children_residential", "adult_placement",
    "day", "community", "healthcare", "head_office", "other", "",
]  # fmt: skip
AREAS = ["W06000901", "W06000902", "W11000901", "W92000004", "S12000901", "E06000901", "E09000901", "E92000001", "N09000001", ""]
ROLES = [
    "care_worker", "care_worker", "support_worker", "personal_assistant", "personal_assistant", "nursing_assistant",
    "healthcare_support_worker", "residential_child_care_worker", "senior_care_worker", "team_leader", "supervisor",
    "registered_manager", "registered_nurse", "social_worker", "ancillary", "other",
]  # fmt: skip
PLACE = [
    "provider_id", "workplace_id", "provider_name", "workplace_name", "sector", "service", "area_code", "travel_time_pay",
    "travel_rate", "sleep_in_pay",
]  # fmt: skip
TRAVEL = ["same_rate", "minimum_wage", "different_rate", "different_rate", "other", "not_paid", "not_paid", "no_travel", ""]
SLEEP_IN = ["hourly", "flat", "unpaid", "unpaid", "no_sleep_ins", ""]
PAY_PERIOD = ["provider_id", "workplace_id", "worker_ref", "period_start", "period_end"]
PERSON = [
    "provider_id", "workplace_id", "worker_ref", "birth_date", "role", "tenure", "contracted_hours", "average_hours",
    "start_date", "apprentice", "apprenticeship_start", "pay_basis", "pay_rate", "guaranteed_allowance", "registered",
]  # fmt: skip


def years_before(day: date, years: int) -> date:
    return after_months(day, -12 * years)


def some_worker(rng: random.Random, period: date, rates: list[Fraction], number: int, place: dict) -> dict:
    pick = rng.choice
    rate = pick(rates) + pick([0, 0, 0, -1, 1, 5, 10, 50, 51, 100, 101, 200, 201, 300]) * PENNY
    annual = rng.random() < 0.4
    hours = pick(["37.5", "37.5", "37", "20", "16.25"] if annual else ["37.5", "20", "0", "", ""])
    if annual:
        weeks = pick([Fraction(52), YEAR, Fraction("52.143")])
        rate = round(rate * Fraction(hours) * weeks, 2) + pick([0, 0, -1, 1]) * PENNY
    near = after_months(period, pick([-6, -12])) + timedelta(days=rng.randint(-1, 1))
    apprentice = pick(["no"] * 8 + ["yes", ""])
    age = pick([16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 40, 60])
    return {
        **{name: place[name] for name in PLACE[:2]},
        "worker_ref": f"w{number}",
        "birth_date": "" if rng.random() < 0.15 else (years_before(period, age) - timedelta(days=pick([0, 100]))).isoformat(),
        "role": pick(ROLES),
        "tenure": pick(["permanent"] * 9 + ["agency", "bank", ""]),
        "contracted_hours": hours,
        "average_hours": pick(["", "12.5", "30"]),
        "start_date": pick([near.isoformat(), near.isoformat(), "2015-01-01", ""]),
        "apprentice": apprentice,
        "apprenticeship_start": near.isoformat() if apprentice == "yes" and rng.random() < 0.7 else "",
        "pay_basis": "annual" if annual else "hourly",
        "pay_rate": "" if rng.random() < 0.05 else decimal_text(rate, 2),
        "guaranteed_allowance": pick(["", "", "0", "0.25", "1"]),
        "registered": pick(["yes", "yes", "yes", "applied", "no", "not_required", ""]),
    }


def write(path: Path, columns: list[str], rows: list[dict]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def invented(program: Program, folder: Path, period: str, workers: int, rng: random.Random) -> Path:
    day = date.fromisoformat(period)
    with FLOORS.open(encoding="utf-8", newline="") as lines:
        known = [row for row in csv.DictReader(lines) if abs((date.fromisoformat(row["effective_from"]) - day).days) < 400]
    rates = [Fraction(row["rate_gbp_per_hour"]) for row in known]
    store, home = folder / "invented", folder / "invented-returns" / period
    for number, sector in enumerate(SECTORS * 2):
        provider = f"P{number:02}"
        places = []
        for at in range(6):
            names = [provider, f"{provider}-{at}", f"Provider {number}", f"Place {at}", sector]
            travel = rng.choice(TRAVEL)
            rate = decimal_text(rng.choice(rates) - rng.choice([0, 0, 1, 200]) * PENNY, 2) if travel == "different_rate" else ""
            rate = rng.choice([rate, rate, ""])
            said = [rng.choice(SERVICES), rng.choice(AREAS), travel, rate, rng.choice(SLEEP_IN)]
            places.append(dict(zip(PLACE, [*names, *said])))
        (home / provider).mkdir(parents=True)
        write(home / provider / "workplaces.csv", PLACE, places)
        share = workers // len(SECTORS) // 2
        people = [some_worker(rng, day, rates, who, rng.choice(places)) for who in range(share)]
        write(home / provider / "workers.csv", PERSON, people)
        # Some have pay periods: of those the rate is not all that is known.
        month = {"period_start": f"{period[:8]}01", "period_end": period}
        paid = [{**{name: one[name] for name in PAY_PERIOD[:3]}, **month} for one in people if rng.random() < 0.1]
        write(home / provider / "pay_periods.csv", PAY_PERIOD, paid)
    arguments = ["--period", period, "--store", str(store), "--key-file", str(folder / "invented.key"), "--quiet"]
    # Apprentices and pay at the edges are warned about.
    program.run("ingest", str(home), *arguments, ends=(0, 10))
    return store


# --- Checking a release -------------------------------------------------------------


def check_store(program: Program, store: Path, period: str | None, show: int) -> bool:
    """Whether every table is equal."""
    connection, period = open_edition(store, period)
    edition = Edition(connection)
    tables = [care_floors(edition), distance_to_floor(edition), compression(edition), living_wage_areas(edition)]
    tables += [rate_test_caveats(edition)]
    # Each with its settings in words.
    asked = [(table, rules, {}, "") for table, rules in tables]
    asked.append((rate_test_caveats_providers(edition), None, {}, ""))
    for settings in SETTINGS:
        words = "".join(f", {name} {value}" for name, value in settings.items())
        asked += [(table, rules, settings, words) for table, rules in cost_tables(edition, settings)]
    equal = True

    def compare(label, file, table, release, markers):
        nonlocal equal
        compared, differences = check_table(file, table, period, release, markers)
        report(label, len(table.rows), compared, differences, show)
        equal &= not differences

    for table, rules, settings, words in asked:
        file = program.ask(table.name, store, period, settings)
        compare(f"{table.name}{words}", file, table, "restricted", {})
        if rules is not None:
            shown, markers = protect(table, rules)
            file = program.ask(table.name, store, period, settings, restricted=False)
            compare(f"{table.name}{words} (protected)", file, shown, "protected", markers)
    for settings in SETTINGS:
        wrong = overtaken(rises(edition, settings)) if "floor" in settings else []
        if wrong:
            report("order of pay", 0, 0, wrong, show)
            equal = False
    costs = [program.figure("cost", store, period, {**SETTINGS[3], "floor": str(floor)}) for floor in range(10, 17)]
    if sorted(costs) != costs:
        report("cost by floor", 0, 0, ["it falls as the floor rises"], show)
        equal = False
    return equal


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks what floors mean against a second computation.")
    parser.add_argument("paybench")
    parser.add_argument("store", type=Path, nargs="?", help="by default stores of invented workers")
    parser.add_argument("--period", help="reference date; by default the newest in the store")
    parser.add_argument("--workers", type=int, default=2600, help="invented workers a period (default 2600)")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--show", type=int, default=5, help="differences printed a table (default 5)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        program = Program(arguments.paybench, folder)
        try:
            if arguments.store is not None:
                return 0 if check_store(program, arguments.store, arguments.period, arguments.show) else 1
            equal, rng = True, random.Random(arguments.seed)
            for period in PERIODS:
                store = invented(program, folder, period, arguments.workers, rng)
                print(f"invented workers, {period}")
                equal &= check_store(program, store, period, arguments.show)
        except (Unusable, KeyError, duckdb.Error) as error:
            print(f"cannot compare: {error}", file=sys.stderr)
            return 2
        wrong = formula_checks(program, folder)
    report("costs of evenly spread pay", 0, 0, wrong, arguments.show)
    return 0 if equal and not wrong else 1


if __name__ == "__main__":
    sys.exit(main())
