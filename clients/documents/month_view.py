"""What a driver's monthly statement and a fleet's invoice show."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from clients.documents.formats import Reader, moment_of, reader_of
from clients.documents.parts import address, facts, hero, note, page, pair, place_name, rates_table, table, text


def statement_view(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the page of a statement."""
    reader = reader_of(document)
    words = reader.words
    month = reader.month(document["month"])
    rows = [_paper_row(reader, each) for each in document["lines"]]
    columns = [words.date, words.paper, words.place, words.energy, words.net, words.vat, words.gross]
    vat = "–" if document["vat_minor"] is None else reader.money(document["vat_minor"])
    sums = [reader.money(document["net_minor"]), vat, reader.money(document["total_minor"])]
    listed = (
        table(columns, rows, totals=[[words.total, "", "", "", *sums]], left=3) if rows else text(words.nothing_charged)
    )
    parts = [
        facts([(words.driver, document["driver"]["name"]), (words.month, month)]),
        hero(words.charges_of.format(month=month), reader.money(document["total_minor"])),
        listed,
        rates_table(reader, document),
        note(words.statement_note),
    ]
    return page(reader, document, words.statement, parts)


def _paper_row(reader: Reader, line: Mapping[str, Any]) -> list[str]:
    kind = reader.words.credit_note if line["kind"] == "credit_note" else reader.words.receipt
    vat = "–" if line["vat_minor"] is None else reader.money(line["vat_minor"])
    return [
        reader.short_day(moment_of(line["issued_at"])),
        f"{kind}\n{line['number']}",
        place_name(line["place"]),
        reader.energy(line["energy_kwh"]) if line["kind"] != "credit_note" and line["energy_kwh"] is not None else "",
        reader.money(line["net_minor"]),
        vat,
        reader.money(line["total_minor"]),
    ]


def invoice_view(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the page of a fleet's invoice."""
    reader = reader_of(document)
    words, buyer, month = reader.words, document["buyer"], reader.month(document["month"])
    pay_to = None
    if document["seller"]["iban"]:
        pay_to = words.pay_to.format(iban=document["seller"]["iban"], number=document["number"])
    due = words.pay_by.format(day=reader.day(date.fromisoformat(document["due_on"])))
    facts_of = facts(
        [
            (words.number, document["number"]),
            (words.issued_on, reader.day(moment_of(document["issued_at"]))),
            (words.period, month),
            (words.your_reference, buyer["reference"]),
            (words.buyer_vat_id, buyer["vat_id"]),
        ],
        heading=words.invoice,
    )
    town = f"{buyer['country']}-{buyer['postal_code']} {buyer['city']}"
    columns = [words.date, words.item, words.energy, words.vat_rate, words.net]
    parts = [
        pair(address([buyer["name"], buyer["street"], town], heading=words.billed_to), facts_of),
        hero(words.invoice_of.format(month=month), reader.money(document["total_minor"]), due),
        table(columns, [_invoice_row(reader, each) for each in document["lines"]], left=2),
        rates_table(reader, document),
        text(pay_to),
        note(words.einvoice_note),
    ]
    return page(reader, document, words.invoice, parts)


def _invoice_row(reader: Reader, line: Mapping[str, Any]) -> list[str]:
    words = reader.words
    kind = words.credit_note if line["sign"] < 0 else words.receipt
    about = " · ".join(each for each in (line["driver"], f"{kind} {line['receipt_number']}") if each)
    return [
        reader.short_day(date.fromisoformat(line["day"])),
        f"{place_name(line['place'])}\n{about}",
        reader.energy(line["energy_kwh"]) if line["sign"] > 0 else "",
        reader.percent(Decimal(line["percent"])),
        reader.money(line["sign"] * line["net_minor"]),
    ]
