"""The parts that pages are made of, as the template knows them, and those that several kinds of paper share."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from clients.documents.formats import Reader, contact_line, moment_of, seller_lines

Part = dict[str, Any]


def facts(rows: Iterable[tuple[str, str | None]], *, heading: str | None = None) -> Part:
    """Return labelled values; those that are not known are left out."""
    return {"kind": "facts", "heading": heading, "rows": [[label, value] for label, value in rows if value]}


def hero(label: str, amount: str, note: str | None = None) -> Part:
    """Return the one number that a reader looks for."""
    return {"kind": "hero", "label": label, "amount": amount, "note": note}


def pair(*parts: Part) -> Part:
    """Return two parts side by side."""
    return {"kind": "pair", "parts": list(parts)}


def address(lines: Iterable[str | None], *, heading: str) -> Part:
    """Return lines of an address, for use in a pair."""
    return {"kind": "lines", "heading": heading, "lines": [each for each in lines if each]}


def text(*paragraphs: str | None, heading: str | None = None) -> Part:
    """Return paragraphs."""
    return {"kind": "text", "heading": heading, "paragraphs": [each for each in paragraphs if each]}


def note(*paragraphs: str | None) -> Part:
    """Return small print."""
    return {"kind": "note", "paragraphs": [each for each in paragraphs if each]}


def steps(items: Sequence[str], *, heading: str) -> Part:
    """Return numbered points."""
    return {"kind": "list", "heading": heading, "items": list(items)}


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    totals: Iterable[Sequence[str]] = (),
    heading: str | None = None,
    left: int = 1,
) -> Part:
    """Return a table whose first ``left`` columns are text and whose others are figures."""
    count = len(columns)
    return {
        "kind": "table",
        "heading": heading,
        "columns": list(columns),
        "align": ["left" if index < left else "right" for index in range(count)],
        "widths": ["fill" if index == left - 1 else "auto" for index in range(count)],
        "rows": [list(row) for row in rows],
        "totals": [list(row) for row in totals],
    }


def rates_table(reader: Reader, document: Mapping[str, Any]) -> Part:
    """Return net, tax and gross by rate; where the tax is unknown, the sentence that says so."""
    words = reader.words
    if document["vat_minor"] is None:
        return text(words.vat_unknown)
    rows = [
        [_rate(reader, each["percent"]), *(reader.money(each[name]) for name in _SUMS)]
        for each in document["vat_rates"]
    ]
    total = [words.total, *(reader.money(document[name]) for name in ("net_minor", "vat_minor", "total_minor"))]
    return table([words.vat_rate, words.net, words.vat, words.gross], rows, totals=[total], heading=words.vat)


_SUMS = ("net_minor", "vat_minor", "gross_minor")


def _rate(reader: Reader, percent: str | None) -> str:
    return reader.words.several_rates if percent is None else reader.percent(Decimal(percent))


def place_name(place: Mapping[str, Any]) -> str:
    """Return a place in one line."""
    return ", ".join(str(place[name]) for name in ("name", "city") if place.get(name)) or str(place.get("evse_id", ""))


def place_rows(reader: Reader, place: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    """Return where a charge took place: name and address, charger, operator with contact."""
    words, operator = reader.words, place.get("operator") or {}
    where = [place.get("name"), place.get("address"), place.get("city")]
    charger = [place.get("evse_id"), place.get("visual_id")]
    contact = [operator.get("name"), operator.get("phone"), operator.get("web")]
    return [
        (words.place, "\n".join(str(each) for each in dict.fromkeys(where) if each)),
        (words.charger, "\n".join(str(each) for each in dict.fromkeys(charger) if each)),
        (words.operator, "\n".join(str(each) for each in contact if each)),
    ]


def page(reader: Reader, document: Mapping[str, Any], title: str, parts: Iterable[Part]) -> dict[str, Any]:
    """Return the whole view of a paper: its head and foot around the parts."""
    words, seller = reader.words, document["seller"]
    foot = [contact_line(seller, words)]
    if document.get("charging_session_id"):
        foot.append(words.session_line.format(id=document["charging_session_id"]))
    return {
        "title": title,
        "author": [seller["name"]],
        "keywords": [document["number"]],
        "lang": reader.language,
        "number": document["number"],
        "seller": seller_lines(seller, words),
        "footer": foot,
        "parts": list(parts),
    }


def at_moment(reader: Reader, text_at: str | None) -> str | None:
    """Return a document's moment for people, if it has one."""
    return reader.moment(moment_of(text_at)) if text_at else None
