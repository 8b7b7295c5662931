"""The mail that brings a paper: subject, plain text, and the name of the attached file."""

from collections.abc import Mapping
from typing import Any

from api.domain.finance.paper import PaperKind
from api.ports.documents import Cover
from clients.documents.formats import Reader, contact_line, moment_of, reader_of
from clients.documents.parts import place_name


def cover_of(document: Mapping[str, Any]) -> Cover:
    """Return the words around a paper, in its language."""
    reader = reader_of(document)
    words, seller = reader.words, document["seller"]
    title = str(getattr(words, document["kind"]))
    amount = reader.money(document["total_minor"])
    whom = (document.get("driver") or document.get("buyer") or {}).get("name", "")
    lines = [
        words.mail_hello.format(name=whom),
        _sentence(reader, document, amount),
        f"{words.mail_greeting}\n{seller['name']}",
        "\n".join(
            [
                "-- ",
                f"{seller['name']}, {seller['street']}, {seller['country']}-{seller['postal_code']} {seller['city']}",
                words.vat_id.format(id=seller["vat_id"]),
                contact_line(seller, words),
            ]
        ),
    ]
    subject = words.mail_subject.format(title=title, number=document["number"], amount=amount)
    return Cover(_one_line(subject), "\n\n".join(lines) + "\n", f"{document['number']}.pdf")


def _sentence(reader: Reader, document: Mapping[str, Any], amount: str) -> str:
    words, kind = reader.words, PaperKind(document["kind"])
    if kind in {PaperKind.STATEMENT, PaperKind.INVOICE}:
        sentence = words.mail_statement if kind is PaperKind.STATEMENT else words.mail_invoice
        return sentence.format(month=reader.month(document["month"]), amount=amount)
    if "help" in document:
        sentence = words.mail_help_credit if kind is PaperKind.CREDIT_NOTE else words.mail_help
        return sentence.format(amount=amount, number=document["help"]["case_number"])
    place = place_name(document["place"])
    if kind is PaperKind.CREDIT_NOTE:
        return words.mail_credit.format(amount=amount, place=place)
    day = reader.day(moment_of(document["started_at"] or document["issued_at"]))
    energy = reader.energy(document["energy_kwh"])
    sentence = words.mail_receipt.format(energy=energy, place=place, day=day, amount=amount)
    return f"{sentence}\n\n{words.bank_days}" if document["released_minor"] else sentence


def _one_line(subject: str) -> str:
    """Return a subject without anything that could begin another header."""
    return " ".join(subject.split())
