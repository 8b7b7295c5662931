"""Lists of what partners invoice (OCPI 2.3.0 ed2). Implemented by ``clients/ocpi/gateway_invoices.py``."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Protocol

from api.domain.finance.invoice_check import InvoiceReport
from api.domain.roaming.partner import Peer
from api.ports.roaming import PulledObject, UnreadableObject


class InvoiceReports(Protocol):
    """Reads which CDRs a partner's invoices are for."""

    def offered(self, peer: Peer) -> bool:
        """Say whether this partner has such a list; calls nobody."""
        ...

    def pull_reports(
        self, peer: Peer, *, changed_since: datetime | None = None
    ) -> AsyncIterator[PulledObject[InvoiceReport] | UnreadableObject]:
        """Yield the partner's records page by page; raises PartnerUnreachable, PartnerAnsweredBadly."""
        ...
