"""Statements and invoices: every paper of the month once, sums that add up to the cent, written once."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import facturx
import pytest

from api.db import UnitOfWork
from api.domain.charging.state import ChargingStatus
from api.domain.money import Money
from api.models.finance import Receipt
from api.services.finance.credit_notes import issue_credit_note
from api.services.finance.files import pdf_of_paper
from api.services.finance.fleets import Buyer, FleetIncomplete, UnknownFleet, UnknownMember, add_fleet, join_fleet
from api.services.finance.invoices import InvoiceTaxUnknown, issue_invoices
from api.services.finance.months import Month, MonthInvalid, MonthNotOver
from api.services.finance.statements import issue_statements
from clients.documents.papers import TypesetDocuments
from tests.bench import Bench, a_bench
from tests.builders import a_cdr, a_driver, a_location, push_cdr
from tests.charges import a_charge

S = ChargingStatus
APRIL = datetime(2026, 4, 2, 12, tzinfo=UTC)
BUYER = Buyer("Quay Logistics AG", "Pier 7", "20457", "Hamburg", "DE", "EUR", "DE987654321", "ap@quay.example")


async def two_drivers(bench: Bench) -> None:
    """Let one of two drivers charge in March and get 1.00 of it back."""
    await a_driver(bench, driver_id="drv_2")
    charge = await a_charge(bench, S.SETTLED)
    async with bench.work() as db:
        await issue_credit_note(
            db=db,
            ports=bench.ports,
            now=bench.clock.now(),
            charging_session_id=charge.id,
            amount=Money(100, "EUR"),
            vat=None,
            reason="refund",
            cause=("refund", "rfd_1"),
        )


async def statements(bench: Bench, month: str = "2026-03", now: datetime = APRIL) -> list[Receipt]:
    """Write statements."""
    return await issue_statements(work=bench.work, ports=bench.ports, now=now, month=month)


async def test_a_statement_adds_up_to_the_cent(bench: Bench) -> None:
    """9.28 less 1.00 are 8.28, tax and rates too; each paper of the month stands on it once."""
    await two_drivers(bench)

    (statement,) = await statements(bench)

    document = statement.document
    assert [(line["kind"], line["total_minor"]) for line in document["lines"]] == [
        ("receipt", 928),
        ("credit_note", -100),
    ]
    assert document["total_minor"] == statement.total_minor == 828
    assert document["net_minor"] + document["vat_minor"] == 828
    (rate,) = document["vat_rates"]
    assert (rate["net_minor"], rate["vat_minor"]) == (document["net_minor"], document["vat_minor"])
    assert statement.driver_id == "drv_1"


async def test_a_statement_is_written_and_mailed_once(bench: Bench) -> None:
    """The command may run again: nothing new, and no second number."""
    await two_drivers(bench)
    await statements(bench)
    assert await statements(bench) == []
    assert await bench.value("SELECT count(*) FROM receipt WHERE kind = 'statement'") == 1
    query = "SELECT count(*) FROM mail_outbox m JOIN receipt r ON r.id = m.receipt_id WHERE r.kind = 'statement'"
    assert await bench.value(query) == 1


@pytest.mark.parametrize(
    ("zone", "month"),
    [("Pacific/Kiritimati", "2026-04"), ("Europe/Berlin", "2026-03"), ("America/New_York", "2026-03")],
)
async def test_a_drivers_month_is_that_of_their_zone(bench: Bench, zone: str, month: str) -> None:
    """Issued at noon UTC of March 31st: April already on Kiritimati, which counts for its drivers."""
    await a_driver(bench, time_zone=zone)
    bench.clock.set(datetime(2026, 3, 31, 12, tzinfo=UTC))
    charge = await a_charge(bench, S.ENDED)
    await push_cdr(bench, a_cdr(charge))
    await bench.drain()
    later = datetime(2026, 5, 3, tzinfo=UTC)
    found = {name for name in ("2026-03", "2026-04") if await statements(bench, name, later)}
    assert found == {month}


@pytest.mark.parametrize("bad", ["2026-13", "2026-1", "26-01", "2026-01-01", ""])
def test_a_month_is_written_as_one(bad: str) -> None:
    """Year and month."""
    with pytest.raises(MonthInvalid):
        Month(bad, "Europe/Berlin")


async def test_a_month_that_goes_on_is_not_summed_up(bench: Bench) -> None:
    """Its last papers may still come; it is over at midnight where the issuer sits."""
    with pytest.raises(MonthNotOver):
        await statements(bench, now=datetime(2026, 3, 31, 21, 59, tzinfo=UTC))
    assert await statements(bench, now=datetime(2026, 3, 31, 22, 0, tzinfo=UTC)) == []


# --- fleets -----------------------------------------------------------------------------------------------------------


async def a_fleet(bench: Bench, **fields: Any) -> str:
    """Store a fleet with the usual driver in it and return its id."""
    await a_driver(bench)
    async with bench.work() as db:
        fleet = await add_fleet(db=db, ports=bench.ports, now=bench.clock.now(), buyer=replace(BUYER, **fields))
        await db.flush()
        await join_fleet(db=db, now=bench.clock.now(), fleet_account_id=fleet.id, driver_id="drv_1")
    return fleet.id


async def a_fleet_charge(bench: Bench, **cdr: Any) -> None:
    """Let a fleet's driver charge."""
    charge = await a_charge(bench, S.ENDED)
    await bench.rows("UPDATE charging_session SET payer_type = 'fleet' RETURNING id")
    await push_cdr(bench, a_cdr(charge, **cdr))
    await bench.drain()


async def invoices(bench: Bench) -> list[Receipt]:
    """Write March's invoices."""
    return await issue_invoices(work=bench.work, ports=bench.ports, now=APRIL, month="2026-03")


async def test_an_invoice_agrees_with_the_receipts(work: UnitOfWork) -> None:
    """Its sums by rate are those of the record and the credit note of the month; the page carries valid XML."""
    bench = a_bench(work)
    bench.ports = replace(bench.ports, documents=TypesetDocuments())
    fleet = await a_fleet(bench)
    await a_fleet_charge(bench)
    charge = await bench.value("SELECT id FROM charging_session")
    async with bench.work() as db:
        note = await issue_credit_note(
            db=db,
            ports=bench.ports,
            now=bench.clock.now(),
            charging_session_id=charge,
            amount=Money(100, "EUR"),
            vat=Money(16, "EUR"),
            reason="refund",
            cause=("refund", "rfd_1"),
        )

    (invoice,) = await invoices(bench)
    record = (await bench.rows("SELECT * FROM receipt WHERE kind = 'receipt'"))[0]

    assert (invoice.fleet_account_id, record.fleet_account_id) == (fleet, fleet)
    (billed,), (rate,) = record.document["vat_rates"], invoice.document["vat_rates"]
    assert (rate["net_minor"], rate["vat_minor"]) == (billed["net_minor"] - 84, billed["vat_minor"] - 16)
    assert invoice.total_minor == record.total_minor - note.total_minor == 828
    assert [line["receipt_number"] for line in invoice.document["lines"]] == [record.number, note.number]
    made = await pdf_of_paper(work=bench.work, ports=bench.ports, now=APRIL, receipt_id=invoice.id)
    _, xml = facturx.get_xml_from_pdf(made.content)
    assert facturx.xml_check_xsd(xml, flavor="factur-x", level="en16931")
    assert f">{invoice.number}<".encode() in xml
    assert b"<ram:GrandTotalAmount>8.28<" in xml


@pytest.mark.capability("CK29")
async def test_an_invoice_is_written_once_and_goes_to_the_fleet(bench: Bench) -> None:
    """The driver has the record in the list, no statement and no mail of it."""
    await a_fleet(bench)
    await a_fleet_charge(bench)
    assert len(await invoices(bench)) == 1
    assert await invoices(bench) == []
    assert await statements(bench) == []
    assert [row.to_address for row in await bench.rows("SELECT to_address FROM mail_outbox")] == ["ap@quay.example"]


async def test_tax_that_nobody_stated_is_not_invoiced(bench: Bench) -> None:
    """Finance must settle it first: nothing is guessed on an invoice."""
    await a_location(bench, country="USA")
    await a_fleet(bench)
    await a_fleet_charge(bench)
    assert await bench.value("SELECT document->>'vat_minor' FROM receipt") is None
    with pytest.raises(InvoiceTaxUnknown):
        await invoices(bench)


async def test_a_fleet_must_be_nameable(bench: Bench) -> None:
    """An invoice names street, town and country of its buyer."""
    with pytest.raises(FleetIncomplete):
        await a_fleet(bench, street=" ", country="DEU")


async def test_only_what_exists_is_joined(bench: Bench) -> None:
    """Neither a fleet nor a driver is made up; a driver who moves is in one fleet."""
    fleet = await a_fleet(bench)
    async with bench.work() as db:
        now = bench.clock.now()
        with pytest.raises(UnknownFleet):
            await join_fleet(db=db, now=now, fleet_account_id="flt_none", driver_id="drv_1")
        with pytest.raises(UnknownMember):
            await join_fleet(db=db, now=now, fleet_account_id=fleet, driver_id="drv_none")
        other = await add_fleet(db=db, ports=bench.ports, now=now, buyer=replace(BUYER, name="Other"))
        await db.flush()
        await join_fleet(db=db, now=now, fleet_account_id=other.id, driver_id="drv_1")
    assert await bench.value("SELECT fleet_account_id FROM fleet_member") == other.id
