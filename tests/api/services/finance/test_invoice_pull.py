"""Pulling what partners invoiced: what a push lost is found, one bad record loses no other."""

from datetime import timedelta

import pytest

from api.ports.roaming import PartnerUnreachable, PulledObject, UnreadableObject
from api.services.finance.invoice_pull import OVERLAP, pull_invoices
from tests.api.services.finance.invoicing import (
    ISSUED,
    TWO_PARTIES,
    a_bill,
    a_report,
    open_findings,
    raw_of,
    row_of,
    send,
    wrong,
)
from tests.bench import Bench
from tests.builders import a_partner
from tests.fakes import FakeInvoiceReports


def list_of(bench: Bench) -> FakeInvoiceReports:
    """Return the partner's own list."""
    assert isinstance(bench.ports.invoice_reports, FakeInvoiceReports)
    return bench.ports.invoice_reports


async def pull(bench: Bench) -> int:
    """Pull the partner's records."""
    return await pull_invoices(work=bench.work, ports=bench.ports, partner_id="prt_1")


async def test_a_lost_record_is_found_and_a_newer_one_counts(bench: Bench) -> None:
    """Pulled records take the way of pushed ones; the next pull asks from a little before this one."""
    await a_partner(bench, version="2.3.0", roles=TWO_PARTIES)
    await a_bill(bench, "CDR1")
    await send(bench, a_report("CDR7"))
    newer = a_report("CDR1", last_updated=ISSUED + timedelta(hours=1))
    for report in (newer, a_report("CDR2", id="REC2", invoice_id="INV-2")):
        list_of(bench).reports.append(PulledObject(report, raw_of(report)))
    started = bench.clock.now()
    assert await pull(bench) == 2
    assert ((await row_of(bench)).raw, await wrong(bench, "REC2")) == (raw_of(newer), [("cdr_unknown", "CDR2")])
    assert await pull(bench) == 2
    assert list_of(bench).pulled_since == [None, started - OVERLAP]


async def test_one_bad_record_loses_no_other(bench: Bench) -> None:
    """Unreadable, of a party that is not the partner's, with an id nobody could mean: kept for finance, with reason."""
    await a_partner(bench, version="2.3.0", roles=TWO_PARTIES)
    foreign, odd = a_report("CDR1", party_id="XXX"), a_report("C" * 300, id="REC3")
    list_of(bench).reports = [
        UnreadableObject("cdrs", raw='{"id": "x"}'),
        PulledObject(foreign, raw_of(foreign)),
        PulledObject(odd, raw_of(odd)),
        PulledObject(a_report("CDR1"), raw_of(a_report("CDR1"))),
    ]
    assert await pull(bench) == 1
    reasons = await bench.rows("SELECT detail->>'reason' FROM mismatch WHERE reason = 'unreadable_object' ORDER BY 1")
    assert [row[0] for row in reasons] == ["cdrs", "id_unusable", "not_the_partners_own"]
    assert await wrong(bench) == [("cdr_unknown", "CDR1")]


async def test_a_pull_that_breaks_off_begins_again(bench: Bench) -> None:
    """What came before is kept, and the next pull asks for everything again."""
    await a_partner(bench, version="2.3.0", roles=TWO_PARTIES)
    list_of(bench).reports = [PulledObject(a_report("CDR1"), raw_of(a_report("CDR1")))]
    list_of(bench).pull_error = PartnerUnreachable("partner_unreachable")
    for _ in range(2):
        with pytest.raises(PartnerUnreachable):
            await pull(bench)
    assert list_of(bench).pulled_since == [None, None]
    assert (await row_of(bench)).invoice_id == "INV-1"


async def test_what_did_not_agree_is_looked_at_again(bench: Bench) -> None:
    """A CDR that came after its invoice closes the finding, also where the partner has no list to pull."""
    await send(bench, a_report("CDR1"))
    assert await open_findings(bench) != []
    await a_bill(bench, "CDR1")
    assert await pull(bench) == 0
    assert (await wrong(bench), await open_findings(bench), list_of(bench).pulled_since) == ([], [], [])
