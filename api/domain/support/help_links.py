"""Which article explains an error: shown beside it, so that the reader need not search (EP03).

Codes are those of our errors; a code without an article is simply not here. A test checks both sides.
"""

from collections.abc import Mapping
from typing import Final

ARTICLE_OF_ERROR: Final[Mapping[str, str]] = {
    "wallet_too_low": "wallet-minimum",
    "wallet_below_zero": "wallet-minimum",
    "wallet_blocked": "wallet-minimum",
    "hold_declined": "why-a-hold",
    "card_missing": "why-a-hold",
    "consent_differs": "why-a-hold",
    "account_not_activated": "activate-your-account",
    "pass_not_activated": "use-a-pass",
    "no_receipt_yet": "get-a-receipt",
}


def article_about(code: str) -> str | None:
    """Return the slug of the article that explains an error."""
    return ARTICLE_OF_ERROR.get(code)
