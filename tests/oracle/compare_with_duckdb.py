#!/usr/bin/env python3
"""Computes the comparisons a second time and checks a release against them.

    compare_with_duckdb.py STORE RELEASE_DIR [--period DATE] [--protected DIR]

STORE is a local store. Its newest edition of the period is read with DuckDB, every
comparison is computed here from its definition, but for wage_test, which wage_test.py
checks, and its arrears; each cell of RELEASE_DIR/tables/NAME.csv, a restricted release,
must be the same text. With --protected the disclosure rules are applied here too, and a protected release of the
same edition is checked against the answer.

Money and hours are integers in ten-thousandths inside DuckDB and fractions in Python,
so that nothing passes a binary float and each value is rounded once, at the end.

One line is printed a table. The exit code is 0 where all is equal, 1 where anything
differs, 2 where the store or the arguments cannot be used.
"""

import argparse
import csv
import json
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import contract_rules
import duckdb
from wage_test import HOURS, NOT_COUNTED, PayPeriod, Rates, Verdict, verdict

UNIT = 10_000  # money and hours are held in ten-thousandths
SHORTFALL_UNIT = 7 * UNIT * UNIT  # rate x hours, in sevenths because a year is 365/7 weeks

ROLE_GROUPS = {
    "front_line": [
        "care_worker",
        "support_worker",
        "healthcare_support_worker",
        "nursing_assistant",
        "personal_assistant",
        "residential_child_care_worker",
    ],
    "senior": ["senior_care_worker", "team_leader"],
    "supervisor": ["supervisor"],
    "manager": ["deputy_manager", "registered_manager", "manager"],
    "nursing": ["registered_nurse", "nursing_associate"],
    "social_work": ["social_worker"],
    "allied_health": ["occupational_therapist", "allied_health_professional"],
    "support": ["activities_worker", "ancillary", "administrative"],
    "other": ["other"],
}
COMMISSIONED = ("independent", "third_sector")
PUBLIC = ("local_authority", "nhs")


class Unusable(Exception):
    """The store or the release cannot be read: no verdict is possible."""


# --- The tables of an edition -------------------------------------------------------

# What a table looks like where an edition has none.
EMPTY_TABLES = {
    "workers": """
        provider_id TEXT, workplace_id TEXT, worker_key TEXT, role TEXT, tenure TEXT, age BIGINT,
        zero_hours BOOLEAN, zero_hours_since DATE, contracted_hours DECIMAL(9,4),
        average_hours DECIMAL(9,4), start_date DATE, apprentice BOOLEAN,
        apprenticeship_start DATE, pay_basis TEXT, pay_rate DECIMAL(12,4),
        hourly DECIMAL(9,4), guaranteed_allowance DECIMAL(9,4), registered TEXT,
        regular_hours BOOLEAN, offer_conditions_met BOOLEAN, contract_offer_on DATE,
        contract_offer_hours DECIMAL(9,4)""",
    "flows": """
        provider_id TEXT, workplace_id TEXT, role TEXT, opening BIGINT, starters BIGINT,
        leavers BIGINT, closing BIGINT, vacancies BIGINT, retained BIGINT""",
    "pay_points": """
        provider_id TEXT, workplace_id TEXT, role TEXT, minimum_rate DECIMAL(9,4),
        maximum_rate DECIMAL(9,4)""",
    "pay_periods": ", ".join(
        ["provider_id TEXT, workplace_id TEXT, worker_key TEXT, period_start DATE, period_end DATE, age BIGINT"]
        + ["apprenticeship TEXT, apprenticeship_start DATE, accommodation_days BIGINT, accommodation_free BOOLEAN"]
        + [f"{name} DECIMAL(12,4)" for name in (*HOURS, "gross_pay", *NOT_COUNTED, "accommodation_charge")]
    ),
}

# The groups a row counts in, and ranks read from a sorted list.
MACROS = """
CREATE MACRO role_groups(g) AS [g, 'all'];
CREATE MACRO sector_groups(s) AS
    CASE WHEN s IN ('independent', 'third_sector') THEN [s, 'all', 'commissioned'] ELSE [s, 'all'] END;
CREATE MACRO units(x) AS CAST(x * 10000 AS BIGINT);
CREATE MACRO in_wales(area) AS starts_with(area, 'W');
-- Four times the k-th quartile of a sorted list, interpolated linearly: always a whole number of units.
CREATE MACRO quarter(sorted, k) AS
    sorted[(len(sorted) - 1) * k // 4 + 1] * (4 - (len(sorted) - 1) * k % 4)
    + coalesce(sorted[(len(sorted) - 1) * k // 4 + 2], 0) * ((len(sorted) - 1) * k % 4);
"""

# Every job with what its workplace says.
JOBS = """
CREATE VIEW jobs AS
SELECT
    w.provider_id, w.workplace_id, w.worker_key, w.role, r.role_group, w.tenure, w.age,
    p.sector, p.service, p.area_code, p.full_time_hours,
    w.tenure IS NOT DISTINCT FROM 'agency' AS agency,
    coalesce(w.tenure IN ('permanent', 'temporary', 'fixed_term'), false) AS own_staff,
    coalesce(w.zero_hours, false) AS no_guarantee,
    w.zero_hours_since, w.contracted_hours, w.average_hours, w.start_date,
    coalesce(w.apprentice, w.apprenticeship_start IS NOT NULL) AS apprentice,
    w.apprenticeship_start, w.pay_basis, w.pay_rate, w.hourly, w.guaranteed_allowance,
    w.registered, w.regular_hours, w.offer_conditions_met, w.contract_offer_on
FROM workers AS w
JOIN workplaces AS p USING (provider_id, workplace_id)
JOIN role_group_of AS r USING (role);

CREATE VIEW staff_in_role AS
SELECT provider_id, workplace_id, role, count(*) AS workers FROM workers GROUP BY ALL
"""


def newest_manifest(store: Path, period: str | None) -> tuple[str, dict]:
    """The manifest of the newest edition: of the period given, or of the newest period."""
    periods = sorted(p.name.removeprefix("period=") for p in store.glob("period=*") if any(p.glob("*.json")))
    if not periods:
        raise Unusable(f"{store}: no edition here")
    if period is None:
        period = periods[-1]
    editions = sorted((store / f"period={period}").glob("[0-9]*.json"), key=lambda p: int(p.stem))
    if not editions:
        raise Unusable(f"{store}: no edition of {period}")
    return period, json.loads(editions[-1].read_text(encoding="utf-8"))


def open_edition(store: Path, period: str | None) -> tuple[duckdb.DuckDBPyConnection, str]:
    """A connection on which the edition's tables, and the views built on them, can be queried."""
    period, manifest = newest_manifest(store, period)
    files = {Path(f["name"]).stem: store / f"period={period}" / f["name"] for f in manifest["files"]}
    connection = duckdb.connect()
    tables = {"workplaces": files.get("workplaces"), "wage_floors": store / manifest["rates"]["file"]}
    tables |= {name: files.get(name) for name in EMPTY_TABLES}
    for name, file in tables.items():
        if file is None and name in EMPTY_TABLES:
            connection.execute(f"CREATE TABLE {name} ({EMPTY_TABLES[name]})")
        elif file is None or not file.exists():
            raise Unusable(f"{store}: the edition has no {name}")
        else:
            path = str(file).replace("'", "''")
            connection.execute(f"CREATE VIEW {name} AS FROM read_parquet('{path}', hive_partitioning = false)")
    create_views(connection, period)
    return connection, period


def create_views(connection: duckdb.DuckDBPyConnection, period: str) -> None:
    """What several comparisons share. The tables of the edition must exist already."""
    connection.execute(f"SET VARIABLE period = DATE '{period}'")
    connection.execute("CREATE TABLE role_group_of (role TEXT, role_group TEXT)")
    pairs = [(role, group) for group, roles in ROLE_GROUPS.items() for role in roles]
    connection.executemany("INSERT INTO role_group_of VALUES (?, ?)", pairs)
    for statement in (MACROS, JOBS, CONTRACTS, PAY_POINT_SOURCES, FLOW_TERMS, CONDITION_ANSWERS, PAY_TESTS):
        connection.execute(statement)


# --- Results ------------------------------------------------------------------------


@dataclass
class Basis:
    """The workers that a row rests on, and of them those of each provider outside public bodies."""

    workers: int = 0
    private: Counter = field(default_factory=Counter)


@dataclass
class Table:
    """One comparison. Rows go by their key; a value is None, text, or a number already rounded to text."""

    name: str
    keys: list[str]
    measures: list[str]
    rows: dict[tuple, dict] = field(default_factory=dict)
    basis: dict[tuple, Basis] = field(default_factory=dict)
    # Whom a median is of, where not everybody behind the row gives the figure.
    median_basis: dict[tuple, Basis] = field(default_factory=dict)

    def add(self, key: tuple, *values) -> None:
        assert key not in self.rows and len(values) == len(self.measures)
        self.rows[key] = dict(zip(self.measures, values))


def decimal_text(value: Fraction | int | None, places: int) -> str | None:
    """A fixed number of decimals, half away from zero."""
    if value is None:
        return None
    scaled = abs(Fraction(value)) * 10**places
    rounded = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    digits = str(rounded).rjust(places + 1, "0")
    sign = "-" if value < 0 and rounded else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}"


def percentage(part, whole) -> str | None:
    """Empty where there is nothing to divide or nothing to divide by."""
    return decimal_text(Fraction(100 * part) / whole, 2) if part is not None and whole else None


def quarters(value: int | None) -> Fraction | None:
    """The number of pounds (or days, or per cent) behind what the macro `quarter` gives."""
    return None if value is None else Fraction(value, 4 * UNIT)


def money(value: Fraction | None) -> str | None:
    return decimal_text(value, 4)


def read_basis(connection, sql: str) -> dict[tuple, Basis]:
    """From rows of a key, then provider_id, plain sector and workers; a provider without workers counts with 0."""
    found = defaultdict(Basis)
    for *key, provider, sector, workers in connection.execute(sql).fetchall():
        basis = found[tuple(key)]
        basis.workers += workers
        if sector not in PUBLIC:
            basis.private[provider] += workers
    return dict(found)


# --- pay_by_sector and pay_gap ------------------------------------------------------

PAY_BY_SECTOR = """
SELECT g.role_group, s.sector, count(*), count(DISTINCT provider_id), list_sort(list(units(hourly))) AS rates
FROM jobs, unnest(role_groups(jobs.role_group)) AS g(role_group), unnest(sector_groups(jobs.sector)) AS s(sector)
WHERE hourly IS NOT NULL AND NOT agency
GROUP BY g.role_group, s.sector
"""
PAY_BY_SECTOR_BASIS = """
SELECT g.role_group, s.sector, provider_id, jobs.sector, count(*)
FROM jobs, unnest(role_groups(jobs.role_group)) AS g(role_group), unnest(sector_groups(jobs.sector)) AS s(sector)
WHERE hourly IS NOT NULL AND NOT agency
GROUP BY ALL
"""


def pay_quartiles(connection) -> list[tuple]:
    sql = f"""
        SELECT * EXCLUDE (rates), quarter(rates, 1), quarter(rates, 2), quarter(rates, 3)
        FROM ({PAY_BY_SECTOR})"""
    return connection.execute(sql).fetchall()


def pay_by_sector(connection) -> Table:
    table = Table(
        "pay_by_sector",
        ["role_group", "sector"],
        ["workers", "providers", "p25_hourly", "median_hourly", "p75_hourly"],
    )
    for group, sector, workers, providers, *three in pay_quartiles(connection):
        table.add((group, sector), workers, providers, *(money(quarters(q)) for q in three))
    table.basis = read_basis(connection, PAY_BY_SECTOR_BASIS)
    return table


def pay_gap(connection) -> Table:
    """Every ordered pair of different plain sectors; both bases, from medians not yet rounded."""
    table = Table(
        "pay_gap",
        ["role_group", "reference_sector", "focus_sector"],
        [
            "reference_workers",
            "focus_workers",
            "reference_median",
            "focus_median",
            "gap_pounds",
            "focus_less_pct",
            "reference_more_pct",
        ],
    )
    sides = defaultdict(list)
    for group, sector, workers, _, _, median, _ in pay_quartiles(connection):
        if group != "other" and sector not in ("all", "commissioned"):
            sides[group].append((sector, workers, quarters(median)))
    for group, plain in sides.items():
        for reference, reference_workers, high in plain:
            for focus, focus_workers, low in plain:
                if reference != focus:
                    gap = high - low
                    table.add(
                        (group, reference, focus),
                        reference_workers,
                        focus_workers,
                        money(high),
                        money(low),
                        money(gap),
                        percentage(gap, high),
                        percentage(gap, low),
                    )
    return table


# --- pay_points ---------------------------------------------------------------------

# What a workplace pays in a role: its own statement, else the span of its workers' pay.
PAY_POINT_SOURCES = """
CREATE VIEW pay_point_sources AS
WITH stated AS (
    SELECT provider_id, workplace_id, role, minimum_rate, maximum_rate
    FROM pay_points
    WHERE minimum_rate IS NOT NULL OR maximum_rate IS NOT NULL
),
paid AS (
    SELECT provider_id, workplace_id, role, min(hourly) AS minimum_rate, max(hourly) AS maximum_rate
    FROM jobs
    WHERE hourly IS NOT NULL AND NOT agency
    GROUP BY ALL
),
together AS (
    FROM stated
    UNION ALL
    FROM paid ANTI JOIN stated USING (provider_id, workplace_id, role)
)
SELECT t.*, p.sector, r.role_group
FROM together AS t
JOIN workplaces AS p USING (provider_id, workplace_id)
JOIN role_group_of AS r USING (role)
"""
PAY_POINTS = """
WITH points AS (
    SELECT provider_id, sector, role, role_group,
        units(min(minimum_rate)) AS lowest, units(max(maximum_rate)) AS highest
    FROM pay_point_sources
    GROUP BY ALL
)
SELECT g.role_group, s.sector, count(*), count(DISTINCT provider_id),
    list_sort(list(lowest) FILTER (WHERE lowest IS NOT NULL)) AS minima,
    list_sort(list(highest) FILTER (WHERE highest IS NOT NULL)) AS maxima
FROM points, unnest(role_groups(points.role_group)) AS g(role_group), unnest(sector_groups(points.sector)) AS s(sector)
GROUP BY g.role_group, s.sector
"""
PAY_POINTS_BASIS = """
WITH behind AS (
    SELECT p.role_group, p.sector, p.provider_id, coalesce(n.workers, 0) AS workers
    FROM pay_point_sources AS p
    LEFT JOIN staff_in_role AS n USING (provider_id, workplace_id, role)
)
SELECT g.role_group, s.sector, provider_id, behind.sector, sum(workers)::BIGINT
FROM behind, unnest(role_groups(behind.role_group)) AS g(role_group), unnest(sector_groups(behind.sector)) AS s(sector)
GROUP BY ALL
"""

PAY_POINT_MEDIANS_BASIS = """
WITH points AS (
    SELECT provider_id, p.sector, role, p.role_group, min(minimum_rate) AS minimum, max(maximum_rate) AS maximum,
        sum(coalesce(n.workers, 0)) AS workers
    FROM pay_point_sources AS p
    LEFT JOIN staff_in_role AS n USING (provider_id, workplace_id, role)
    GROUP BY ALL
)
SELECT g.role_group, s.sector, m.which, provider_id, points.sector, sum(workers)::BIGINT
FROM points, unnest(role_groups(points.role_group)) AS g(role_group), unnest(sector_groups(points.sector)) AS s(sector),
    (VALUES ('minimum'), ('maximum')) AS m(which)
WHERE if(m.which = 'minimum', minimum, maximum) IS NOT NULL
GROUP BY ALL
"""


def pay_points(connection) -> Table:
    table = Table(
        "pay_points", ["role_group", "sector"], ["points", "providers", "median_minimum", "median_maximum"]
    )
    sql = f"SELECT * EXCLUDE (minima, maxima), quarter(minima, 2), quarter(maxima, 2) FROM ({PAY_POINTS})"
    for group, sector, points, providers, low, high in connection.execute(sql).fetchall():
        table.add((group, sector), points, providers, money(quarters(low)), money(quarters(high)))
    table.basis = read_basis(connection, PAY_POINTS_BASIS)
    table.median_basis = read_basis(connection, PAY_POINT_MEDIANS_BASIS)
    return table


# --- contract_types -----------------------------------------------------------------

CONTRACTS = """
CREATE VIEW contracts AS
SELECT provider_id, role_group, sector, no_guarantee,
    CASE
        WHEN agency THEN 'agency'
        WHEN tenure = 'bank' THEN 'bank'
        WHEN no_guarantee THEN 'zero_hours'
        WHEN tenure IN ('temporary', 'fixed_term') THEN 'temporary'
        WHEN tenure = 'permanent' AND contracted_hours IS NULL THEN 'permanent_hours_unknown'
        WHEN tenure = 'permanent' AND contracted_hours >= coalesce(full_time_hours, 35) THEN 'permanent_full_time'
        WHEN tenure = 'permanent' AND contracted_hours < 16 THEN 'permanent_under_16'
        WHEN tenure = 'permanent' THEN 'permanent_part_time'
        WHEN tenure = 'other' THEN 'other'
        ELSE 'unknown'
    END AS contract_type
FROM jobs
"""
CONTRACT_TYPES = """
WITH counted AS (
    SELECT role_group, sector, contract_type,
        count(*) AS workers, count(*) FILTER (WHERE no_guarantee) AS no_guarantee
    FROM contracts
    GROUP BY ALL
)
SELECT g.role_group, s.sector, contract_type, sum(workers) AS workers, sum(no_guarantee) AS no_guarantee,
    sum(sum(workers)) OVER (PARTITION BY g.role_group, s.sector) AS group_workers
FROM counted, unnest(role_groups(counted.role_group)) AS g(role_group), unnest(sector_groups(counted.sector)) AS s(sector)
GROUP BY g.role_group, s.sector, contract_type
"""
CONTRACT_TYPES_BASIS = """
SELECT g.role_group, s.sector, provider_id, jobs.sector, count(*)
FROM jobs, unnest(role_groups(jobs.role_group)) AS g(role_group), unnest(sector_groups(jobs.sector)) AS s(sector)
GROUP BY ALL
"""


def contract_types(connection) -> Table:
    table = Table(
        "contract_types", ["role_group", "sector", "contract_type"], ["workers", "no_guarantee", "share_pct"]
    )
    for *key, workers, no_guarantee, group_workers in connection.execute(CONTRACT_TYPES).fetchall():
        table.add(tuple(key), workers, no_guarantee, percentage(workers, group_workers))
    # All types of a role group and sector rest on the same workers.
    groups = read_basis(connection, CONTRACT_TYPES_BASIS)
    table.basis = {key: groups[key[:2]] for key in table.rows}
    return table


# --- turnover -----------------------------------------------------------------------

# Twice the numerator and denominator, because one denominator is a mean of two counts.
FLOW_TERMS = """
CREATE VIEW flow_terms AS
WITH staff AS (
    SELECT provider_id, workplace_id, count(*) AS everyone FROM workers GROUP BY ALL
),
posts AS (
    SELECT provider_id, workplace_id, role, count(*) AS in_post
    FROM workers
    WHERE tenure IN ('permanent', 'temporary', 'fixed_term')
    GROUP BY ALL
),
counts AS (
    SELECT f.provider_id, f.workplace_id, f.role, r.role_group, p.sector,
        f.opening, f.starters, f.leavers, f.vacancies, f.retained,
        CASE
            WHEN f.closing IS NOT NULL THEN f.closing
            WHEN coalesce(staff.everyone, 0) = p.total_staff THEN coalesce(posts.in_post, 0)
        END AS closing
    FROM flows AS f
    JOIN workplaces AS p USING (provider_id, workplace_id)
    JOIN role_group_of AS r USING (role)
    LEFT JOIN staff USING (provider_id, workplace_id)
    LEFT JOIN posts ON posts.provider_id = f.provider_id AND posts.workplace_id = f.workplace_id AND posts.role = f.role
),
measures AS (
    SELECT *, 'turnover_closing' AS measure, 2 * leavers AS top, 2 * closing AS bottom FROM counts
    UNION ALL
    SELECT *, 'turnover_mean', 2 * leavers, opening + closing FROM counts
    UNION ALL
    SELECT *, 'starters_closing', 2 * starters, 2 * closing FROM counts
    UNION ALL
    SELECT *, 'stability', 2 * retained, 2 * opening FROM counts
    UNION ALL
    SELECT *, 'vacancy', 2 * vacancies, 2 * (vacancies + closing) FROM counts
)
SELECT provider_id, workplace_id, role, role_group, sector, measure, top, bottom,
    top IS NOT NULL AND bottom IS NOT NULL AS known
FROM measures
"""
TURNOVER = """
SELECT g.role_group, s.sector, measure,
    sum(top) FILTER (WHERE known) AS top, sum(bottom) FILTER (WHERE known) AS bottom,
    count(DISTINCT provider_id) FILTER (WHERE known) AS providers
FROM flow_terms, unnest(role_groups(flow_terms.role_group)) AS g(role_group),
    unnest(sector_groups(flow_terms.sector)) AS s(sector)
GROUP BY g.role_group, s.sector, measure
"""
TURNOVER_BASIS = """
WITH behind AS (
    SELECT f.role_group, f.sector, f.provider_id, f.measure, coalesce(n.workers, 0) AS workers
    FROM flow_terms AS f
    LEFT JOIN staff_in_role AS n USING (provider_id, workplace_id, role)
    WHERE f.known
)
SELECT g.role_group, s.sector, measure, provider_id, behind.sector, sum(workers)::BIGINT
FROM behind, unnest(role_groups(behind.role_group)) AS g(role_group), unnest(sector_groups(behind.sector)) AS s(sector)
GROUP BY ALL
"""


def turnover(connection) -> Table:
    table = Table(
        "turnover",
        ["role_group", "sector", "measure"],
        ["numerator", "denominator", "providers", "rate_pct"],
    )
    for *key, top, bottom, providers in connection.execute(TURNOVER).fetchall():
        halves = [None if x is None else decimal_text(Fraction(int(x), 2), 1) for x in (top, bottom)]
        table.add(tuple(key), *halves, providers, percentage(top, bottom))
    table.basis = read_basis(connection, TURNOVER_BASIS)
    return table


# --- living_wage and living_wage_providers ------------------------------------------

# One row a worker and standard: the verdict, and what a year of the difference comes to.
PAY_TESTS = """
CREATE TABLE legal_floors AS
WITH rows_so_far AS (
    SELECT * FROM wage_floors WHERE scheme = 'nlw_nmw' AND effective_from <= getvariable('period')
),
starts AS (
    SELECT effective_from, row_number() OVER (ORDER BY effective_from DESC) AS age_of_rate,
        max(effective_from) OVER () AS newest
    FROM (SELECT DISTINCT effective_from FROM rows_so_far)
)
SELECT band, coalesce(min_age, 0) AS min_age, coalesce(max_age, 999) AS max_age, units(rate) AS floor
FROM rows_so_far JOIN starts USING (effective_from)
WHERE age_of_rate = 1 OR (age_of_rate = 2 AND getvariable('period') < newest + 31);

CREATE TABLE voluntary_floors AS
SELECT band, units(rate) AS floor
FROM wage_floors
WHERE scheme = 'real_living_wage' AND implement_by <= getvariable('period')
QUALIFY row_number() OVER (PARTITION BY band ORDER BY implement_by DESC, effective_from DESC) = 1;

CREATE VIEW paid_jobs AS
SELECT *,
    CASE
        WHEN NOT apprentice THEN 'none'
        WHEN apprenticeship_start IS NULL THEN 'no_start'
        WHEN getvariable('period') < apprenticeship_start + INTERVAL 12 MONTH THEN 'first_year'
        ELSE 'later'
    END AS apprenticeship,
    CASE
        WHEN area_code IS NULL OR starts_with(area_code, 'E92') THEN 'either'
        WHEN starts_with(area_code, 'E09') OR area_code = 'E12000007' THEN 'london'
        ELSE 'uk'
    END AS place,
    agency OR hourly IS NULL AS untestable,
    coalesce(pay_basis = 'annual', false) AS annual,
    units(hourly) AS rate,
    units(pay_rate) AS salary,
    coalesce(units(guaranteed_allowance), 0) AS allowance,
    units(contracted_hours) AS contracted,
    units(CASE WHEN contracted_hours > 0 THEN contracted_hours ELSE average_hours END) AS weekly
FROM jobs;

-- The lowest and highest floor that the law may set, for each state of knowledge.
CREATE VIEW legal_spans AS
SELECT known.age, known.apprenticeship, min(floor) AS lowest, max(floor) AS highest
FROM (SELECT DISTINCT age, apprenticeship FROM paid_jobs) AS known
JOIN legal_floors AS f ON
    CASE
        WHEN known.age < 16 THEN false
        WHEN f.band = 'apprentice' THEN
            known.apprenticeship = 'first_year'
            OR (known.apprenticeship = 'no_start')
            OR (known.apprenticeship = 'later' AND coalesce(known.age < 19, true))
        WHEN known.apprenticeship = 'first_year' THEN false
        WHEN known.apprenticeship = 'none' THEN coalesce(known.age BETWEEN f.min_age AND f.max_age, true)
        WHEN known.age IS NULL THEN f.max_age >= 19
        ELSE known.age >= 19 AND known.age BETWEEN f.min_age AND f.max_age
    END
GROUP BY ALL;

CREATE VIEW voluntary_spans AS
SELECT place, min(floor) AS lowest, max(floor) AS highest
FROM (VALUES ('uk', 'uk'), ('london', 'london'), ('either', 'uk'), ('either', 'london')) AS possible(place, band)
JOIN voluntary_floors USING (band)
GROUP BY place;

CREATE VIEW pay_tests AS
SELECT provider_id, role_group, sector, 'nlw_nmw' AS standard,
    CASE
        WHEN untestable OR lowest IS NULL THEN 'cannot_tell'
        WHEN annual AND salary * 10000 < lowest * contracted * 52 THEN 'below'
        WHEN annual AND salary * 70000 >= highest * contracted * 365 THEN 'meets'
        WHEN annual THEN 'cannot_tell'
        WHEN rate < lowest THEN 'below'
        WHEN rate >= highest THEN 'meets'
        ELSE 'cannot_tell'
    END AS verdict,
    CASE
        WHEN annual THEN lowest * contracted * 365 - salary * 70000
        ELSE (lowest - rate) * weekly * 365
    END AS shortfall
FROM paid_jobs
LEFT JOIN legal_spans AS l ON
    l.age IS NOT DISTINCT FROM paid_jobs.age AND l.apprenticeship = paid_jobs.apprenticeship
UNION ALL
SELECT provider_id, role_group, sector, 'real_living_wage',
    CASE
        WHEN untestable OR lowest IS NULL THEN 'cannot_tell'
        WHEN annual AND salary * 10000 + allowance * contracted * 52 < lowest * contracted * 52
            THEN if(age IS NULL, 'cannot_tell', 'below')
        WHEN annual AND salary * 10000 + allowance * contracted * 52 >= highest * contracted * 52 THEN 'meets'
        WHEN annual THEN 'cannot_tell'
        WHEN rate + allowance < lowest THEN if(age IS NULL, 'cannot_tell', 'below')
        WHEN rate + allowance >= highest THEN 'meets'
        ELSE 'cannot_tell'
    END,
    CASE
        WHEN annual THEN 7 * ((lowest - allowance) * contracted * 52 - salary * 10000)
        ELSE (lowest - rate - allowance) * weekly * 365
    END
FROM paid_jobs
LEFT JOIN voluntary_spans USING (place)
WHERE NOT apprentice AND coalesce(age >= 18, true);

CREATE TABLE pay_test_counts AS
SELECT provider_id, role_group, sector, standard,
    count(*) FILTER (WHERE verdict <> 'cannot_tell') AS tested,
    count(*) FILTER (WHERE verdict = 'below') AS below,
    count(*) FILTER (WHERE verdict = 'cannot_tell') AS cannot_tell,
    sum(shortfall) FILTER (WHERE verdict = 'below') AS shortfall,
    count(*) FILTER (WHERE verdict = 'below' AND shortfall IS NULL) AS shortfall_unknown
FROM pay_tests
GROUP BY ALL
"""
LIVING_WAGE_SUMS = """
    sum(tested) AS tested, sum(below) AS below, sum(cannot_tell) AS cannot_tell,
    sum(shortfall) AS shortfall, sum(shortfall_unknown) AS shortfall_unknown"""
LIVING_WAGE = f"""
SELECT g.role_group, s.sector, standard, {LIVING_WAGE_SUMS}
FROM pay_test_counts AS c, unnest(role_groups(c.role_group)) AS g(role_group),
    unnest(sector_groups(c.sector)) AS s(sector)
GROUP BY g.role_group, s.sector, standard
"""
LIVING_WAGE_PROVIDERS = f"""
SELECT provider_id, name, sector, standard, {LIVING_WAGE_SUMS}
FROM pay_test_counts
LEFT JOIN (SELECT provider_id, min(provider_name) AS name FROM workplaces GROUP BY ALL) USING (provider_id)
GROUP BY provider_id, name, sector, standard
"""
LIVING_WAGE_BASIS = """
SELECT g.role_group, s.sector, standard, provider_id, c.sector, tested + cannot_tell
FROM pay_test_counts AS c, unnest(role_groups(c.role_group)) AS g(role_group),
    unnest(sector_groups(c.sector)) AS s(sector)
"""
LIVING_WAGE_MEASURES = [
    "tested",
    "below",
    "cannot_tell",
    "below_pct",
    "below_pct_low",
    "below_pct_high",
    "annual_shortfall",
    "shortfall_unknown",
]


def living_wage_values(tested, below, cannot_tell, shortfall, shortfall_unknown) -> list:
    """The measures of one row. Only where somebody is below and nobody's hours are known is there no sum."""
    if not below:
        shortfall = 0
    return [
        tested,
        below,
        cannot_tell,
        percentage(below, tested),
        percentage(below, tested + cannot_tell),
        percentage(below + cannot_tell, tested + cannot_tell),
        None if shortfall is None else decimal_text(Fraction(int(shortfall), SHORTFALL_UNIT), 2),
        shortfall_unknown,
    ]


def living_wage(connection) -> Table:
    table = Table("living_wage", ["role_group", "sector", "standard"], LIVING_WAGE_MEASURES)
    for *key, tested, below, cannot_tell, shortfall, unknown in connection.execute(LIVING_WAGE).fetchall():
        table.add(tuple(key), *living_wage_values(tested, below, cannot_tell, shortfall, unknown))
    table.basis = read_basis(connection, LIVING_WAGE_BASIS)
    return table


def living_wage_providers(connection) -> Table:
    table = Table(
        "living_wage_providers", ["provider_id", "provider_name", "sector", "standard"], LIVING_WAGE_MEASURES
    )
    for *key, tested, below, cannot_tell, shortfall, unknown in connection.execute(LIVING_WAGE_PROVIDERS).fetchall():
        table.add(tuple(key), *living_wage_values(tested, below, cannot_tell, shortfall, unknown))
    return table


# --- zero_hours_rights --------------------------------------------------------------

ZERO_HOURS_RIGHTS = """
WITH spells AS (
    SELECT *, coalesce(zero_hours_since, start_date) AS spell_start FROM jobs WHERE no_guarantee AND NOT agency
)
SELECT provider_id, sector,
    CASE
        WHEN service NOT IN ('domiciliary', 'supported_living') OR NOT in_wales(area_code) THEN 'out_of_scope'
        WHEN service IS NULL OR area_code IS NULL OR spell_start IS NULL THEN 'unknown'
        WHEN getvariable('period') < spell_start + INTERVAL 3 MONTH THEN 'not_due'
        WHEN contract_offer_on >= spell_start THEN 'offered'
        WHEN NOT regular_hours OR NOT offer_conditions_met THEN 'conditions_not_met'
        WHEN regular_hours IS NULL OR offer_conditions_met IS NULL THEN 'conditions_unknown'
        ELSE 'offer_not_recorded'
    END AS status,
    count(*) AS workers
FROM spells
GROUP BY ALL
"""


def zero_hours_rights(connection) -> Table:
    table = Table("zero_hours_rights", ["provider_id", "sector", "status"], ["workers"])
    for *key, workers in connection.execute(ZERO_HOURS_RIGHTS).fetchall():
        table.add(tuple(key), workers)
    return table


# --- conditions ---------------------------------------------------------------------

# One row a workplace and condition: what it answers, and the figure behind it.
CONDITION_ANSWERS = """
CREATE VIEW condition_answers AS
WITH asked AS (
    SELECT *, 'enhanced_sick_pay' AS condition, enhanced_sick_pay AS yes, NULL AS figure FROM workplaces
    UNION ALL
    SELECT *, 'travel_time_paid', if(travel_time_pay = 'no_travel', NULL, travel_time_pay <> 'not_paid'), NULL
    FROM workplaces
    UNION ALL
    SELECT *, 'weekend_enhancement', weekend_enhancement_pct > 0, weekend_enhancement_pct FROM workplaces
    UNION ALL
    SELECT *, 'overtime_enhancement', overtime_enhancement_pct > 0, overtime_enhancement_pct FROM workplaces
    UNION ALL
    SELECT *, 'pension_above_minimum', coalesce(pension_above_minimum, employer_pension_pct > 3), employer_pension_pct
    FROM workplaces
    UNION ALL
    SELECT *, 'annual_leave_days', NULL, annual_leave_days FROM workplaces
    UNION ALL
    SELECT *, 'pay_award_pending', pay_award_pending, NULL FROM workplaces
)
SELECT provider_id, workplace_id, sector, condition, yes, units(figure) AS figure,
    if(condition = 'annual_leave_days', figure IS NOT NULL, yes IS NOT NULL) AS answered
FROM asked
"""
CONDITIONS = """
SELECT sector, condition, count(*) AS workplaces, count(*) FILTER (WHERE answered) AS answered,
    count(*) FILTER (WHERE yes) AS yes,
    quarter(list_sort(list(figure) FILTER (WHERE figure IS NOT NULL)), 2) AS median
FROM condition_answers
GROUP BY sector, condition
"""
CONDITIONS_BASIS = """
SELECT a.sector, condition, a.provider_id, a.sector, count(j.provider_id)
FROM condition_answers AS a
LEFT JOIN jobs AS j USING (provider_id, workplace_id)
WHERE a.answered
GROUP BY a.sector, condition, a.provider_id
"""
CONDITION_MEDIANS_BASIS = CONDITIONS_BASIS.replace("a.answered", "a.figure IS NOT NULL")


def conditions(connection) -> Table:
    table = Table("conditions", ["sector", "condition"], ["workplaces", "answered", "yes_pct", "median_value"])
    for sector, condition, workplaces, answered, yes, median in connection.execute(CONDITIONS).fetchall():
        yes_pct = None if condition == "annual_leave_days" else percentage(yes, answered)
        table.add((sector, condition), workplaces, answered, yes_pct, money(quarters(median)))
    table.basis = read_basis(connection, CONDITIONS_BASIS)
    table.median_basis = read_basis(connection, CONDITION_MEDIANS_BASIS)
    return table


# --- contract_audit -----------------------------------------------------------------

CONTRACT_AUDIT = """
WITH duties AS (
    SELECT *,
        -- A service or place that is not known may be one of these.
        role_group IN ('front_line', 'senior', 'supervisor', 'manager', 'social_work')
            AND coalesce(
                service IN (
                    'domiciliary', 'supported_living', 'residential', 'nursing', 'children_residential',
                    'adult_placement'
                ),
                true
            )
            AND coalesce(in_wales(area_code), true)
            -- The register became compulsory group by group.
            AND getvariable('period') >= CASE
                WHEN care_role AND at_home THEN DATE '2020-04-01'
                WHEN care_role AND service IN ('residential', 'nursing', 'adult_placement') THEN DATE '2022-10-01'
                WHEN role_group = 'manager' AND service = 'adult_placement' THEN DATE '2022-10-01'
                ELSE DATE '2018-01-01'
            END AS must_register,
        CASE
            WHEN care_role AND at_home THEN start_date + INTERVAL 6 MONTH
            WHEN start_date < DATE '2022-09-30' THEN start_date + INTERVAL 12 MONTH
            WHEN start_date <= DATE '2023-03-31' THEN DATE '2023-10-01'
            ELSE start_date + INTERVAL 6 MONTH
        END AS allowed_until
    FROM (
        SELECT *, role_group IN ('front_line', 'senior', 'supervisor') AS care_role,
            service IN ('domiciliary', 'supported_living') AS at_home
        FROM jobs
    )
),
states AS (
    SELECT *,
        CASE
            WHEN NOT must_register THEN NULL
            WHEN registered IS NULL THEN 'unknown'
            WHEN registered NOT IN ('no', 'applied') THEN NULL
            WHEN area_code IS NULL OR service IS NULL OR start_date IS NULL THEN 'unknown'
            -- An application is no registration, and may have been made in time.
            WHEN getvariable('period') > allowed_until THEN if(registered = 'no', 'overdue', 'unknown')
        END AS registration
    FROM duties
)
SELECT p.provider_id, p.workplace_id, p.regulator_id, p.service,
    count(s.provider_id) AS workers,
    count(*) FILTER (WHERE s.agency) AS agency,
    count(*) FILTER (WHERE s.tenure = 'bank') AS bank,
    count(*) FILTER (WHERE s.no_guarantee) AS zero_hours,
    count(*) FILTER (WHERE s.own_staff AND NOT s.no_guarantee AND s.contracted_hours < 16) AS under_16_hours,
    count(*) FILTER (WHERE s.own_staff AND NOT s.no_guarantee AND s.contracted_hours IS NULL) AS hours_unknown,
    count(*) FILTER (WHERE s.average_hours > s.contracted_hours) AS average_above_contracted,
    count(*) FILTER (WHERE s.registration = 'overdue') AS registration_overdue,
    count(*) FILTER (WHERE s.registration = 'unknown') AS registration_unknown
FROM workplaces AS p
LEFT JOIN states AS s USING (provider_id, workplace_id)
GROUP BY ALL
"""


def contract_audit(connection) -> Table:
    table = Table(
        "contract_audit",
        ["provider_id", "workplace_id", "regulator_id", "service"],
        [
            "workers",
            "agency",
            "bank",
            "zero_hours",
            "under_16_hours",
            "hours_unknown",
            "average_above_contracted",
            "registration_overdue",
            "registration_unknown",
        ],
    )
    for *key, a, b, c, d, e, f, g, h, i in connection.execute(CONTRACT_AUDIT).fetchall():
        table.add(tuple(key), a, b, c, d, e, f, g, h, i)
    return table


# --- wage_test_sectors and wage_test_providers --------------------------------------

PAY_PERIODS = f"""
SELECT t.provider_id, t.workplace_id, t.worker_key, p.sector, p.service, t.period_start, t.period_end, t.age,
    t.apprenticeship, t.apprenticeship_start, t.accommodation_days, coalesce(t.accommodation_free, false),
    {", ".join(f"units(t.{name})" for name in ("accommodation_charge", "gross_pay", *HOURS, *NOT_COUNTED))}
FROM pay_periods AS t
JOIN workplaces AS p USING (provider_id, workplace_id)
"""
CAUSES = [
    "pay_missing",
    "hours_missing",
    "no_hours",
    "period_too_long",
    "no_rate",
    "rates_differ",
    "travel_missing",
    "accommodation_missing",
]


def tested_periods(connection) -> list[tuple[tuple, str, PayPeriod, Verdict]]:
    """Each pay period as worker, sector, what is known of it, and its verdict."""
    floors = connection.execute("SELECT scheme, band, min_age, max_age, rate, effective_from FROM wage_floors")
    names = [column[0] for column in floors.description]
    rates = Rates([dict(zip(names, row)) for row in floors.fetchall()])
    found = []
    for row in connection.execute(PAY_PERIODS).fetchall():
        *worker, sector, service, start, end, age, apprenticeship, begun, days, free = row[:12]
        charge, gross, *amounts = (None if amount is None else Fraction(amount, UNIT) for amount in row[12:])
        period = PayPeriod(
            start=start,
            end=end,
            service=service,
            age=age,
            apprenticeship=apprenticeship,
            apprenticeship_start=begun,
            hours=dict(zip(HOURS, amounts)),
            gross_pay=gross,
            less=dict(zip(NOT_COUNTED, amounts[len(HOURS) :])),
            days=days,
            free=free,
            charge=charge,
        )
        found.append((tuple(worker), sector, period, verdict(period, rates)))
    return found


def cause_of(period: PayPeriod, told: Verdict, rates_known: bool) -> str:
    """The first reason that fits why it cannot be told."""
    if period.gross_pay is None:
        return "pay_missing"
    if period.hours["hours_work"] is None:
        return "hours_missing"
    if not told.hours:
        return "no_hours"
    if (period.end - period.start).days > 30:
        return "period_too_long"
    if not rates_known:
        return "no_rate"
    if told.minutes is not None:
        return "travel_missing"
    return "accommodation_missing" if told.days_matter else "rates_differ"


def wage_test_sectors(connection) -> Table:
    table = Table(
        "wage_test_sectors",
        ["sector"],
        ["tested", "below", "cannot_tell", "below_pct", "below_pct_low", "below_pct_high"],
    )
    results = defaultdict(set)
    for worker, sector, _, told in tested_periods(connection):
        results[(worker, sector)].add(told.result)
    counts: dict[str, Counter] = defaultdict(Counter)
    for (worker, sector), seen in results.items():
        result = next(r for r in ("below", "cannot_tell", "meets") if r in seen)
        for group in {sector, "all"} | ({"commissioned"} if sector in COMMISSIONED else set()):
            counts[group][result] += 1
            basis = table.basis.setdefault((group,), Basis())
            basis.workers += 1
            if sector not in PUBLIC:
                basis.private[worker[0]] += 1
    for group, count in counts.items():
        below, unsure = count["below"], count["cannot_tell"]
        tested = below + count["meets"]
        table.add(
            (group,),
            tested,
            below,
            unsure,
            percentage(below, tested),
            percentage(below, tested + unsure),
            percentage(below + unsure, tested + unsure),
        )
    return table


def wage_test_providers(connection) -> Table:
    table = Table(
        "wage_test_providers",
        ["provider_id", "provider_name", "sector"],
        ["periods", "meets", "below", "cannot_tell", *CAUSES, "shortfall"],
    )
    names = dict(connection.execute("SELECT provider_id, min(provider_name) FROM workplaces GROUP BY ALL").fetchall())
    counts: dict[tuple, Counter] = defaultdict(Counter)
    short: dict[tuple, Fraction] = defaultdict(Fraction)
    for worker, sector, period, told in tested_periods(connection):
        key = (worker[0], names[worker[0]], sector)
        counts[key]["periods"] += 1
        counts[key][told.result] += 1
        if told.result == "cannot_tell":
            # A known age under 16 is all that leaves no rate at these dates.
            counts[key][cause_of(period, told, period.age is None or period.age >= 16)] += 1
        short[key] += told.shortfall or 0
    for key, count in counts.items():
        table.add(key, *(count[m] for m in table.measures[:-1]), decimal_text(short[key], 2))
    return table


# --- Rules on contracts, and contracts on two axes ----------------------------------

# Every job as a return would have written it, for the evaluator of contract_rules.py.
AS_RETURNED = """
SELECT w.provider_id, p.sector, r.role_group, w.role, p.service, p.area_code, w.tenure, p.full_time_hours,
    if(w.zero_hours, 'yes', 'no') AS zero_hours, w.zero_hours_since, w.contracted_hours, w.average_hours,
    w.start_date, w.registered, if(w.regular_hours, 'yes', 'no') AS regular_hours,
    if(w.offer_conditions_met, 'yes', 'no') AS offer_conditions_met, w.contract_offer_on, w.contract_offer_hours,
    w.zero_hours IS NULL, w.regular_hours IS NULL, w.offer_conditions_met IS NULL
FROM workers AS w
JOIN workplaces AS p USING (provider_id, workplace_id)
JOIN role_group_of AS r USING (role)
"""
STATUS = {"living_hours_guarantee": "voluntary", "living_hours_contract": "voluntary", "era_guaranteed_hours": "proposed"}
NOT_ASKED = ("out_of_scope", "not_in_force")


def counts_in(sector: str) -> list[str]:
    return [sector, "all", "commissioned"] if sector in COMMISSIONED else [sector, "all"]


def returned_jobs(connection) -> list[dict]:
    period = str(connection.execute("SELECT getvariable('period')").fetchone()[0])
    cursor = connection.execute(AS_RETURNED)
    names = [column[0] for column in cursor.description]
    jobs = []
    for row in cursor.fetchall():
        job = {name: "" if value is None else str(value) for name, value in zip(names, row)}
        for name, unknown in zip(("zero_hours", "regular_hours", "offer_conditions_met"), row[-3:]):
            job[name] = "" if unknown else job[name]
        jobs.append({**job, "period": period})
    return jobs


def judged(connection) -> Counter:
    """Jobs by provider, sector, rule, status and result."""
    found = Counter()
    for job in returned_jobs(connection):
        worker = contract_rules.Worker(job)
        for rule in contract_rules.RULES:
            status = STATUS.get(rule.__name__, "law")
            found[job["provider_id"], job["sector"], rule.__name__, status, rule(worker)] += 1
    return found


def contract_rules_table(connection) -> Table:
    table = Table("contract_rules", ["provider_id", "sector", "rule", "status", "result"], ["workers"])
    for key, workers in judged(connection).items():
        if key[3] != "proposed":
            table.add(key, workers)
    return table


def by_sector_and_rule(connection, table: Table, wanted) -> Table:
    cells, basis = defaultdict(Counter), defaultdict(Basis)
    for (provider, sector, rule, status, result), workers in judged(connection).items():
        if not wanted(status) or result in NOT_ASKED:
            continue
        kind = {"unknown": "unknown", "met": "met", "would_meet": "met"}.get(result, "not_met")
        for group in counts_in(sector):
            key = (group, rule, status)[: len(table.keys)]
            cells[key][kind] += workers
            basis[key].workers += workers
            if sector not in PUBLIC:
                basis[key].private[provider] += workers
    for key, found in cells.items():
        met, not_met, unknown = found["met"], found["not_met"], found["unknown"]
        everyone = met + not_met + unknown
        shares = (percentage(not_met, met + not_met), percentage(not_met, everyone), percentage(not_met + unknown, everyone))
        table.add(key, met + not_met, met, not_met, unknown, *shares)
    table.basis = dict(basis)
    return table


def contract_rules_sectors(connection) -> Table:
    measures = ["tested", "met", "not_met", "cannot_tell", "not_met_pct", "not_met_pct_low", "not_met_pct_high"]
    table = Table("contract_rules_sectors", ["sector", "rule", "status"], measures)
    return by_sector_and_rule(connection, table, lambda status: status != "proposed")


def contract_readiness(connection) -> Table:
    shares = ["would_not_meet_pct", "would_not_meet_pct_low", "would_not_meet_pct_high"]
    measures = ["tested", "would_meet", "would_not_meet", "cannot_tell", *shares]
    table = Table("contract_readiness", ["sector", "rule"], measures)
    return by_sector_and_rule(connection, table, lambda status: status == "proposed")


def contract_axes(connection) -> Table:
    table = Table("contract_axes", ["role_group", "sector", "tenure", "guarantee"], ["workers", "share_pct"])
    cells, basis = Counter(), defaultdict(Basis)
    for job in returned_jobs(connection):
        hours = contract_rules.Worker(job).guaranteed
        full_time = Fraction(job["full_time_hours"] or 35)
        if hours is None:
            guarantee = "unknown"
        elif hours == 0:
            guarantee = "none"
        elif hours < 16:
            guarantee = "low"
        else:
            guarantee = "partial" if hours < full_time else "full"
        for role_group in (job["role_group"], "all"):
            for group in counts_in(job["sector"]):
                cells[role_group, group, job["tenure"] or "unknown", guarantee] += 1
                basis[role_group, group].workers += 1
                if job["sector"] not in PUBLIC:
                    basis[role_group, group].private[job["provider_id"]] += 1
    for key, workers in cells.items():
        table.add(key, workers, percentage(workers, basis[key[:2]].workers))
        table.basis[key] = basis[key[:2]]
    return table


COMPARISONS = [
    pay_by_sector,
    pay_gap,
    pay_points,
    contract_types,
    turnover,
    living_wage,
    living_wage_providers,
    zero_hours_rights,
    conditions,
    contract_audit,
    wage_test_sectors,
    wage_test_providers,
    contract_rules_table,
    contract_rules_sectors,
    contract_readiness,
    contract_axes,
]
NOT_IN_PROTECTED = [
    "contract_rules",
    "cost_to_comply_providers",
    "living_wage_providers",
    "zero_hours_rights",
    "contract_audit",
    "wage_test",
    "wage_test_providers",
    "wage_arrears",
    "wage_arrears_providers",
]


# --- Protection ---------------------------------------------------------------------


def rests_on_too_few(sector: str, basis: Basis) -> bool:
    """Too few workers; or, outside public bodies, too few providers or one with over half the workers."""
    if basis.workers < 10:
        return True
    if sector in PUBLIC or not basis.private:
        return False
    return len(basis.private) < 3 or 2 * max(basis.private.values()) > sum(basis.private.values())


def parts_of_totals(keys: list[str], cells: set[tuple]) -> list[tuple[tuple, list[tuple]]]:
    """Each total with the cells that add up to it; a cell can be a total along both directions."""
    sums = []
    for cell in cells:
        for at in (keys.index(column) for column in ("role_group", "sector") if column in keys):
            if cell[at] not in ("all", "commissioned"):
                continue
            others = [c for c in cells if c[:at] == cell[:at] and c[at + 1 :] == cell[at + 1 :]]
            if cell[at] == "commissioned":
                sums.append((cell, [c for c in others if c[at] in COMMISSIONED]))
            else:
                sums.append((cell, [c for c in others if c[at] not in ("all", "commissioned")]))
                sums.append((cell, [c for c in others if c[at] not in ("all", *COMMISSIONED)]))
    return sums


def hidden_rows(table: Table) -> set[tuple]:
    """Rows hidden for themselves, then totals from which one hidden part could be worked out."""
    # Any one contract type gives the total of its role group and sector, so all types are one cell.
    width = 2 if table.name in ("contract_types", "contract_axes") else len(table.keys)
    sector_at = table.keys.index("sector")
    basis = {key[:width]: table.basis.get(key, Basis()) for key in table.rows}
    hidden = {cell for cell in basis if rests_on_too_few(cell[sector_at], basis[cell])}
    hidden = with_totals(hidden, parts_of_totals(table.keys[:width], set(basis)))
    return {key for key in table.rows if key[:width] in hidden}


def with_totals(hidden: set[tuple], sums: list[tuple[tuple, list[tuple]]]) -> set[tuple]:
    """The cells hidden and the totals from which one of them could be worked out, smaller totals first."""
    while True:
        for which in ("commissioned", "all"):
            given_away = {
                total
                for total, parts in sums
                if total not in hidden and is_total(total, parts, which) and sum(p in hidden for p in parts) == 1
            }
            if given_away:
                break
        else:
            return hidden
        hidden = hidden | given_away


def is_total(total: tuple, parts: list[tuple], which: str) -> bool:
    """Whether the total is of this kind along the direction in which its parts differ from it."""
    return any(cell == which and part != which for one in parts for cell, part in zip(total, one))


def guarded(table: Table, hidden: set[tuple], measure: str) -> set[tuple]:
    """The rows in which a count is withheld: small ones, and totals that would give one away."""
    withheld = hidden | {key for key, row in table.rows.items() if small(row[measure])}
    return with_totals(withheld, parts_of_totals(table.keys, set(table.rows)))


def of_few(table: Table, key: tuple, figure: tuple) -> bool:
    """Whether a median is of fewer than 20 workers, or of what one or two providers pay or give."""
    basis = table.median_basis.get(figure, Basis())
    return basis.workers < 20 or rests_on_too_few(key[table.keys.index("sector")], basis)


def small(count: int) -> bool:
    return 1 <= count <= 9


def emptied_cells(table: Table, key: tuple, row: dict, hidden: set[tuple]) -> set[str]:
    """What a row that is shown must still not say."""
    workers = table.basis[key].workers if key in table.basis else 0
    cells = set()
    match table.name:
        case "pay_by_sector":
            if workers < 20:
                cells |= {"median_hourly"}
            if workers < 40:
                cells |= {"p25_hourly", "p75_hourly"}
        case "pay_gap":
            gap = {"gap_pounds", "focus_less_pct", "reference_more_pct"}
            for side in ("reference", "focus"):
                if row[f"{side}_workers"] < 20:
                    cells |= {f"{side}_median"} | gap
        case "pay_points":
            for which in ("minimum", "maximum"):
                if of_few(table, key, (*key, which)):
                    cells |= {f"median_{which}"}
        case "conditions":
            if of_few(table, key, key):
                cells |= {"median_value"}
        case "contract_types":
            if small(row["workers"]):
                cells |= {"workers", "no_guarantee", "share_pct"}
            if small(row["no_guarantee"]):
                cells |= {"no_guarantee"}
        case "contract_axes":
            if small(row["workers"]):
                cells |= {"workers", "share_pct"}
        case "contract_rules_sectors" | "contract_readiness":
            met, not_met = table.measures[1:3]
            if key in guarded(table, hidden, "tested"):
                cells |= {"tested"}
            if any(key in guarded(table, hidden, count) for count in ("tested", met, not_met)):
                cells |= {met, not_met, *table.measures[4:]}
            if key in guarded(table, hidden, "cannot_tell"):
                cells |= {"cannot_tell", *table.measures[5:]}
        case "living_wage":
            if small(row["below"]):
                cells |= {"below", "below_pct", "below_pct_low", "below_pct_high"}
                cells |= {"annual_shortfall", "shortfall_unknown"}
            if small(row["cannot_tell"]):
                cells |= {"cannot_tell", "below_pct_low", "below_pct_high"}
            if row["below"] and row["below"] - row["shortfall_unknown"] < 10:
                cells |= {"annual_shortfall"}
            if small(row["shortfall_unknown"]):
                cells |= {"shortfall_unknown"}
        case "wage_test_sectors":
            if key in guarded(table, hidden, "below"):
                cells |= {"below", "below_pct", "below_pct_low", "below_pct_high"}
            if key in guarded(table, hidden, "cannot_tell"):
                cells |= {"cannot_tell", "below_pct_low", "below_pct_high"}
    return {cell for cell in cells if row[cell] is not None}


def protect(tables: dict[str, Table]) -> dict[str, tuple[Table, dict[tuple, str]]]:
    """The tables of a protected release, each with the marker of each row."""
    hidden = {name: hidden_rows(t) for name, t in tables.items() if name not in (*NOT_IN_PROTECTED, "pay_gap")}
    hidden["pay_gap"] = {
        (group, *sides)
        for group, *sides in tables["pay_gap"].rows
        if any((group, side) in hidden["pay_by_sector"] for side in sides)
    }
    protected = {}
    for name, concealed in hidden.items():
        table = tables[name]
        shown, markers = Table(name, table.keys, table.measures), {}
        for key, row in table.rows.items():
            emptied = set(table.measures) if key in concealed else emptied_cells(table, key, row, concealed)
            shown.add(key, *(None if m in emptied else row[m] for m in table.measures))
            markers[key] = "[c]" if emptied else ""
        protected[name] = (shown, markers)
    return protected


# --- Checking a release -------------------------------------------------------------


def cell_text(value) -> str:
    return "" if value is None else str(value)


def expected_rows(table: Table, period: str, release: str, markers: dict[tuple, str]) -> dict[tuple, list[str]]:
    rows = {}
    for key, values in table.rows.items():
        names = tuple(cell_text(part) for part in key)
        cells = [cell_text(values[m]) for m in table.measures]
        rows[names] = [period, *names, *cells, markers.get(key, ""), release]
    return rows


def check_table(file: Path, table: Table, period: str, release: str, markers: dict[tuple, str]) -> tuple[int, list]:
    """The number of cells compared, and what differs."""
    if not file.exists():
        return 0, [f"{file} is missing"]
    header = ["period", *table.keys, *table.measures, "marker", "release"]
    with file.open(encoding="utf-8", newline="") as lines:
        first, *found = list(csv.reader(lines))
    if first != header:
        return 0, [f"header is {','.join(first)}, expected {','.join(header)}"]
    if file.read_bytes().split(b"\n", 1)[0].endswith(b"\r"):
        return 0, ["lines end in CR LF"]
    expected = expected_rows(table, period, release, markers)
    compared, differences, seen = 0, [], set()
    for row in found:
        key = tuple(row[1 : 1 + len(table.keys)])
        where = " / ".join(key)
        if len(row) != len(header):
            differences.append(f"{where}: {len(row)} cells, expected {len(header)}")
        elif key in seen:
            differences.append(f"{where}: the row occurs twice")
        elif key not in expected:
            differences.append(f"{where}: the row is not expected")
        else:
            compared += len(row)
            for column, here, wanted in zip(header, row, expected[key]):
                if here != wanted:
                    differences.append(f"{where}: {column} is {here or 'empty'}, expected {wanted or 'empty'}")
        seen.add(key)
    differences += [f"{' / '.join(key)}: the row is missing" for key in expected if key not in seen]
    return compared, differences


def report(label: str, rows: int, compared: int, differences: list[str], show: int) -> None:
    if not differences:
        print(f"{label}: {rows} rows, {compared} cells, equal")
        return
    print(f"{label}: {rows} rows, {compared} cells, {len(differences)} differences")
    for difference in differences[:show]:
        print(f"    {difference}")
    if len(differences) > show:
        print(f"    and {len(differences) - show} more")


def check_releases(store: Path, restricted: Path, period: str | None, protected: Path | None, show: int) -> bool:
    """Whether every table is equal."""
    connection, period = open_edition(store, period)
    tables = {t.name: t for t in (comparison(connection) for comparison in COMPARISONS)}
    equal = True
    for name, table in tables.items():
        compared, differences = check_table(restricted / "tables" / f"{name}.csv", table, period, "restricted", {})
        report(name, len(table.rows), compared, differences, show)
        equal &= not differences
    if protected is None:
        return equal
    for name, (table, markers) in protect(tables).items():
        file = protected / "tables" / f"{name}.csv"
        compared, differences = check_table(file, table, period, "protected", markers)
        report(f"{name} (protected)", len(table.rows), compared, differences, show)
        equal &= not differences
    for name in NOT_IN_PROTECTED:
        written = [str(f) for f in sorted((protected / "tables").glob(f"{name}.*"))]
        if written:
            report(f"{name} (protected)", 0, 0, [f"{f} must not be written" for f in written], show)
            equal = False
    return equal


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks a release against comparisons computed a second time.")
    parser.add_argument("store", type=Path)
    parser.add_argument("release", type=Path, help="the folder of a restricted release")
    parser.add_argument("--period", help="reference date; by default the newest in the store")
    parser.add_argument("--protected", type=Path, help="the folder of a protected release of the same edition")
    parser.add_argument("--show", type=int, default=5, help="differences printed a table (default 5)")
    arguments = parser.parse_args()
    for folder in (arguments.store, arguments.release, arguments.protected):
        if folder is not None and not folder.is_dir():
            parser.error(f"{folder} is not a folder")
    try:
        equal = check_releases(
            arguments.store, arguments.release, arguments.period, arguments.protected, arguments.show
        )
    except (Unusable, KeyError, json.JSONDecodeError, duckdb.Error) as error:
        print(f"cannot compare: {error}", file=sys.stderr)
        return 2
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())
