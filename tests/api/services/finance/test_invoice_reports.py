"""Operators' invoices against the CDRs we hold: every difference a finding, every message taken once."""

from datetime import timedelta
from decimal import Decimal

import pytest

from api.services.finance.invoice_checks import check_report
from api.services.finance.invoice_reports import (
    UnknownInvoiceReport,
    find_reports,
    report_of_partner,
    state_amount,
)
from tests.api.services.finance.invoicing import (
    ISSUED,
    a_bill,
    a_report,
    open_findings,
    raw_of,
    row_of,
    send,
    take_back,
    wrong,
)
from tests.bench import Bench
from tests.builders import a_partner

KEY = "prt_1/DE/CPO/REC1"


async def test_an_invoice_for_its_own_cdrs_agrees(bench: Bench) -> None:
    """Sums are exact, whatever the spelling of the ids, and nothing is told to finance."""
    await a_bill(bench, "CDR1", "7.805")
    await a_bill(bench, "CDR2", "0.10")
    stored = await send(bench, a_report("cdr1", "CDR2"))
    assert (stored.is_new, stored.conflict) == (True, False)
    assert ((await row_of(bench)).sums, await wrong(bench)) == ({"EUR": ["7.905", None]}, [])
    assert await open_findings(bench) == []


async def test_each_difference_becomes_a_finding_with_its_amount(bench: Bench) -> None:
    """Unknown, another party's, listed twice, credited away: each with the record and the CDR it is about."""
    await a_bill(bench, "CDR1")
    await a_bill(bench, "CDR2", "2.50", party_id="TWO")
    await a_bill(bench, "CDR3", "3.00")
    await a_bill(bench, "CRE3", "-3.00", credit=True, credit_reference_id="CDR3")
    await a_bill(bench, "CDR9", partner_id="prt_9")
    await send(bench, a_report("CDR1", "CDR1", "CDR2", "CDR3", "CDR9"))
    expected = [("cdr_repeated", "CDR1"), ("cdr_foreign", "CDR2"), ("cdr_credited", "CDR3"), ("cdr_unknown", "CDR9")]
    assert await wrong(bench) == expected
    assert sorted(await open_findings(bench)) == sorted((f"invoice_{fault}", f"{KEY}#{cdr}") for fault, cdr in expected)
    amounts = await bench.rows("SELECT amount_minor, currency FROM mismatch ORDER BY subject")
    assert [tuple(row) for row in amounts] == [(780, "EUR"), (250, "EUR"), (300, "EUR"), (None, None)]
    assert (await row_of(bench)).sums == {"EUR": ["7.80", None]}, "what may be billed"


async def test_an_invoice_that_is_wrong_all_over_is_one_finding(bench: Bench) -> None:
    """However long it is: staff look at the invoice then, not at thousands of CDRs; put right, the finding ends."""
    await a_bill(bench, "CDR1")
    await send(bench, a_report("CDR1", *(f"X{number}" for number in range(33_000))))
    assert (len(await wrong(bench)), await open_findings(bench)) == (33_000, [("invoice_cdr_unknown", KEY)])
    assert await bench.value("SELECT detail->>'count' FROM mismatch") == "33000"
    await send(bench, a_report("CDR1"), update=True)
    assert await open_findings(bench) == []


@pytest.mark.parametrize("cdr_id", ["CDR1", "cdr1", "Cdr1", "cDR1"])
async def test_a_credit_counts_wherever_it_is_invoiced(bench: Bench, cdr_id: str) -> None:
    """On the same invoice or on another one, however it spells the id: the CDR was billed and given back."""
    await a_bill(bench, cdr_id, "5.00")
    await a_bill(bench, "CRE1", "-5.00", credit=True, credit_reference_id="cDr1")
    await send(bench, a_report("CDR1"))
    assert await wrong(bench) == [("cdr_credited", "CDR1")]
    await send(bench, a_report("CRE1", id="REC2", invoice_id="INV-2"))
    async with bench.work() as db:
        await check_report(db=db, ports=bench.ports, now=bench.clock.now(), row=await db.merge(await row_of(bench)))
    assert (await wrong(bench), await wrong(bench, "REC2"), await open_findings(bench)) == ([], [], [])


async def test_a_cdr_on_two_invoices_is_the_later_ones_fault(bench: Bench) -> None:
    """Until the earlier one is taken back; then the later one agrees, and its finding is closed."""
    await a_bill(bench, "CDR1")
    await send(bench, a_report("CDR1"))
    await send(bench, a_report("cdr1", id="REC2", invoice_id="INV-2"))
    assert (await wrong(bench), await wrong(bench, "REC2")) == ([], [("cdr_repeated", "cdr1")])
    assert await open_findings(bench) == [("invoice_cdr_repeated", "prt_1/DE/CPO/REC2#cdr1")]
    await take_back(bench)
    assert (await wrong(bench, "REC2"), await open_findings(bench)) == ([], [])


async def test_a_repetition_changes_nothing(bench: Bench) -> None:
    """However often it comes, as POST or PUT, and after it was updated or taken back."""
    await a_bill(bench, "CDR1")
    first, second = a_report("CDR1"), a_report("CDR1", "CDR2")
    await send(bench, first)
    before = await row_of(bench)
    for update in (False, True):
        again = await send(bench, first, update=update)
        assert (again.is_new, again.conflict) == (False, False)
    assert await row_of(bench) == before
    await send(bench, second, update=True)
    assert not (await send(bench, first)).conflict
    assert (await row_of(bench)).raw == raw_of(second)
    await take_back(bench)
    await send(bench, second)
    await take_back(bench)
    assert (await row_of(bench)).deleted_at is not None


async def test_an_update_counts_and_what_it_said_before_is_kept(bench: Bench) -> None:
    """A PUT that is not older replaces the list; findings about the old one are closed."""
    await a_bill(bench, "CDR1")
    await send(bench, a_report("CDR7", "CDR1"))
    assert await wrong(bench) == [("cdr_unknown", "CDR7")]
    await send(bench, a_report("CDR1", invoice_id="INV-1b"), update=True)
    row = await row_of(bench)
    assert (row.invoice_id, [each["raw"] for each in row.earlier]) == ("INV-1b", [raw_of(a_report("CDR7", "CDR1"))])
    assert (await wrong(bench), await open_findings(bench)) == ([], [])


@pytest.mark.parametrize(("update", "age"), [(False, 0), (False, -60), (True, 60)])
async def test_another_content_under_a_known_id_is_kept_and_flagged(bench: Bench, update: bool, age: int) -> None:
    """A second POST, whatever its date, and a PUT that is older: the first one counts, finance is told."""
    await a_bill(bench, "CDR1")
    await send(bench, a_report("CDR1"))
    other = a_report("CDR1", "CDR2", last_updated=ISSUED - timedelta(minutes=age))
    stored = await send(bench, other, update=update)
    row = await row_of(bench)
    assert (stored.conflict, row.raw, row.conflicting_raw) == (True, raw_of(a_report("CDR1")), raw_of(other))
    assert await open_findings(bench) == [("invoice_report_conflict", KEY)]
    newer = a_report("CDR1", "CDR2", last_updated=other.last_updated)
    if not update and age <= 0:
        await send(bench, newer, update=True)
        assert [reason for reason, _ in await open_findings(bench)] == ["invoice_cdr_unknown"], (
            "said again as an update"
        )


async def test_a_record_taken_back_has_nothing_wrong_and_may_come_anew(bench: Bench) -> None:
    """It was the error, so its findings end; a newer record under its id is a new one."""
    await send(bench, a_report("CDR7"))
    await take_back(bench)
    assert await open_findings(bench) == []
    partner = await a_partner(bench)
    async with bench.work() as db:
        with pytest.raises(UnknownInvoiceReport):
            await report_of_partner(db=db, partner=partner, country_code="DE", party_id="CPO", report_id="REC1")
    stored = await send(bench, a_report("CDR8", last_updated=ISSUED + timedelta(days=1)))
    assert (stored.is_new, await wrong(bench)) == (True, [("cdr_unknown", "CDR8")])
    with pytest.raises(UnknownInvoiceReport):
        await take_back(bench, "NONE")


async def test_what_the_document_asks_is_compared(bench: Bench) -> None:
    """Staff state it once; a cent too much is a finding with its amount, and another currency too."""
    await a_bill(bench, "CDR1", "7.80")
    await send(bench, a_report("CDR1"))
    for amount, currency, faults in (
        ("7.81", "EUR", ["sum_differs"]),
        ("7.80", "CHF", ["currency_differs", "sum_differs"]),
        ("7.80", "EUR", []),
    ):
        async with bench.work() as db:
            (row,) = await find_reports(db=db, wanted="INV-1")
            await state_amount(
                db=db, now=bench.clock.now(), row=row, amount=Decimal(amount), currency=currency, by="kim"
            )
            await check_report(db=db, ports=bench.ports, now=bench.clock.now(), row=row)
        assert [fault for fault, _ in await wrong(bench)] == faults
        assert [reason for reason, _ in await open_findings(bench)] == [f"invoice_{fault}" for fault in faults]
    assert (await row_of(bench)).stated_by == "kim"


async def test_nobody_finds_what_is_not_there(bench: Bench) -> None:
    """An empty list is no mistake, a wrong id is."""
    async with bench.work() as db:
        assert await find_reports(db=db) == []
        with pytest.raises(UnknownInvoiceReport):
            await find_reports(db=db, wanted="INV-9")
