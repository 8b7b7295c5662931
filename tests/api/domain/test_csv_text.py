"""CSV that no spreadsheet computes with, whatever others wrote into it, and that tells no whole address."""

import pytest

from api.domain.csv_text import cell, csv_text


@pytest.mark.parametrize(
    "begins", ["", " ", "\u00a0", "\u3000", "\u2003", "\ufeff", "\u200b", "\x0b", "\u200e ", "\t", "\n"]
)
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d"])
def test_no_text_begins_a_formula(begins: str, sign: str) -> None:
    """Nor behind blanks that are not seen, some of which spreadsheets drop."""
    assert cell(f"{begins}{sign}cmd|' /C calc'!A0").startswith("'")


@pytest.mark.parametrize("between", [";", "; ", ";\u200b", "\t", "\r\n"])
def test_no_text_begins_a_formula_in_a_cell_of_its_own(between: str) -> None:
    """Where decimals have commas, a semicolon divides cells, quoted or not: no name begins one with a formula."""
    assert cell(f"Fast Charge{between}=HYPERLINK(1)") == f"Fast Charge{between}'=HYPERLINK(1)"


def test_a_document_divides_no_cells_either() -> None:
    """What is inside of one is text, too."""
    assert cell({"name": "Fast;=1"}) == '{"name": "Fast;\'=1"}'


def test_honest_text_stays_as_it_is() -> None:
    """Amounts, hyphens inside, semicolons before words."""
    for text in ("Ladepark Süd; Halle 3", "A-B", "1;2", "x = 1", "DE*CPO*E1"):
        assert cell(text) == text


def test_addresses_are_masked_inside_of_documents_too() -> None:
    """A note, a name or a value deep inside."""
    rows = [["ada@example.com", {"by": "bo@example.com"}, ["x@y.example"]]]
    told = csv_text(rows, mask=True)
    assert ("a***@example.com" in told, "b***@example.com" in told, "x***@y.example" in told) == (True, True, True)
    assert not any(whole in told for whole in ("ada@", "bo@", "x@y"))
