"""A quote as a driver reads it, line by line, from what the API answered."""

from collections.abc import Iterator
from typing import Any

from sandbox.tell import amount

_NAMES = {
    "energy": "energy",
    "time": "charging time",
    "minute_fee": "our fee by the minute",
    "flat": "start fee",
    "session_fee": "our session fee",
    "parking_time": "parking",
}
_HOLDS = {
    "estimate": "the estimate and a fifth",
    "rule": "the rule of this charger",
    "max_price": "it cannot cost more",
    "minimum": "the least that can be held",
    "driver_cap": "the driver's own limit",
    "price_unknown": "the price is unknown",
}


def quote_lines(quote: dict[str, Any]) -> Iterator[str]:
    """Yield prices in the order of the law, the estimate and its parts, what staying costs, and the hold."""
    price = quote["price"]
    if not price["known"]:
        yield f"price unknown: {price['unknown_because']}"
    yield from (_component(each) for each in price["components"] if float(each["price"]))
    if price["estimate"]:
        yield from _estimate(price["estimate"])
    if price["stay"]:
        yield f"staying plugged in after that: {price['stay']['text']}"
    why = quote["hold_reason"]
    yield f"hold: {amount(quote['hold'])} ({_HOLDS.get(why, why)})"


def _component(each: dict[str, Any]) -> str:
    paid, per, minute = each["driver_price"], each["per"], each["driver_price_per_minute"]
    tax = f"with {each['vat_percent']} % VAT" if each["vat_percent"] else "VAT unknown"
    by_minute = f" ({minute['gross'] or minute['net']} a minute)" if minute else ""
    price = f"{paid['gross'] or paid['net']} {each['currency']} per {per}{by_minute}, {tax}"
    return f"{_NAMES.get(each['type'], each['type'])}: {price}{_when(each['restrictions'])}"


def _when(rules: dict[str, Any] | None) -> str:
    """Return when a price applies: after how long, or only that it has its times."""
    if rules is None:
        return ""
    told = {name for name, value in rules.items() if value not in (None, [])}
    if told == {"min_duration_s"}:
        return f", after {rules['min_duration_s'] / 3600:g} h"
    return ", at certain times"


def _estimate(estimate: dict[str, Any]) -> Iterator[str]:
    parts = estimate["parts"]
    of_car = {"vehicle": "this car", "energy": "this energy", "assumed": "a usual charge"}[estimate["basis"]]
    stayed = f", {estimate['idle_minutes']} min plugged in after it" if estimate["idle_minutes"] else ""
    yield (
        f"about {amount(estimate['total'])} for {of_car}: {estimate['energy_wh'] / 1000:g} kWh in"
        f" {estimate['minutes']} min{stayed}"
    )
    yield (
        f"of which operator {amount(parts['cpo'])}, roaming {amount(parts['roaming'])}, our fee {amount(parts['fee'])},"
        f" VAT {amount(parts['vat']) if parts['vat'] else 'unknown'}"
    )
