"""``api.ports.invoice_reports.InvoiceReports`` over real HTTP."""

from collections.abc import AsyncIterator
from datetime import datetime

from api.domain.finance.invoice_check import InvoiceReport
from api.domain.roaming.partner import InterfaceRole, Peer
from api.ports.roaming import PulledObject, UnreadableObject
from clients.ocpi.exact_json import dump
from clients.ocpi.fields import write_instant
from clients.ocpi.invoice_dialect import VERSIONS, InvoiceDialect, invoice_dialect_for
from clients.ocpi.paging import objects_of
from clients.ocpi.pulled import PAGE_SIZE, NotOffered
from clients.ocpi.transport import Caller, Transport
from clients.ocpi.unreadable import Unreadable

MODULE = "invoicereconciliation"


class OcpiInvoiceReports:
    """Reads partners' lists over OCPI; implements ``InvoiceReports``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def offered(self, peer: Peer) -> bool:
        """Say whether the peer's version and modules have the list."""
        return peer.version in VERSIONS and peer.endpoint(MODULE, InterfaceRole.SENDER) is not None

    async def pull_reports(
        self, peer: Peer, *, changed_since: datetime | None = None
    ) -> AsyncIterator[PulledObject[InvoiceReport] | UnreadableObject]:
        """Yield the records page by page; raises PartnerUnreachable, PartnerAnsweredBadly."""
        url = peer.endpoint(MODULE, InterfaceRole.SENDER)
        if url is None:
            message = f"the peer offers no {MODULE}"
            raise NotOffered(
                "partner_offers_no_module", module=MODULE, message=message, http_status=None, ocpi_status=None
            )
        dialect = invoice_dialect_for(peer.version)
        params = {"limit": str(PAGE_SIZE)}
        if changed_since is not None:
            params["date_from"] = write_instant(changed_since)
        async for raw in objects_of(self._transport, url, Caller.of(peer), params=params):
            yield _pulled(raw, dialect)


def _pulled(raw: object, dialect: InvoiceDialect) -> PulledObject[InvoiceReport] | UnreadableObject:
    text = ""
    try:
        text = dump(raw)
        return PulledObject(dialect.read_invoice_report(raw), raw=text)
    except Unreadable as error:
        return UnreadableObject(reason=error.reason, raw=text)
