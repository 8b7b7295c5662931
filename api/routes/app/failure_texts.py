"""Why a start failed, for people: a sentence for each code of the closed list, of the table of codes (CK13, CN26)."""

from api.domain.language import LANGUAGES
from api.domain.support.meanings import every_row, row_of
from api.domain.support.meanings_rows import Kind

UNNAMED = "rejected_by_operator"
NOTHING_RESERVED = "nothing_reserved"


def failure_text(code: str, language: str) -> str:
    """Return why a start failed; what is not in the list, such as a bank's own word, is told in general."""
    general = "payment_declined" if "decline" in code or "card" in code else UNNAMED
    row = row_of(Kind.CHARGE_FAILURE, code) or row_of(Kind.CHARGE_FAILURE, general)
    assert row is not None  # noqa: S101 - a test holds the general ones to be there
    at = LANGUAGES.index(language)
    return f"{row.meaning[at]} {row.driver[at]}"


def codes() -> frozenset[str]:
    """Return the codes with a sentence of their own, for tests."""
    return frozenset(row.code for row in every_row() if row.kind is Kind.CHARGE_FAILURE)
