"""What the papers of paid help show: what for, in which case, the price with its tax, and the wallet that paid."""

from collections.abc import Mapping
from typing import Any

from clients.documents.formats import Reader, moment_of, reader_of
from clients.documents.parts import Part, facts, hero, note, page, rates_table, table


def help_receipt_view(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the page of the receipt of paid help."""
    reader = reader_of(document)
    words = reader.words
    total = reader.money(document["total_minor"])
    parts = [
        _head(reader, document),
        hero(words.total, total),
        _item(reader, document),
        rates_table(reader, document),
        facts([(words.help_from_wallet, total)], heading=words.payment),
        note(words.help_note),
    ]
    return page(reader, document, words.receipt, parts)


def help_credit_note_view(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the page of the credit note where paid help was given back."""
    reader = reader_of(document)
    words, credited = reader.words, document["credits"]
    total = reader.money(document["total_minor"])
    about = words.credits.format(number=credited["number"], day=reader.day(moment_of(credited["issued_at"])))
    parts = [
        _head(reader, document),
        hero(words.credited, total, about),
        facts([(words.reason, document["reason"])]),
        _item(reader, document),
        rates_table(reader, document),
        facts([(words.help_to_wallet, total)], heading=words.payment),
    ]
    return page(reader, document, words.credit_note, parts)


def _head(reader: Reader, document: Mapping[str, Any]) -> Part:
    words = reader.words
    return facts(
        [
            (words.number, document["number"]),
            (words.issued_on, reader.day(moment_of(document["issued_at"]))),
            (words.driver, (document.get("driver") or {}).get("name")),
            (words.help_case, document["help"]["case_number"]),
        ]
    )


def _item(reader: Reader, document: Mapping[str, Any]) -> Part:
    words, net = reader.words, reader.money(document["net_minor"])
    item = f"{words.help_item}: {document['help']['what_for']}"
    return table([words.item, words.amount], [[item, net]], totals=[[words.net, net]], heading=words.price)
