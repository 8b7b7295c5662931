"""The parts of a Tariff that every version spells alike (2.1.1 mod_tariffs 4, 2.2.1 and 2.3.0 chapter 11).

Lives here: their wire shapes and how they become ours. A version that adds to them extends the shape and the mapping.
Does not live here: the Tariff itself, its tax, limits and owner (``v*/wire/tariff.py``, ``v*/mapping/tariff.py``).
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from api.domain.pricing.tariff import ComponentType, PriceComponent, Restrictions
from clients.ocpi.fields import LocalDate, LocalTime, Number, Text, Whole
from clients.ocpi.plain import known_or_none, number_or_none, text_or
from clients.ocpi.unreadable import Unreadable

WEEKDAYS = {"MONDAY": 1, "TUESDAY": 2, "WEDNESDAY": 3, "THURSDAY": 4, "FRIDAY": 5, "SATURDAY": 6, "SUNDAY": 7}
"""DayOfWeek to the ISO number of the weekday."""

_MOST_VAT = 100


class DisplayText(Struct):
    """A text in one language."""

    text: Text
    language: Text | None = None


class SentComponent(Struct):
    """PriceComponent: one price; an absent ``step_size`` is no rounding."""

    type: Text
    price: Number
    step_size: Whole | None = None


class SentRestrictions(Struct):
    """TariffRestrictions: when an element applies."""

    start_time: LocalTime | None = None
    end_time: LocalTime | None = None
    start_date: LocalDate | None = None
    end_date: LocalDate | None = None
    min_kwh: Number | None = None
    max_kwh: Number | None = None
    min_power: Number | None = None
    max_power: Number | None = None
    min_duration: Whole | None = None
    max_duration: Whole | None = None
    day_of_week: list[Text] | None = None


SomeRestrictions = TypeVar("SomeRestrictions", bound=SentRestrictions)


def read_texts(sent: Sequence[DisplayText] | None) -> tuple[tuple[str, str], ...]:
    """Return (language, text) pairs."""
    return tuple((text_or(each.language, "").lower(), str(each.text)) for each in sent or ())


def read_component(sent: SentComponent, where: str, *, vat: Number | None = None) -> PriceComponent:
    """Return a price; raises Unreadable for a dimension that cannot be charged for. An absent ``vat`` stays unknown."""
    kind = known_or_none(ComponentType, sent.type)
    if kind is None:
        raise Unreadable(f"{where}.type: not a price we can charge for")
    step_size = int(sent.step_size or 0)
    if step_size < 0:
        raise Unreadable(f"{where}.step_size: negative")
    if vat is not None and not 0 <= vat <= _MOST_VAT:
        raise Unreadable(f"{where}.vat: {vat} is no percentage")
    return PriceComponent(kind, Decimal(sent.price), step_size, number_or_none(vat))


def read_restrictions(sent: SentRestrictions, where: str) -> Restrictions:
    """Return the restrictions that every version knows; raises Unreadable for a weekday that does not exist."""
    return Restrictions(
        start_time=sent.start_time.value if sent.start_time else None,
        end_time=sent.end_time.value if sent.end_time else None,
        start_date=sent.start_date.value if sent.start_date else None,
        end_date=sent.end_date.value if sent.end_date else None,
        min_kwh=number_or_none(sent.min_kwh),
        max_kwh=number_or_none(sent.max_kwh),
        min_power=number_or_none(sent.min_power),
        max_power=number_or_none(sent.max_power),
        min_duration_seconds=None if sent.min_duration is None else int(sent.min_duration),
        max_duration_seconds=None if sent.max_duration is None else int(sent.max_duration),
        days_of_week=frozenset(_weekday(day, where) for day in sent.day_of_week or ()),
    )


def unknown_rules(raw_tariff: object, element: int, known: Collection[str]) -> frozenset[str]:
    """Return the names of an element's restrictions that a version does not know; an explicit null restricts nothing.

    2.3.0 asks to ignore fields that are not known, but one that is ignored here would make its element apply always.
    """
    elements = raw_tariff.get("elements") if isinstance(raw_tariff, Mapping) else None
    sent = elements[element].get("restrictions") if isinstance(elements, list) else None
    rules = [each for each in (sent if isinstance(sent, list) else [sent]) if isinstance(each, Mapping)]
    return frozenset(str(name) for each in rules for name, value in each.items() if value is not None) - set(known)


def none_if_empty(restrictions: Restrictions) -> Restrictions | None:
    """Return None for restrictions that restrict nothing: the element applies always."""
    return None if restrictions == Restrictions() else restrictions


def _weekday(day: Text, where: str) -> int:
    try:
        return WEEKDAYS[day.strip().upper()]
    except KeyError:
        raise Unreadable(f"{where}.day_of_week: not a weekday") from None


def one_restriction(sent: SomeRestrictions | Sequence[SomeRestrictions] | None, where: str) -> SomeRestrictions | None:
    """Return restrictions sent as a list as one that holds when all hold; raises Unreadable when that cannot be said.

    An empty list is no restriction (Ludwigsburg feed, and senders whose language writes an empty object as a list).
    """
    if sent is None or isinstance(sent, SentRestrictions):
        return sent
    merged: SomeRestrictions | None = None
    for restriction in sent:
        merged = restriction if merged is None else _both(merged, restriction, where)
    return merged


def _both(one: SomeRestrictions, other: SomeRestrictions, where: str) -> SomeRestrictions:
    values: dict[str, object] = {}
    for field in one.__struct_fields__:
        first, second = getattr(one, field), getattr(other, field)
        values[field] = second if first is None else first if second is None else _narrower(field, first, second, where)
    if sum(r.start_time is not None or r.end_time is not None for r in (one, other)) == 2 and (
        (one.start_time, one.end_time) != (other.start_time, other.end_time)
    ):
        raise Unreadable(f"{where}: a list with several times of day")
    return replace(one, **values)


def _narrower(field: str, first: object, second: object, where: str) -> object:
    if first == second:
        return first
    if isinstance(first, list) and isinstance(second, list):
        days = [day for day in first if day in second]
        if days:
            return days
    elif isinstance(first, Decimal | int) and isinstance(second, Decimal | int):
        return max(first, second) if field.startswith("min_") else min(first, second)
    elif isinstance(first, LocalDate) and isinstance(second, LocalDate):
        latest = field == "start_date"
        return max(first, second, key=_day) if latest else min(first, second, key=_day)
    raise Unreadable(f"{where}: a list whose {field} contradict each other")


def _day(local: LocalDate) -> date:
    return local.value
