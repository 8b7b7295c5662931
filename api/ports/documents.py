"""Laying out papers: a document in JSON becomes a PDF, and the mail that carries it gets its words.

Documents carry their kind and language (``services/finance``). The same document makes the same page; that a paper's
bytes never change is the caller's part, which keeps the first ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from api.domain.errors import Invalid
from api.domain.finance.charges_overview import ChargesOverview
from api.domain.finance.hold_letter import HoldLetter


class PaperUnprintable(Invalid):
    """A document lacks what its kind must show, or an e-invoice made of it would break the standard."""


@dataclass(frozen=True, slots=True)
class Cover:
    """The words around an attached paper: a mail's subject and plain text, and the name of the file."""

    subject: str
    text: str
    file_name: str


class Documents(Protocol):
    """Makes PDFs, off the event loop and a bounded number at a time."""

    async def pdf(self, document: Mapping[str, Any]) -> bytes:
        """Return a paper as PDF/A-3; an invoice carries its EN 16931 XML. Raises PaperUnprintable."""
        ...

    async def hold_letter(self, letter: HoldLetter) -> bytes:
        """Return the letter for a driver's bank as PDF/A-3."""
        ...

    async def charges_overview(self, overview: ChargesOverview) -> bytes:
        """Return a driver's list of charges as PDF/A-3."""
        ...

    def cover(self, document: Mapping[str, Any]) -> Cover:
        """Return the mail that brings a paper to its reader, in the document's language."""
        ...
