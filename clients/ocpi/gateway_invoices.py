"""``api.ports.invoice_reports.InvoiceReports`` over real HTTP."""

from collections.abc import AsyncIterator
from datetime import datetime

from api.domain.finance.invoice_check import InvoiceReport
from api.domain.roaming.partner import InterfaceRole, Peer
from api.ports.roaming import PulledObject, UnreadableObject
from clients.ocpi.invoice_dialect import VERSIONS, invoice_dialect_for
from clients.ocpi.paging import objects_of
from clients.ocpi.pulled import endpoint_of, list_params, pulled
from clients.ocpi.transport import Caller, Transport

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
        url = endpoint_of(peer, MODULE, InterfaceRole.SENDER)
        read = invoice_dialect_for(peer.version).read_invoice_report
        async for raw in objects_of(self._transport, url, Caller.of(peer), params=list_params(changed_since)):
            yield pulled(raw, read)
