"""A price for people: each price in the order of the law with its conditions, and who gets what of an example."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from api.routes.pay.words import Translate
from clients.documents.formats import Reader

_ENERGY, _TIME, _MINUTE_FEE, _PARKING = "energy", "time", "minute_fee", "parking_time"


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One line: what it is for, the amount with its unit, and when it applies."""

    label: str
    amount: str
    notes: tuple[str, ...]


def price_rows(price: Mapping[str, Any], reader: Reader, say: Translate) -> list[PriceRow]:
    """Return the prices of an offer as they were stored: in the order of the law."""
    return [
        PriceRow(_label(each["type"], say), _amount(each, reader, say), tuple(_notes(each, reader, say)))
        for each in price["components"]
    ]


def part_rows(price: Mapping[str, Any], reader: Reader, say: Translate) -> list[tuple[str, str]]:
    """Return who gets what of the example: the operator, roaming, we, and the tax (L1)."""
    estimate = price["estimate"]
    if estimate is None or not estimate.get("parts"):
        return []
    parts = estimate["parts"]
    rows = [
        (say("Charge point operator"), reader.money(parts["cpo_minor"])),
        (say("Roaming"), reader.money(parts["roaming_minor"])),
        (say("Our fee"), reader.money(parts["fee_minor"])),
    ]
    vat = parts["vat_minor"]
    return [*rows, (say("VAT"), say("unknown") if vat is None else reader.money(vat))]


def bills_time(price: Mapping[str, Any]) -> bool:
    """Say whether staying plugged in may cost."""
    return any(each["type"] in {_TIME, _MINUTE_FEE, _PARKING} for each in price["components"])


def _label(kind: str, say: Translate) -> str:
    return {
        _ENERGY: say("Energy"),
        _TIME: say("Time while charging"),
        _MINUTE_FEE: say("Time, our fee"),
        "flat": say("Start of a session"),
        "session_fee": say("Start of a session, our fee"),
        _PARKING: say("Parking without charging"),
    }.get(kind, kind)


def _amount(each: Mapping[str, Any], reader: Reader, say: Translate) -> str:
    """Return what the driver pays for one unit; what is by the hour is told by the minute, as the law wants."""
    minute = each["driver_price_per_minute"]
    paid = minute or each["driver_price"]
    amount = paid["gross"] if paid["gross"] is not None else paid["net"]
    text = reader.unit_price(Decimal(str(amount)))
    unit = "minute" if minute else each["per"]
    return {
        "kWh": say("%(price)s per kWh", price=text),
        "minute": say("%(price)s per minute", price=text),
        "hour": say("%(price)s per hour", price=text),
        "session": say("%(price)s once", price=text),
    }.get(unit, text)


def _notes(each: Mapping[str, Any], reader: Reader, say: Translate) -> Iterator[str]:
    """Yield the conditions of a price."""
    if each["driver_price"]["gross"] is None:
        yield say("plus a tax that the operator does not tell")
    elif each["vat_percent"]:
        yield say("VAT of %(rate)s included", rate=reader.percent(Decimal(each["vat_percent"])))
    if each["free_minutes"]:
        yield say("the first %(minutes)s minutes are free", minutes=each["free_minutes"])
    if each["step_size"] > 1:
        seconds = each["type"] != _ENERGY
        unit = say("%(count)s seconds", count=each["step_size"]) if seconds else f"{each['step_size']} Wh"
        yield say("billed in steps of %(step)s", step=unit)
    if each["restricted"]:
        yield from _limits(each["restrictions"], reader, say)


def _limits(rules: Mapping[str, Any], reader: Reader, say: Translate) -> Iterator[str]:
    """Yield when a price applies, by the clock of the charger."""
    if rules.get("start_time") or rules.get("end_time"):
        start, end = rules.get("start_time") or "00:00", rules.get("end_time") or "24:00"
        yield say("from %(start)s to %(end)s", start=start[:5], end=end[:5])
    least, most = rules.get("min_duration_seconds"), rules.get("max_duration_seconds")
    if least:
        yield say("from minute %(minute)s on", minute=least // 60)
    if most:
        yield say("up to minute %(minute)s", minute=most // 60)
    if rules.get("min_kwh"):
        yield say("above %(energy)s", energy=reader.energy(rules["min_kwh"]))
    if rules.get("max_kwh"):
        yield say("up to %(energy)s", energy=reader.energy(rules["max_kwh"]))
    others = ("days_of_week", "start_date", "end_date", "min_power", "max_power", "min_current", "max_current")
    if any(rules.get(name) for name in others):
        yield say("only on some days or at some power")
