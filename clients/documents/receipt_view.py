"""What a driver's receipt and a credit note show, and in which order (payments.md: energy, lines, tax, the hold)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from clients.documents.formats import Reader, moment_of, reader_of
from clients.documents.parts import (
    Part,
    at_moment,
    facts,
    hero,
    note,
    page,
    pair,
    place_rows,
    rates_table,
    table,
    text,
)

_ITEMS = {
    "energy": "energy_item",
    "time": "time_item",
    "parking_time": "parking_time_item",
    "flat": "flat_item",
    "min_price": "limit_item",
    "max_price": "limit_item",
}


def receipt_view(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the page of a receipt, or of a record where a fleet pays."""
    reader = reader_of(document)
    words = reader.words
    by_fleet = document["payer_type"] == "fleet"
    began = document["started_at"] or document["issued_at"]
    summary = words.total_note.format(energy=reader.energy(document["energy_kwh"]), day=reader.day(moment_of(began)))
    fleet = document.get("fleet") or words.your_company
    parts = [
        _people(reader, document),
        hero(words.total, reader.money(document["total_minor"]), summary),
        pair(_where(reader, document), _when(reader, document)),
        _price(reader, document),
        rates_table(reader, document),
        text(words.fleet_pays.format(fleet=fleet)) if by_fleet else _payment(reader, document),
        note(_check(reader, document), _replaces(reader, document)),
    ]
    return page(reader, document, words.charging_record if by_fleet else words.receipt, parts)


def credit_note_view(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the page of a credit note."""
    reader = reader_of(document)
    words, credited = reader.words, document["credits"]
    about = words.credits.format(number=credited["number"], day=reader.day(moment_of(credited["issued_at"])))
    parts = [
        _people(reader, document),
        hero(words.credited, reader.money(document["total_minor"]), about),
        facts([(words.reason, reason_text(reader, document["reason"]))]),
        pair(_where(reader, document), _when(reader, document)),
        rates_table(reader, document),
        note(words.credit_bank_days if document["payer_type"] != "fleet" else None),
    ]
    return page(reader, document, words.credit_note, parts)


def reason_text(reader: Reader, reason: str) -> str:
    """Return why money is given back: a reason we know in the reader's language, another one as it was written."""
    return str(getattr(reader.words, f"reason_{reason}", reason))


def _people(reader: Reader, document: Mapping[str, Any]) -> Part:
    words = reader.words
    return facts(
        [
            (words.number, document["number"]),
            (words.issued_on, reader.day(moment_of(document["issued_at"]))),
            (words.driver, (document.get("driver") or {}).get("name")),
        ]
    )


def _where(reader: Reader, document: Mapping[str, Any]) -> Part:
    return facts(place_rows(reader, document["place"]), heading=reader.words.where)


def _when(reader: Reader, document: Mapping[str, Any]) -> Part:
    words = reader.words
    rows = [
        (words.started, at_moment(reader, document.get("started_at"))),
        (words.energy_ended, at_moment(reader, document.get("energy_ended_at"))),
        (words.unplugged, at_moment(reader, document.get("unplugged_at"))),
        (words.energy, reader.energy(document["energy_kwh"])),
        ("", words.times_in.format(zone=reader.zone_name)),
    ]
    return facts(rows, heading=words.when)


def _price(reader: Reader, document: Mapping[str, Any]) -> Part:
    """Return the tariff's lines, then what roaming and our service add; before tax, as the table of rates goes on."""
    words, parts = reader.words, document.get("parts") or {}
    rows = [_line(reader, each) for each in document["lines"]]
    if not rows and parts.get("cpo_minor"):
        rows.append([words.as_billed_item, "", "", reader.money(parts["cpo_minor"])])
    for name, item in (("roaming_minor", words.roaming_item), ("fee_minor", words.fee_item)):
        if parts.get(name):
            rows.append([item, "", "", reader.money(parts[name])])
    total = [words.net, "", "", reader.money(document["net_minor"])]
    columns = [words.item, words.quantity, words.unit_price, words.amount]
    return table(columns, rows, totals=[total], heading=words.price)


def _line(reader: Reader, line: Mapping[str, Any]) -> list[str]:
    words = reader.words
    limits = [flag for flag in line.get("flags", []) if flag in _ITEMS]
    item = getattr(words, _ITEMS[limits[0] if limits else line["component_type"]])
    price, quantity = Decimal(line["unit_price"]), Decimal(line["billed_quantity"])
    amount = reader.exact_money(Decimal(line["amount"]))
    if limits or line["unit"] == "session":
        return [item, "", "", amount]
    if line["unit"] == "kWh":
        return [item, reader.energy(quantity), words.per_kwh.format(price=reader.unit_price(price)), amount]
    hours = words.hours.format(count=reader.number(quantity))
    return [item, hours, words.per_hour.format(price=reader.unit_price(price)), amount]


def _payment(reader: Reader, document: Mapping[str, Any]) -> Part:
    words = reader.words
    card = document.get("card") or {}
    waived, total, charged = document.get("waived_minor", 0), document["total_minor"], document["charged_minor"]
    rows = [
        (words.card, f"{str(card['brand']).title()} •••• {card['last4']}" if card.get("last4") else None),
        (words.reserved, reader.money(document["reserved_minor"])),
        (words.charged, reader.money(charged)),
        (words.released, reader.money(document["released_minor"])),
        (words.waived, reader.money(waived) if waived else None),
        (words.still_open, reader.money(total - charged - waived) if total > charged + waived else None),
        ("", words.bank_days if document["released_minor"] else None),
    ]
    return facts(rows, heading=words.payment)


def _check(reader: Reader, document: Mapping[str, Any]) -> str | None:
    """Return what our own computation of the bill found, the most important of its checks."""
    words, checks = reader.words, document["checks"]
    if not checks:
        return None
    if any(each.get("promise_kept") for each in checks):
        return words.check_promise
    if all(each["verdict"] in {"equal", "rounding"} for each in checks):
        return words.check_equal
    differences = [Decimal(each["difference"]) for each in checks if each["difference"] is not None]
    if len(differences) < len(checks):
        return words.check_none
    return words.check_difference.format(amount=reader.exact_money(sum(differences, Decimal(0))))


def _replaces(reader: Reader, document: Mapping[str, Any]) -> str | None:
    number = document.get("replaces_number")
    return reader.words.replaces.format(number=number) if number else None
