"""Tariffs about who wins where: for each finding one that has it, and one that hardly differs and has not."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal

from api.domain.pricing.tariff import Restrictions, Tariff
from tests.api.domain.pricing.make import charging, element, energy, flat, tariff

D = Decimal
R = Restrictions
RESERVED, EXPIRED = R(reservation="reservation"), R(reservation="reservation_expires")
DAY, NIGHT = R(start_time=time(8), end_time=time(20)), R(start_time=time(20), end_time=time(8))
YEAR = datetime(2026, 1, 1, tzinfo=UTC)
PLAIN = tariff(element(energy("0.3")))
Case = tuple[str, str, int | None, Tariff, Tariff]


def two(first: Restrictions | None, second: Restrictions | None, *prices: str) -> Tariff:
    """Return a tariff with two energy elements and, last, an unrestricted one."""
    one, other, last = prices
    return tariff(element(energy(one), when=first), element(energy(other), when=second), element(energy(last)))


SHADOWS: list[Case] = [
    (
        "unreachable_element error",
        "by one",
        1,
        two(R(max_kwh=D(20)), R(max_kwh=D(20), days_of_week=frozenset({1})), "0.3", "0.4", "0.5"),
        two(R(max_kwh=D(20)), R(max_kwh=D(21), days_of_week=frozenset({1})), "0.3", "0.4", "0.5"),
    ),
    (
        "unreachable_element hint",
        "at the same price",
        1,
        two(R(max_kwh=D(20)), R(max_kwh=D(10)), "0.3", "0.3", "0.5"),
        two(R(max_kwh=D(20)), R(max_kwh=D(30)), "0.3", "0.3", "0.5"),
    ),
    ("unreachable_element hint", "spare default", 2, two(DAY, NIGHT, "0.3", "0.2", "0.5"), two(DAY, None, *"321")),
    (
        "unreachable_element error",
        "by two together that each cover a part",
        2,
        tariff(
            element(energy("0.3"), when=R(max_kwh=D(20))),
            element(energy("0.4"), when=R(min_kwh=D(20), max_kwh=D(50))),
            element(energy("0.5"), when=R(min_kwh=D(10), max_kwh=D(30))),
            element(energy("0.6")),
        ),
        tariff(
            element(energy("0.3"), when=R(max_kwh=D(20))),
            element(energy("0.4"), when=R(min_kwh=D("20.001"), max_kwh=D(50))),
            element(energy("0.5"), when=R(min_kwh=D(10), max_kwh=D(30))),
            element(energy("0.6")),
        ),
    ),
    (
        "unreachable_element hint",
        "by all days of the week",
        2,
        two(R(days_of_week=frozenset(range(1, 6))), R(days_of_week=frozenset({6, 7})), "0", "0.4", "0.5"),
        two(R(days_of_week=frozenset(range(1, 6))), R(days_of_week=frozenset({7})), "0", "0.4", "0.5"),
    ),
    (
        "unreachable_element error",
        "not while the current varies around the bound",
        2,
        tariff(
            element(energy("0.3"), when=R(min_current=D(5), max_current=D(25))),
            element(energy("0.4"), when=R(min_current=D(20), max_current=D(40))),
            element(energy("0.5"), when=R(min_current=D(6), max_current=D(20))),
            element(energy("0.6")),
        ),
        tariff(
            element(energy("0.3"), when=R(min_current=D(5), max_current=D(25))),
            element(energy("0.4"), when=R(min_current=D(20), max_current=D(40))),
            element(energy("0.5"), when=R(min_current=D(6), max_current=D(30))),
            element(energy("0.6")),
        ),
    ),
    (
        "zero_shadows_priced error",
        "wholly",
        1,
        two(DAY, replace(DAY, min_duration_seconds=3600), "0", "4.8", "0"),
        two(replace(DAY, max_duration_seconds=3600), replace(DAY, min_duration_seconds=3600), "0", "4.8", "0"),
    ),
    (
        "zero_shadows_priced hint",
        "partly",
        1,
        two(NIGHT, R(days_of_week=frozenset({1})), "0", "4.8", "3"),
        two(replace(NIGHT, days_of_week=frozenset({1})), R(days_of_week=frozenset({1})), "0", "4.8", "3"),
    ),
]
GAPS: list[Case] = [
    ("gap warning", "hours", None, tariff(element(energy("0.3"), when=DAY)), PLAIN),
    (
        "gap warning",
        "one hour of one day",
        None,
        tariff(
            element(energy("0.3"), when=R(days_of_week=frozenset(range(1, 7)))),
            element(energy("0.3"), when=R(end_time=time(3))),
            element(energy("0.3"), when=R(start_time=time(4))),
        ),
        tariff(
            element(energy("0.3"), when=R(days_of_week=frozenset(range(1, 7)))),
            element(energy("0.3"), when=R(end_time=time(3))),
            element(energy("0.3"), when=R(start_time=time(3))),
        ),
    ),
    (
        "gap warning",
        "no end date in the far future",
        None,
        tariff(element(energy("0.3"), when=R(end_date=date(2030, 1, 1)))),
        tariff(element(energy("0.3"), when=R(end_date=date(9999, 12, 31)))),
    ),
    (
        "gap warning",
        "days outside validity do not matter",
        None,
        replace(tariff(element(energy("0.3"), when=R(start_date=date(2026, 1, 3)))), starts_at=YEAR),
        replace(tariff(element(energy("0.3"), when=R(start_date=date(2026, 1, 2)))), starts_at=YEAR),
    ),
    (
        "missing_fallback hint",
        "power may be unmeasured",
        None,
        tariff(element(energy("0.3"), when=R(max_power=D(22))), element(energy("0.4"), when=R(min_power=D(22)))),
        tariff(element(energy("0.3"), when=R(max_power=D(22))), element(energy("0.4"))),
    ),
    (
        "gap warning",
        "steady power without a price",
        None,
        tariff(element(energy("0.3"), when=R(max_power=D(22))), element(energy("0.4"), when=R(min_power=D(23)))),
        tariff(element(energy("0.3"), when=R(max_power=D(22))), element(energy("0.4"), when=R(min_power=D(22)))),
    ),
    (
        "flat_mid_session hint",
        "in the day only",
        0,
        tariff(element(flat("1"), when=DAY)),
        tariff(element(flat("1"), when=DAY), element(flat("0"))),
    ),
    (
        "flat_never_charged warning",
        "another came first",
        0,
        tariff(element(flat("5"), when=R(min_duration_seconds=600)), element(flat("1"))),
        tariff(element(flat("5"), when=R(min_duration_seconds=600)), element(flat("1"), when=DAY)),
    ),
    (
        "gap warning",
        "reserved time stands in for expired",
        None,
        tariff(element(charging("2"), when=replace(NIGHT, reservation="reservation_expires"))),
        tariff(
            element(charging("2"), when=replace(NIGHT, reservation="reservation_expires")),
            element(charging("2"), when=RESERVED),
        ),
    ),
]
CONTRADICTIONS: list[Case] = [
    ("contradictory_restrictions error", name, 0, two(wrong, None, *"123"), two(right, None, *"123"))
    for name, wrong, right in (
        ("kWh", R(min_kwh=D(20), max_kwh=D(20)), R(min_kwh=D(20), max_kwh=D(21))),
        ("no kWh", R(max_kwh=D(0)), R(max_kwh=D(1))),
        ("duration", R(min_duration_seconds=60, max_duration_seconds=60), R(max_duration_seconds=60)),
        ("current", R(min_current=D(32), max_current=D(16)), R(min_current=D(16), max_current=D(32))),
        ("power", R(min_power=D(22), max_power=D(22)), R(min_power=D(22), max_power=D(50))),
        (
            "dates",
            R(start_date=date(2026, 1, 2), end_date=date(2026, 1, 2)),
            R(start_date=date(2026, 1, 2), end_date=date(2026, 1, 3)),
        ),
        (
            "a weekday that is not among the dates",
            R(start_date=date(2026, 5, 4), end_date=date(2026, 5, 6), days_of_week=frozenset({3})),
            R(start_date=date(2026, 5, 4), end_date=date(2026, 5, 7), days_of_week=frozenset({3})),
        ),
    )
]
