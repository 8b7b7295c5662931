"""Which component of a tariff prices a dimension at a moment: restrictions and the rule of the first match.

2.3.0 chapter 11, Tariff object and TariffRestrictions. Restrictions are judged at the start of a charging period;
``cut`` makes periods on whose whole length the verdict holds. Does not live here: quantities and amounts (``price``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple

from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.tariff import ComponentType, PriceComponent, Restrictions, Tariff

MIDNIGHT = time(0)


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a session stands when a period begins: local time, time and energy since its start, power and current.

    Current in A over all phases, power in kW; ``None`` is not measured. ``local`` may stay ``None`` when no element
    of the tariff looks at a clock.
    """

    local: datetime | None
    elapsed: timedelta
    energy_kwh: Decimal
    min_current: Decimal | None = None
    max_current: Decimal | None = None
    min_power: Decimal | None = None
    max_power: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A component with the place and the restrictions of its element."""

    element_index: int
    component: PriceComponent
    restrictions: Restrictions | None


class Choice(NamedTuple):
    """The component that applies, if any, and the elements before it whose restrictions could not be judged.

    A tuple, for one is made for each volume of each period and a frozen dataclass takes twice as long to make.
    """

    candidate: Candidate | None
    not_evaluable: tuple[int, ...] = ()


def candidates(tariff: Tariff, type_: ComponentType, reservation: str | None = None) -> tuple[Candidate, ...]:
    """List the components of one type in the order of the tariff, one per element, for charging or for a reservation.

    ``reservation`` is the element's own restriction: ``None`` lists what prices charging. An element that repeats a
    type contradicts itself; the first component of the type counts, as with elements.
    """
    found = []
    for index, element in enumerate(tariff.elements):
        rules = element.restrictions
        if (rules.reservation if rules else None) != reservation:
            continue
        component = next((each for each in element.components if each.type == type_), None)
        if component is not None:
            found.append(Candidate(index, component, rules))
    return tuple(found)


def choose(options: Sequence[Candidate], moment: Moment) -> Choice:
    """Return the first candidate whose restrictions all match. What cannot be judged counts as no match and is told."""
    doubtful: list[int] = []
    for option in options:
        verdict = option.restrictions is None or applies(option.restrictions, moment)
        if verdict:
            return Choice(option, tuple(doubtful))
        if verdict is None:
            doubtful.append(option.element_index)
    return Choice(None, tuple(doubtful))


def applies(rules: Restrictions, moment: Moment) -> bool | None:
    """Judge restrictions at a moment; ``None`` when all else matches and power or current cannot be judged.

    They cannot where they were not measured, nor where a period's extremes lie on both sides of the limit: then it
    should have been cut there (chapter 10, ChargingPeriod). A restriction that we do not know cannot be judged either.
    """
    if not (_energy_matches(rules, moment) and _duration_matches(rules, moment) and _calendar_matches(rules, moment)):
        return False
    if not looks_at_power(rules):
        return None if rules.unknown else True
    verdicts = (
        _at_least(rules.min_current, moment.min_current, moment.max_current),
        _below(rules.max_current, moment.max_current, moment.min_current),
        _at_least(rules.min_power, moment.min_power, moment.max_power),
        _below(rules.max_power, moment.max_power, moment.min_power),
    )
    if False in verdicts:
        return False
    return None if None in verdicts or rules.unknown else True


def looks_at_clock(tariff: Tariff) -> bool:
    """Tell whether any element depends on the local time or date."""
    return any(rules is not None and _has_calendar(rules) for rules in (each.restrictions for each in tariff.elements))


def looks_at_power(rules: Restrictions) -> bool:
    """Tell whether restrictions depend on power or current."""
    limits = (rules.min_current, rules.max_current, rules.min_power, rules.max_power)
    return limits != (None, None, None, None)


def _has_calendar(rules: Restrictions) -> bool:
    moments = (rules.start_time, rules.end_time, rules.start_date, rules.end_date)
    return bool(rules.days_of_week) or moments != (None, None, None, None)


def _energy_matches(rules: Restrictions, moment: Moment) -> bool:
    if rules.min_kwh is not None and moment.energy_kwh < rules.min_kwh:
        return False
    return rules.max_kwh is None or moment.energy_kwh < rules.max_kwh


def _duration_matches(rules: Restrictions, moment: Moment) -> bool:
    if rules.min_duration_seconds is not None and moment.elapsed < timedelta(seconds=rules.min_duration_seconds):
        return False
    return rules.max_duration_seconds is None or moment.elapsed < timedelta(seconds=rules.max_duration_seconds)


def _calendar_matches(rules: Restrictions, moment: Moment) -> bool:
    if not _has_calendar(rules):
        return True
    local = moment.local
    if local is None:
        raise PricingRefused("local_time_missing")
    if rules.days_of_week and local.isoweekday() not in rules.days_of_week:
        return False
    today = local.date()
    if rules.start_date is not None and today < rules.start_date:
        return False
    if rules.end_date is not None and today >= rules.end_date:
        return False
    return _time_matches(rules.start_time, rules.end_time, local.time())


def _time_matches(start: time | None, end: time | None, now: time) -> bool:
    """Half-open on the wall clock; an end of 00:00 is the end of the day, an end before the start wraps over it."""
    if start is None and end is None:
        return True
    begin = start or MIDNIGHT
    if end is None or end == MIDNIGHT:
        return now >= begin
    if begin == end:
        return True
    if begin < end:
        return begin <= now < end
    return now >= begin or now < end


def _at_least(limit: Decimal | None, lowest: Decimal | None, highest: Decimal | None) -> bool | None:
    """Judge ``min_*`` (inclusive) by the lowest measured value; a highest value below the limit settles it too."""
    if limit is None:
        return True
    if highest is not None and highest < limit:
        return False
    if lowest is None or (highest is not None and lowest < limit):
        return None
    return lowest >= limit


def _below(limit: Decimal | None, highest: Decimal | None, lowest: Decimal | None) -> bool | None:
    """Judge ``max_*`` (exclusive) by the highest measured value; a lowest value from the limit on settles it too."""
    if limit is None:
        return True
    if lowest is not None and lowest >= limit:
        return False
    if highest is None or (lowest is not None and highest >= limit):
        return None
    return highest < limit
