"""Control totals of a day: opening and movements are the closing, told twice, by the books and by what happened.

Does not live here: where both sides come from (``services/closing/control_totals.py``).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Line(StrEnum):
    """What moves a total. The first three are card holds, the others our balance at the processor."""

    AUTHORIZED = "authorized"
    LET_GO = "let_go"
    """Holds that ended, whole: what was captured of them and what was not."""
    CORRECTED = "corrected"
    """By hand, of holds."""
    CAPTURED = "captured"
    REFUNDED = "refunded"
    """Less what came back because a bank refused it."""
    OTHER = "other"
    """Top-ups, payments beside a hold, fees, payouts, disputes, what nobody can explain yet."""


HOLDS = (Line.AUTHORIZED, Line.LET_GO, Line.CORRECTED)
CLEARING = (Line.CAPTURED, Line.REFUNDED, Line.OTHER)
TOLD_TWICE = (Line.AUTHORIZED, Line.LET_GO, Line.CAPTURED, Line.REFUNDED)
"""What is computed from events and rows, too, and must be the same there."""

Movements = Mapping[tuple[date, str], Mapping[str, int]]
"""By day and currency: amounts by line, with the sign in which they move the total."""


@dataclass(frozen=True, slots=True)
class ControlDay:
    """One day in one currency, in minor units. ``released`` and ``expired`` are told by events alone."""

    day: date
    currency: str
    holds_opening: int
    authorized: int
    let_go: int
    corrected: int
    holds_closing: int
    clearing_opening: int
    captured: int
    refunded: int
    other: int
    clearing_closing: int
    captured_of_holds: int
    released: int
    expired: int
    events_closing: int
    """What open holds promise by their events."""
    difference: int
    """How far both ways of telling are apart, over all lines and the closing of holds: must be nothing."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What was there before the first day, by currency."""

    holds: Mapping[str, int]
    clearing: Mapping[str, int]
    events: Mapping[str, int]
    """What open holds promised, by their events."""


def control_days(first: date, last: date, opening: Opening, booked: Movements, happened: Movements) -> list[ControlDay]:
    """Return every day of every currency, oldest first: days in which nothing moved carry their totals on."""
    currencies = {currency for _, currency in (*booked, *happened)}
    currencies |= {*opening.holds, *opening.clearing, *opening.events}
    found = []
    for currency in sorted(currencies):
        holds, clearing = opening.holds.get(currency, 0), opening.clearing.get(currency, 0)
        events = opening.events.get(currency, 0)
        for day in _days(first, last):
            ledger, told = booked.get((day, currency), {}), happened.get((day, currency), {})
            events += sum(told.get(line, 0) for line in (Line.AUTHORIZED, Line.LET_GO))
            made = _day(day, currency, (holds, clearing, events), ledger, told)
            holds, clearing = made.holds_closing, made.clearing_closing
            found.append(made)
    return sorted(found, key=lambda each: (each.day, each.currency))


def _day(
    day: date, currency: str, standing: tuple[int, int, int], ledger: Mapping[str, int], told: Mapping[str, int]
) -> ControlDay:
    holds, clearing, events = standing
    lines = {line: ledger.get(line, 0) for line in Line}
    holds_closing = holds + sum(lines[line] for line in HOLDS)
    apart = sum(abs(lines[line] - told.get(line, 0)) for line in TOLD_TWICE) + abs(holds_closing - events)
    return ControlDay(
        day=day,
        currency=currency,
        holds_opening=holds,
        authorized=lines[Line.AUTHORIZED],
        let_go=lines[Line.LET_GO],
        corrected=lines[Line.CORRECTED],
        holds_closing=holds_closing,
        clearing_opening=clearing,
        captured=lines[Line.CAPTURED],
        refunded=lines[Line.REFUNDED],
        other=lines[Line.OTHER],
        clearing_closing=clearing + sum(lines[line] for line in CLEARING),
        captured_of_holds=told.get("captured_of_holds", 0),
        released=told.get("released", 0),
        expired=told.get("expired", 0),
        events_closing=events,
        difference=apart,
    )


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=each) for each in range((last - first).days + 1))


def summed(rows: Iterable[tuple[date, str, str, int]]) -> Movements:
    """Return rows of day, currency, line and amount as movements."""
    found: dict[tuple[date, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for day, currency, line, amount in rows:
        found[day, currency][line] += int(amount)
    return found
