"""A bill that falls after more was booked than the hold covers: the books follow it, and only paid money is to refund.

The hold is 50.00 and the tax 19 % throughout: 99.00 net are a bill of 117.81, of which 67.81 are owed beside the hold.
"""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from api.domain.charging.state import ChargingStatus
from api.domain.roaming.session import SessionStatus
from api.models.charging import ChargingSession
from api.services.charging.staff import settle_by_staff
from api.services.charging.stored_state import state_of
from api.services.charging.sweep import sweep_timers
from api.services.deferral import Job
from tests.bench import Bench
from tests.builders import a_cdr, a_location, a_session, after, push_cdr, push_session
from tests.charges import METERED, a_charge

S = ChargingStatus
POSTED = """
SELECT a.name, sum(e.amount_minor) AS total FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
JOIN journal j ON j.id = e.journal_id WHERE e.layer = 'posted' AND j.charging_session_id = :charge GROUP BY a.name
"""


async def books(bench: Bench, charge: ChargingSession) -> dict[str, int]:
    """Return what the driver's side of a charge has booked: income is shown positive."""
    posted = {row.name: int(row.total) for row in await bench.rows(POSTED, charge=charge.id)}
    income = {name: -posted.get(name, 0) for name in ("revenue", "vat", "revenue_tax_unknown")}
    return {"receivable": posted.get("receivable", 0), **income}


async def refund_told(bench: Bench) -> int | None:
    """Return what finance is told to refund, or None if it never was."""
    rows = await bench.rows("SELECT amount_minor FROM mismatch WHERE reason = 'cdr_changed_after_capture'")
    return rows[0].amount_minor if rows else None


async def agrees(bench: Bench, charge: ChargingSession) -> dict[str, int]:
    """Assert that books, state, hold and bill of a settled charge say the same; return the books."""
    stored = await bench.charge(charge)
    state, found, hold = state_of(stored), await books(bench, charge), await bench.hold(charge)
    assert stored.status == S.SETTLED
    assert state.billed is not None
    due = state.billed.minor
    assert found["receivable"] == state.receivable.minor == max(due - hold.captured_minor, 0)
    assert state.excess.minor == max(hold.captured_minor - due, 0)
    income = found["revenue"] + found["vat"] + found["revenue_tax_unknown"]
    assert income == hold.captured_minor + found["receivable"]
    assert (await refund_told(bench) or 0) == state.excess.minor
    price = stored.driver_price
    if price is not None and price["total_minor"] == due == income and price["vat_minor"] is not None:
        assert (found["revenue"], found["vat"]) == (price["net_minor"], price["vat_minor"])
        assert found["revenue_tax_unknown"] == 0
    return found


async def a_bill(bench: Bench, charge: ChargingSession, number: int, cost: str, taxed: str | None = None) -> None:
    """Let the partner bill ``cost`` before taxes."""
    await push_cdr(bench, a_cdr(charge, id=f"CDR{number}", cost=cost, taxed=taxed))


async def a_credit(bench: Bench, charge: ChargingSession, number: int, cost: str) -> None:
    """Let the partner credit bill ``number``, all of it or a part."""
    credit = a_cdr(charge, id=f"CREDIT{number}", cost=f"-{cost}", credit=True)
    await push_cdr(bench, replace(credit, credit_reference_id=f"CDR{number}"))


async def billed(bench: Bench, cost: str = "99.00") -> ChargingSession:
    """Return a charge that was settled by one bill."""
    charge = await a_charge(bench, S.ENDED)
    await a_bill(bench, charge, 1, cost)
    await bench.drain()
    return charge


async def test_a_full_credit_takes_back_the_receivable_and_asks_to_refund_what_was_paid(bench: Bench) -> None:
    """Of 117.81 only 50.00 were paid: 67.81 are owed no more, and 50.00, with their tax, wait for a refund."""
    charge = await billed(bench)
    assert await agrees(bench, charge) == {
        "receivable": 6781,
        "revenue": 9900,
        "vat": 1881,
        "revenue_tax_unknown": 0,
    }

    await a_credit(bench, charge, 1, "99.00")
    await bench.drain()

    assert await agrees(bench, charge) == {"receivable": 0, "revenue": 4202, "vat": 798, "revenue_tax_unknown": 0}
    assert await refund_told(bench) == 5000
    raised, lowered = await bench.rows("SELECT kind FROM journal WHERE kind LIKE 'receivable%' ORDER BY kind DESC")
    assert (raised.kind, lowered.kind) == ("receivable_raised", "receivable_lowered")


@pytest.mark.parametrize(
    ("cost", "receivable", "refund"),
    [("120.00", 9280, None), ("60.00", 2140, None), ("42.02", 0, None), ("30.00", 0, 1430), ("0.30", 0, 5000)],
    ids=["higher", "lower", "the hold", "below the hold", "waived"],
)
async def test_a_replacement_bill_is_what_the_books_hold(
    bench: Bench, cost: str, receivable: int, refund: int | None
) -> None:
    """Credit and replacement in one go: the receivable is what the new bill has above the hold."""
    charge = await billed(bench)
    await a_credit(bench, charge, 1, "99.00")
    await a_bill(bench, charge, 2, cost)
    await bench.drain()

    assert (await agrees(bench, charge))["receivable"] == receivable
    assert await refund_told(bench) == refund


async def test_bills_that_fall_and_rise_are_each_booked(bench: Bench) -> None:
    """The same receivable may come back: raised, taken back and raised again are three journals, and none is lost."""
    charge = await billed(bench)
    for number, cost in ((1, "99.00"), (2, "60.00"), (3, "99.00")):
        await a_credit(bench, charge, number, cost)
        await bench.drain()
        assert (await agrees(bench, charge))["receivable"] == 0
        assert await refund_told(bench) == 5000
        following = {1: "60.00", 2: "99.00", 3: "99.00"}[number]
        await a_bill(bench, charge, number + 1, following)
        await bench.drain()
        owed_beside = {"60.00": 2140, "99.00": 6781}[following]
        assert (await agrees(bench, charge))["receivable"] == owed_beside
        assert await refund_told(bench) == 0

    kinds = [row.kind for row in await bench.rows("SELECT kind FROM journal WHERE kind LIKE 'receivable%' ORDER BY id")]
    assert sorted(kinds) == ["receivable_lowered"] * 3 + ["receivable_raised"] * 4


@pytest.mark.parametrize(
    ("credit", "receivable", "refund"), [("9.00", 5710, None), ("60.00", 0, 359)], ids=["above", "below"]
)
async def test_a_partial_credit_lowers_by_what_it_credits(
    bench: Bench, credit: str, receivable: int, refund: int | None
) -> None:
    """A credit of a part leaves the rest of the bill standing, tax included."""
    charge = await billed(bench)
    await a_credit(bench, charge, 1, credit)
    await bench.drain()

    assert (await agrees(bench, charge))["receivable"] == receivable
    assert await refund_told(bench) == refund


@pytest.mark.parametrize("cost", ["42.44", "51.99", "84.03", "63.17"])
@pytest.mark.parametrize("lower", ["42.03", "42.43"])
async def test_no_cent_of_tax_stays_or_is_lost_when_a_bill_falls(bench: Bench, cost: str, lower: str) -> None:
    """Shares are rounded, so what is taken back is what brings revenue and VAT exactly to the new bill."""
    charge = await billed(bench, cost)
    await a_credit(bench, charge, 1, cost)
    await a_bill(bench, charge, 2, lower)
    await bench.drain()

    await agrees(bench, charge)


async def test_a_replacement_at_another_rate_carries_its_own_tax(bench: Bench) -> None:
    """The tax that counts is the standing bill's, also of the part that was captured under another one."""
    charge = await billed(bench)
    await a_credit(bench, charge, 1, "99.00")
    await a_bill(bench, charge, 2, "60.00", taxed="64.20")
    await bench.drain()

    assert await agrees(bench, charge) == {
        "receivable": 1420,
        "revenue": 6000,
        "vat": 420,
        "revenue_tax_unknown": 0,
    }


async def test_a_repeated_credit_books_once(bench: Bench) -> None:
    """A partner that posts its credit twice changes nothing the second time."""
    charge = await billed(bench)
    await a_credit(bench, charge, 1, "99.00")
    await bench.drain()
    before, version = await books(bench, charge), (await bench.charge(charge)).version

    await a_credit(bench, charge, 1, "99.00")
    await bench.drain()

    assert await books(bench, charge) == before
    assert (await bench.charge(charge)).version == version


async def test_a_credit_before_the_capture_is_done_is_booked_after_it(bench: Bench) -> None:
    """The hold is being captured as the credit comes: both end in the same books as one after the other."""
    charge = await a_charge(bench, S.ENDED)
    await a_bill(bench, charge, 1, "99.00")
    await bench.run(Job.SETTLE)
    await a_credit(bench, charge, 1, "99.00")
    await a_bill(bench, charge, 2, "60.00")
    await bench.run(Job.SETTLE)
    assert (await books(bench, charge))["receivable"] == 6781

    await bench.drain()

    assert (await agrees(bench, charge))["receivable"] == 2140


async def test_a_full_credit_before_the_capture_is_done_leaves_no_receivable(bench: Bench) -> None:
    """The one capture cannot be called back: its 50.00 are to refund with their tax, and nothing is owed."""
    charge = await a_charge(bench, S.ENDED)
    await a_bill(bench, charge, 1, "99.00")
    await bench.run(Job.SETTLE)
    await a_credit(bench, charge, 1, "99.00")
    await bench.run(Job.SETTLE)
    await bench.drain()

    found = await agrees(bench, charge)
    assert (found["receivable"], found["revenue_tax_unknown"]) == (0, 0)
    assert found["vat"] in (798, 799)  # 19 % of 50.00 are 7.983; the bill that says so is gone, its rounded part is not
    assert await refund_told(bench) == 5000


async def test_a_hold_that_lapsed_unpaid_leaves_nothing_to_refund_after_a_credit(bench: Bench) -> None:
    """Nothing was ever paid: the whole bill was owed, and after its credit every account is empty again."""
    charge = await a_charge(bench, S.SETTLING)
    bench.payments.expire("pi_fake1")
    await bench.drain()
    assert (await agrees(bench, charge))["receivable"] == 928

    await a_credit(bench, charge, 1, "7.80")
    await bench.drain()

    assert set((await agrees(bench, charge)).values()) == {0}
    assert await refund_told(bench) is None


async def test_an_unpriceable_bill_waits_and_the_decision_of_staff_is_booked(bench: Bench) -> None:
    """A second bill beside the first moves nothing; what staff sign then lowers the receivable at the bill's rate."""
    charge = await billed(bench)
    before = await books(bench, charge)
    await a_bill(bench, charge, 2, "10.00")
    await bench.drain()
    assert (await bench.charge(charge)).status == S.NEEDS_FINANCE
    assert await books(bench, charge) == before

    async with bench.work() as db:
        now = bench.clock.now()
        await settle_by_staff(
            db=db,
            ports=bench.ports,
            now=now,
            charging_session_id=charge.id,
            owed_minor=5950,
            by="Ada",
            approved_by="Grace",
        )
    await bench.drain()

    found = await agrees(bench, charge)
    assert found == {"receivable": 950, "revenue": 5000, "vat": 950, "revenue_tax_unknown": 0}


async def test_unknown_tax_is_taken_back_as_unknown(bench: Bench) -> None:
    """Where nobody knows the rate, income waits in an account of its own and leaves it the same way."""
    await a_location(bench, country="USA")
    charge = await billed(bench)
    assert (await agrees(bench, charge))["revenue_tax_unknown"] == 9900
    await a_credit(bench, charge, 1, "99.00")
    await a_bill(bench, charge, 2, "60.00")
    await bench.drain()

    assert await agrees(bench, charge) == {"receivable": 1000, "revenue": 0, "vat": 0, "revenue_tax_unknown": 6000}


@pytest.mark.parametrize(("bill", "receivable", "vat"), [("9.00", 143, 171), ("7.80", 0, 148), ("5.00", 0, 148)])
async def test_an_estimate_gets_the_tax_of_the_bill_that_follows(
    bench: Bench, bill: str, receivable: int, vat: int
) -> None:
    """9.28 were taken before anybody knew their tax; the bill tells it, whether it is more, the same or less."""
    charge = await a_charge(bench, S.START_ACCEPTED)
    over = a_session(charge, kwh=Decimal(20), status=SessionStatus.COMPLETED, ended_at=after(60))
    await push_session(bench, replace(over, last_updated=after(60)))
    bench.clock.set(after(0) + timedelta(days=6))
    await sweep_timers(work=bench.work, ports=bench.ports)
    await bench.drain()
    assert (await books(bench, charge))["revenue_tax_unknown"] == 928
    await push_session(bench, replace(over, kwh=METERED, last_updated=after(61)))  # the meter had not told all

    await a_bill(bench, charge, 1, bill)
    await bench.drain()

    found = await agrees(bench, charge)
    assert (found["receivable"], found["vat"], found["revenue_tax_unknown"]) == (receivable, vat, 0)
    await a_credit(bench, charge, 1, bill)
    await bench.drain()
    after_credit = await agrees(bench, charge)
    assert after_credit == {"receivable": 0, "revenue": 780, "vat": 148, "revenue_tax_unknown": 0}
