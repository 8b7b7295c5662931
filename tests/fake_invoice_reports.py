"""``FakeInvoiceReports``: the port in memory. Import it from ``tests.fakes``."""

from collections.abc import AsyncIterator
from datetime import datetime

from api.domain.errors import AppError
from api.domain.finance.invoice_check import InvoiceReport
from api.domain.roaming.partner import Peer
from api.ports.roaming import PulledObject, UnreadableObject


class FakeInvoiceReports:
    """Yields what ``reports`` holds, those changed since; a 2.3.0 partner offers the list, another does not."""

    def __init__(self) -> None:
        """Start with nothing to pull."""
        self.reports: list[PulledObject[InvoiceReport] | UnreadableObject] = []
        self.pulled_since: list[datetime | None] = []
        self.pull_error: AppError | None = None
        """Raised after the last object, as when a later page fails."""

    def offered(self, peer: Peer) -> bool:
        """Say whether the peer speaks 2.3.0."""
        return peer.version == "2.3.0"

    async def pull_reports(
        self, peer: Peer, *, changed_since: datetime | None = None
    ) -> AsyncIterator[PulledObject[InvoiceReport] | UnreadableObject]:
        """Yield ``reports``, those changed since."""
        assert self.offered(peer)
        self.pulled_since.append(changed_since)
        for found in self.reports:
            if isinstance(found, UnreadableObject) or not changed_since or found.value.last_updated >= changed_since:
                yield found
        if self.pull_error is not None:
            raise self.pull_error
