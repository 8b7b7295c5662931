"""Implements ``ports.documents.Documents``: views, typesetting and, for invoices, the embedded XML."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from api.domain.finance.charges_overview import ChargesOverview
from api.domain.finance.hold_letter import HoldLetter
from api.domain.finance.paper import PaperKind
from api.ports.documents import Cover
from clients.documents.einvoice import embedded, invoice_xml
from clients.documents.formats import moment_of
from clients.documents.help_view import help_credit_note_view, help_receipt_view
from clients.documents.letter_view import render_hold_letter
from clients.documents.mail_view import cover_of
from clients.documents.month_view import invoice_view, statement_view
from clients.documents.overview_view import render_overview
from clients.documents.receipt_view import credit_note_view, receipt_view
from clients.documents.typesetting import in_the_pool, typeset

_VIEWS: Final[dict[PaperKind, Callable[[Mapping[str, Any]], dict[str, Any]]]] = {
    PaperKind.RECEIPT: receipt_view,
    PaperKind.CREDIT_NOTE: credit_note_view,
    PaperKind.STATEMENT: statement_view,
    PaperKind.INVOICE: invoice_view,
}
_VIEWS_OF_HELP: Final[dict[PaperKind, Callable[[Mapping[str, Any]], dict[str, Any]]]] = {
    PaperKind.RECEIPT: help_receipt_view,
    PaperKind.CREDIT_NOTE: help_credit_note_view,
}
"""Of papers that are about help and no charge."""


class TypesetDocuments:
    """Makes papers with the templates of this package."""

    async def pdf(self, document: Mapping[str, Any]) -> bytes:
        """Return a paper as PDF/A-3."""
        return await in_the_pool(lambda: render_paper(document))

    async def hold_letter(self, letter: HoldLetter) -> bytes:
        """Return the letter for a driver's bank."""
        return await in_the_pool(lambda: render_hold_letter(letter))

    async def charges_overview(self, overview: ChargesOverview) -> bytes:
        """Return a driver's list of charges."""
        return await in_the_pool(lambda: render_overview(overview))

    def cover(self, document: Mapping[str, Any]) -> Cover:
        """Return the mail that brings a paper to its reader."""
        return cover_of(document)


def render_paper(document: Mapping[str, Any]) -> bytes:
    """Return a document as PDF/A-3; an invoice carries its XML."""
    kind = PaperKind(document["kind"])
    views = _VIEWS_OF_HELP if "help" in document else _VIEWS
    pdf = typeset(views[kind](document), at=moment_of(document["issued_at"]))
    return embedded(pdf, invoice_xml(document), document) if kind is PaperKind.INVOICE else pdf
