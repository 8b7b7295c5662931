"""Websites that others tell us: what is opened with one tap is a page on the web, and no script."""

import re

_PAGE = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)
_NO_SCHEME = re.compile(r"[^\s<>\"':/?#]+\.[^\s<>\"':]+")


def website_of(told: object) -> str | None:
    """Return the address of a page, ``https`` where its scheme was left out; None for whatever else it is."""
    text = told.strip() if isinstance(told, str) else ""
    if _PAGE.fullmatch(text):
        return text
    return f"https://{text}" if _NO_SCHEME.fullmatch(text) else None
