"""Asking partners for the records whose push may have been lost, and looking again at what did not agree."""

import hashlib
from datetime import timedelta

from sqlalchemy.exc import DBAPIError

from api.domain.errors import AppError
from api.domain.finance.invoice_check import InvoiceReport
from api.models.partner import Partner
from api.ports import Ports
from api.ports.roaming import PulledObject, UnreadableObject
from api.services.charging.findings import open_finding
from api.services.finance.invoice_checks import check_report, open_reports
from api.services.finance.invoice_reports import store_report
from api.services.roaming.partners import owns, partner_by_id, peer_of
from api.services.roaming.rows import is_unstorable
from api.services.work import Work

OVERLAP = timedelta(minutes=15)
"""Against clocks that differ (ocpi.md 4.13)."""


async def pull_invoices(*, work: Work, ports: Ports, partner_id: str) -> int:
    """Pull a partner's records where it has such a list, and check again what had differences: a CDR may be in now.

    Return how many were taken. Raises the port's errors.
    """
    async with work() as db:
        partner = await partner_by_id(db, partner_id)
    peer = peer_of(partner, ports)
    count = 0
    if ports.invoice_reports.offered(peer):
        started = ports.clock.now()
        since = partner.invoices_pulled_at and partner.invoices_pulled_at - OVERLAP
        async for pulled in ports.invoice_reports.pull_reports(peer, changed_since=since):
            count += await _take(work, ports, partner, pulled)
        async with work() as db:
            row = await partner_by_id(db, partner_id)
            row.invoices_pulled_at = started
            db.add(row)
    async with work() as db:
        for report in await open_reports(db, partner_id):
            await check_report(db=db, ports=ports, now=ports.clock.now(), row=report)
    return count


async def _take(
    work: Work, ports: Ports, partner: Partner, pulled: PulledObject[InvoiceReport] | UnreadableObject
) -> bool:
    """Store one record in its own unit of work; one that cannot be taken is told to finance and loses no other."""
    if isinstance(pulled, UnreadableObject):
        reason = pulled.reason
    elif not owns(partner, pulled.value.country_code, pulled.value.party_id):
        reason = "not_the_partners_own"
    else:
        try:
            async with work() as db:
                await store_report(
                    db=db,
                    ports=ports,
                    now=ports.clock.now(),
                    partner=partner,
                    report=pulled.value,
                    raw=pulled.raw,
                    update=True,
                )
        except DBAPIError as error:
            if not is_unstorable(error):
                raise
            reason = "unstorable"
        except AppError as error:  # an id that nobody could mean
            reason = error.code
        else:
            return True
    await _keep_refused(work, ports, partner, pulled.raw, reason)
    return False


async def _keep_refused(work: Work, ports: Ports, partner: Partner, raw: str, reason: str) -> None:
    digest = hashlib.sha256(raw.encode()).hexdigest()[:32]
    async with work() as db:
        await open_finding(
            db=db,
            ports=ports,
            now=ports.clock.now(),
            reason="unreadable_object",
            subject=f"{partner.id}:pull_invoices:{digest}",
            detail={"reason": reason, "raw": raw.replace("\\u0000", "").replace("\x00", "")[:20000]},
        )
