"""Pages: every kind in every language shows the numbers of its document, is archivable, and is always the same."""

import re
from typing import Any

import pytest

from api.domain.language import LANGUAGES
from clients.documents.formats import Reader
from clients.documents.letter_view import render_hold_letter
from clients.documents.papers import TypesetDocuments, render_paper
from clients.documents.texts import WORDS
from tests.clients.documents.reading import metadata_of, root_of, text_of
from tests.clients.documents.samples import (
    a_credit_note,
    a_help_credit_note,
    a_help_receipt,
    a_letter,
    a_receipt,
    a_statement,
    an_invoice,
)


def amounts(document: dict[str, Any], *names: str) -> list[str]:
    """Return amounts of a document as its language writes them."""
    reader = Reader(document["language"], document["currency"], document["time_zone"])
    return [" ".join(reader.money(document[name]).split()) for name in names]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_receipt_shows_all_that_it_must(language: str) -> None:
    """Seller, number, place, energy, lines, tax, what was reserved, charged and released, and where to ask."""
    document = a_receipt(language)
    text, words = text_of(render_paper(document)), WORDS[language]
    figures = amounts(
        document, "net_minor", "vat_minor", "total_minor", "reserved_minor", "charged_minor", "released_minor"
    )
    told = [
        "Chargehand Test AG", "DE000000000", "CHH-2026-000123", "Robin Example", "Quay garage", "Lübeck",
        "DE*QUA*E4*001", "Quay Energy", "+49 451 0000", "4242", "chs_1", "help@chargehand.example", "Europe/Berlin",
        words.receipt, words.released, words.check_equal.split(":")[0], *figures,
    ]  # fmt: skip
    assert [each for each in told if each not in text] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_other_kinds_show_their_sums(language: str) -> None:
    """Credit note, statement and invoice name themselves, their number and their sums in the reader's language."""
    words = WORDS[language]
    kinds = ((a_credit_note, words.credit_note), (a_statement, words.statement), (an_invoice, words.invoice))
    for make, name in kinds:
        document = make(language)
        text = text_of(render_paper(document))
        told = [name, document["number"], *amounts(document, "net_minor", "vat_minor", "total_minor")]
        assert [each for each in told if each not in text] == [], name


@pytest.mark.capability("EP10")
@pytest.mark.parametrize("language", LANGUAGES)
def test_papers_of_paid_help_say_what_for(language: str) -> None:
    """Case, what was done, net, tax and total are on both papers, and on their covers; a statement lists them."""
    words = WORDS[language]
    for make, name in ((a_help_receipt, words.receipt), (a_help_credit_note, words.credit_note)):
        document = make(language)
        text = text_of(render_paper(document))
        told = [name, document["number"], "C12345-67890", "Freed the cable <by hand>", words.help_item]
        assert [each for each in (*told, *amounts(document, *_SUMS)) if each not in text] == [], name
        assert "C12345-67890" in TypesetDocuments().cover(document).text
    line: dict[str, Any] = {
        "receipt_id": "rcp_3",
        "number": "CHH-2026-000125",
        "kind": "receipt",
        "place": {"name": "C12345-67890"},
    }
    line |= {"issued_at": "2026-10-26T12:00:00.123456+00:00", "energy_kwh": None}
    line |= {"net_minor": 1597, "vat_minor": 303, "total_minor": 1900}
    assert "C12345-67890" in text_of(render_paper(a_statement(language, lines=[line])))


_SUMS = ("net_minor", "vat_minor", "total_minor")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_letter_tells_the_bank_what_it_needs(language: str) -> None:
    """Amount, card, times to the second, the processor's ids and what to ask; open and released read differently."""
    words = WORDS[language]
    released = text_of(render_hold_letter(a_letter(language)))
    still_open = text_of(render_hold_letter(a_letter(language, released_at=None)))
    for told in ("pi_3TestHold", "ch_3TestHold", "4242", "Robin Example", "Stripe", "02:29:30", "Quay garage, Lübeck"):
        assert told in released
        assert told in still_open
    assert words.letter_is_released in released
    assert words.letter_is_open in still_open
    assert "13:00:01" in released
    assert " ".join(words.ask_reversed.split()[:4]) in released
    assert " ".join(words.ask_when_open.split()[:4]) in still_open


def test_times_are_those_of_the_place() -> None:
    """In the night of the change of clocks half past two, an hour that comes twice, is told in local time."""
    text = text_of(render_paper(a_receipt()))
    assert "25 Oct 2026, 02:30" in text
    assert "25 Oct 2026, 03:00" in text


@pytest.mark.parametrize("make", [a_receipt, a_credit_note, a_statement, an_invoice])
def test_a_paper_is_archivable(make: Any) -> None:
    """PDF/A-3b, with its title and without anything that is fetched or run."""
    pdf = render_paper(make("de"))
    metadata = metadata_of(pdf)
    assert re.search(r"pdfaid:part[>=\"]+3", metadata)
    assert re.search(r"pdfaid:conformance[>=\"]+B", metadata)
    root = root_of(pdf)
    assert "/OutputIntents" in root
    assert not {"/OpenAction", "/AA"} & set(root)


def test_the_same_document_makes_the_same_bytes() -> None:
    """Nothing of the moment or the machine goes into a page."""
    assert render_paper(a_receipt()) == render_paper(a_receipt())
    assert render_hold_letter(a_letter()) == render_hold_letter(a_letter())


@pytest.mark.parametrize("name", ["充電站", "🚗 garage", "#let x = 1 $a$ *b* [c] \\ @d <e>", "A\u202eB", "x" * 300])
def test_whatever_a_partner_calls_a_place_is_printed(name: str) -> None:
    """Signs that no bundled font has become question marks, markup is text, and a long name breaks no page."""
    document = a_receipt(place=a_receipt()["place"] | {"name": name})
    text = text_of(render_paper(document))
    assert "CHH-2026-000123" in text
    if name.startswith("#let"):
        assert "#let x = 1 $a$ *b* [c]" in text


CHECKS = {
    "check_promise": {"verdict": "wrong_tariff", "difference": "1.5", "promise_kept": True},
    "check_difference": {"verdict": "wrong_quantity", "difference": "-0.25", "promise_kept": False},
    "check_none": {"verdict": "unpriced", "difference": None, "promise_kept": False},
}


@pytest.mark.parametrize("key", CHECKS)
def test_what_our_own_computation_found_is_told(key: str) -> None:
    """A promise that was kept, a difference with its amount, a bill that could not be computed."""
    sentence = str(getattr(WORDS["en"], key)).replace("{amount}", "-€0.25")
    assert sentence in text_of(render_paper(a_receipt(checks=[CHECKS[key]])))


def test_unknown_tax_is_told_and_not_guessed() -> None:
    """No rate is shown where the operator stated none."""
    document = a_receipt(vat_minor=None, vat_rates=[], net_minor=1142, taxes=[])
    text = text_of(render_paper(document))
    assert WORDS["en"].vat_unknown in text
    assert "19%" not in text


def test_what_a_fleet_pays_is_a_record_and_no_receipt() -> None:
    """The driver reads who pays, and no card."""
    text = text_of(render_paper(a_receipt(payer_type="fleet", fleet="Quay Logistics AG")))
    assert WORDS["en"].charging_record in text
    assert WORDS["en"].fleet_pays.format(fleet="Quay Logistics AG") in text
    assert "4242" not in text


def test_what_is_not_covered_by_the_hold_is_told() -> None:
    """More owed than captured is still open, and what is waived is not charged."""
    assert f"{WORDS['en'].still_open} €1.42" in text_of(render_paper(a_receipt(charged_minor=1000)))
    waived = a_receipt(total_minor=36, charged_minor=0, waived_minor=36)
    text = text_of(render_paper(waived))
    assert f"{WORDS['en'].waived} €0.36" in text
    assert WORDS["en"].still_open not in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("make", [a_receipt, a_credit_note, a_statement, an_invoice])
def test_a_cover_brings_a_paper(make: Any, language: str) -> None:
    """One line of subject with the number, the amount in the text, the issuer at its end, the file by its number."""
    document = make(language)
    cover = TypesetDocuments().cover(document)
    (amount,) = amounts(document, "total_minor")
    assert document["number"] in cover.subject
    assert "\n" not in cover.subject
    assert amount in " ".join(cover.text.split())
    assert "DE000000000" in cover.text
    assert cover.file_name == f"{document['number']}.pdf"
    assert "{" not in cover.subject + cover.text
