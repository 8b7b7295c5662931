"""CDRs of an operator and the records of what it invoiced, for tests of their comparison."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from api.domain.finance.invoice_check import InvoiceReport
from api.domain.ids import PartyId
from api.domain.roaming.partner import MarketRole, PartyRole
from api.domain.roaming.session import Price
from api.models.invoice_report import InvoiceReportRow
from api.services.finance.invoice_reports import StoredReport, remove_report, store_report
from api.services.roaming.cdrs import store_cdr
from api.services.roaming.documents import write_roles
from tests.api.services.roaming.builders import a_cdr
from tests.bench import Bench
from tests.builders import PARTY, a_partner

ISSUED = datetime(2026, 4, 1, 6, tzinfo=UTC)
TWO_PARTIES = write_roles([PartyRole(MarketRole.CPO, party, "An operator") for party in (PARTY, PartyId("DE", "TWO"))])


async def a_bill(bench: Bench, cdr_id: str, cost: str = "7.80", *, partner_id: str = "prt_1", **fields: Any) -> None:
    """Let a partner send a CDR."""
    partner = await a_partner(bench, partner_id=partner_id, roles=TWO_PARTIES)
    cdr = a_cdr(id=cdr_id, total_cost=Price(Decimal(cost)), **fields)
    async with bench.work() as db:
        raw = json.dumps({"id": cdr_id, "cost": cost})
        await store_cdr(db=db, ports=bench.ports, now=bench.clock.now(), partner=partner, cdr=cdr, raw=raw)


def a_report(*cdr_ids: str, **fields: Any) -> InvoiceReport:
    """Return a record of DE-CPO."""
    values: dict[str, Any] = {
        "country_code": "DE",
        "party_id": "CPO",
        "id": "REC1",
        "invoice_id": "INV-1",
        "last_updated": ISSUED,
    }
    return InvoiceReport(cdr_ids=cdr_ids, **(values | fields))


def raw_of(report: InvoiceReport) -> str:
    """Return a record as its partner sends it."""
    named = {name: getattr(report, name) for name in ("country_code", "party_id", "id", "invoice_id")}
    return json.dumps(named | {"cdrs": report.cdr_ids, "last_updated": report.last_updated.isoformat()})


async def send(bench: Bench, report: InvoiceReport, *, update: bool = False, partner_id: str = "prt_1") -> StoredReport:
    """Let a partner POST a record, or PUT it."""
    partner = await a_partner(bench, partner_id=partner_id, roles=TWO_PARTIES)
    async with bench.work() as db:
        stored = await store_report(
            db=db,
            ports=bench.ports,
            now=bench.clock.now(),
            partner=partner,
            report=report,
            raw=raw_of(report),
            update=update,
        )
    bench.clock.advance(60)
    return stored


async def take_back(bench: Bench, report_id: str = "REC1") -> None:
    """Let the partner DELETE a record."""
    partner = await a_partner(bench)
    async with bench.work() as db:
        await remove_report(
            db=db,
            ports=bench.ports,
            now=bench.clock.now(),
            partner=partner,
            country_code="de",
            party_id="cpo",
            report_id=report_id,
        )


async def row_of(bench: Bench, report_id: str = "REC1") -> InvoiceReportRow:
    """Return a record as stored."""
    async with bench.work() as db:
        return await db.get_one(InvoiceReportRow, f"prt_1/DE/CPO/{report_id}")


async def wrong(bench: Bench, report_id: str = "REC1") -> list[tuple[str, str]]:
    """Return fault and CDR of each difference of a record."""
    row = await row_of(bench, report_id)
    return [(each["fault"].removeprefix("invoice_"), each["subject"]) for each in row.differences]


async def open_findings(bench: Bench) -> list[tuple[str, str]]:
    """Return reason and subject of every open finding."""
    rows = await bench.rows("SELECT reason, subject FROM mismatch WHERE resolved_at IS NULL ORDER BY reason, subject")
    return [(row[0], row[1]) for row in rows]
