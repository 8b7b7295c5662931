"""The proof: true after clean charges, false for each single difference that somebody might leave behind."""

import json

import pytest
from sqlalchemy import insert, text
from sqlmodel import select

from api.domain.charging.state import ChargingStatus
from api.domain.finance.accounts import JournalKind
from api.domain.finance.ledger import Income, Posting, hold_placed, receivable_changed, receivable_paid, written_off
from api.domain.money import Money
from api.domain.roaming.token import CdrToken, TokenType
from api.models.finance import Journal, LedgerEntry
from api.services.finance.proof import Proof, prove
from api.services.payments.ledger import book
from tests.bench import Bench
from tests.builders import a_cdr, a_location, an_evse, connector_of, push_cdr
from tests.charges import a_charge, cancel

S = ChargingStatus
CENT = Money(1, "EUR")


async def proof(bench: Bench, currency: str = "EUR") -> Proof:
    """Return the proof of one currency."""
    async with bench.work() as db:
        return next(each for each in await prove(db=db) if each.currency == currency)


async def settled(bench: Bench) -> None:
    """Bring one charge to its end, with all jobs done."""
    await a_charge(bench, S.SETTLED)
    await bench.drain()


@pytest.mark.capability("CK11", "DC6")
async def test_a_clean_charge_proves_true(bench: Bench) -> None:
    """50.00 held are 9.28 captured and 40.72 released; nothing is open, due or waiting."""
    await settled(bench)

    found = await proof(bench)

    assert found.holds_true, found
    assert (found.holds, found.authorized, found.captured, found.released, found.owed) == (1, 5000, 928, 4072, 928)


async def test_charges_that_came_to_nothing_prove_true(bench: Bench) -> None:
    """Declined, given up and failed starts leave nothing behind."""
    evses = tuple(an_evse(f"EVSE{number}") for number in range(3))
    await a_location(bench, evses=evses)
    for number, status in enumerate((S.DECLINED, S.AWAITING_HOLD, S.START_FAILED)):
        connector = connector_of(uid=f"EVSE{number}")
        charge = await a_charge(bench, status, driver_id=f"drv_{number}", connector=connector)
        if status is S.AWAITING_HOLD:
            await cancel(bench, charge)
        await bench.drain()

    found = await proof(bench)

    assert found.holds_true, found
    assert (found.holds, found.captured) == (3, 0)


@pytest.mark.capability("CK11")
@pytest.mark.parametrize(
    ("cost", "captured", "receivable", "waived"), [("0", 0, 0, 0), ("0.30", 0, 0, 36), ("60", 5000, 2140, 0)]
)
async def test_every_kind_of_bill_proves_true(
    bench: Bench, cost: str, captured: int, receivable: int, waived: int
) -> None:
    """Nothing owed, a bill below the minimum, and one above the hold all add up."""
    charge = await a_charge(bench, S.ENDED)
    await push_cdr(bench, a_cdr(charge, cost=cost))
    await bench.drain()

    found = await proof(bench)

    assert found.holds_true, found
    assert (found.captured, found.receivable, found.waived) == (captured, receivable, waived)


async def test_a_waiver_that_a_later_bill_replaced_is_none(bench: Bench) -> None:
    """A bill that was let go and then corrected above the minimum is owed as a whole."""
    charge = await a_charge(bench, S.ENDED)
    await push_cdr(bench, a_cdr(charge, cost="0.30"))
    await bench.drain()
    await push_cdr(bench, a_cdr(charge, id="CREDIT", cost="-0.30", credit=True, credit_reference_id="CDR1"))
    await push_cdr(bench, a_cdr(charge, id="CDR2", cost="5.00"))
    await bench.drain()

    found = await proof(bench)

    assert found.holds_true, found
    assert (found.owed, found.receivable, found.waived) == (595, 595, 0)


PLANTED = {
    "a hold that is open": "UPDATE hold SET status = 'placed'",
    "a cent captured too much": "UPDATE hold SET captured_minor = captured_minor + 1",
    "a cent released too little": "UPDATE hold SET released_minor = released_minor - 1",
    "a cent owed more": "UPDATE charging_session SET owed_minor = owed_minor + 1",
    "an operation without an end": "UPDATE payment_operation SET state = 'unknown' WHERE kind = 'capture'",
    "a job that failed": (
        "INSERT INTO procrastinate_jobs (queue_name, task_name, status) VALUES ('money', 'settle', 'failed')"
    ),
    "a job that waits": (
        "INSERT INTO procrastinate_jobs (queue_name, task_name, status) VALUES ('money', 'settle', 'todo')"
    ),
}


@pytest.mark.parametrize("what", PLANTED)
async def test_each_planted_difference_makes_the_proof_false(bench: Bench, what: str) -> None:
    """Whatever single thing is wrong, the last lines say so."""
    await settled(bench)
    assert (await proof(bench)).holds_true

    await bench.rows(f"{PLANTED[what]} RETURNING 1")

    assert not (await proof(bench)).holds_true


BOOKED: dict[str, tuple[JournalKind, tuple[Posting, ...]]] = {
    "a promise that never ended": (JournalKind.HOLD_PLACED, hold_placed(CENT)),
    "a receivable that nobody owes": (
        JournalKind.RECEIVABLE_RAISED,
        receivable_changed("drv_1", Income(0, 0, 1), "EUR"),
    ),
}


@pytest.mark.parametrize("what", BOOKED)
async def test_a_cent_too_much_in_the_books_makes_the_proof_false(bench: Bench, what: str) -> None:
    """Books that balance in themselves must also agree with the holds and the bills."""
    await settled(bench)
    kind, postings = BOOKED[what]
    async with bench.work() as db:
        now = bench.clock.now()
        await book(db=db, ports=bench.ports, now=now, kind=kind, cause=("planted", "1"), postings=postings)

    assert not (await proof(bench)).holds_true


async def test_a_cdr_that_nobody_settled_makes_the_proof_false(bench: Bench) -> None:
    """A CDR of no charge is a cost that nobody has looked at."""
    charge = await a_charge(bench, S.SETTLED)
    stranger = CdrToken("SOMEBODY", TokenType.RFID, "X")
    await push_cdr(bench, a_cdr(charge, id="OTHER", session_id=None, cdr_token=stranger))

    assert (await proof(bench)).unsettled_cdrs == 1


async def test_an_unbalanced_journal_makes_the_proof_false(bench: Bench) -> None:
    """The database refuses one; should its rule ever be missing, the proof still sees it."""
    await settled(bench)
    async with bench.work() as db:
        connection = await db.connection()
        await connection.execute(text("ALTER TABLE ledger_entry DISABLE TRIGGER USER"))
        journal_id = (await db.exec(select(Journal.id))).first()
        entry = {"journal_id": journal_id, "account_id": "revenue::EUR", "layer": "posted", "currency": "EUR"}
        await connection.execute(insert(LedgerEntry).values(**entry, amount_minor=1))

    found = await proof(bench)

    assert found.unbalanced_journals == 1
    assert not found.holds_true


async def test_a_stopped_clocks_job_is_nothing_left(bench: Bench) -> None:
    """A job whose clock was stopped waits for its hour and will find nothing; a failed one is left."""
    await settled(bench)
    left = await bench.value("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'fire_timer'")
    assert left > 0
    assert (await proof(bench)).jobs_left == 0

    await bench.rows("UPDATE procrastinate_jobs SET status = 'failed' RETURNING id")
    assert (await proof(bench)).jobs_left == left


async def test_currencies_are_proven_each_by_itself(bench: Bench) -> None:
    """Euros never make up for francs."""
    await settled(bench)
    await bench.rows("UPDATE hold SET currency = 'CHF' RETURNING id")

    found = await proof(bench, "CHF")

    assert (found.captured, found.owed) == (928, 0)
    assert not found.holds_true


AFTERWARDS: dict[str, tuple[dict[str, int], int, bool]] = {
    "all of it waived and given back": ({"credited": 928}, 928, True),
    "given back and never waived": ({}, 928, False),
    "waived and not given back": ({"credited": 928}, 0, False),
    "a refund that failed": ({"credited": 500, "withheld": 500}, 500, False),
    "a refund that failed and was paid otherwise": ({"credited": 500, "withheld": 500, "repaid": 500}, 500, True),
    "given back by hand and waived": ({"credited": 300, "returned": 300}, 0, True),
    "disputed": ({"disputed": 928}, 0, True),
    "disputed and waived": ({"disputed": 928, "credited": 928}, 0, True),
    "disputed in part and waived in full": ({"disputed": 400, "credited": 928}, 0, False),
    "disputed in part, waived in full, the rest given back": ({"disputed": 400, "credited": 928}, 528, True),
}


@pytest.mark.parametrize("what", AFTERWARDS)
async def test_money_that_moved_afterwards_is_accounted_for(bench: Bench, what: str) -> None:
    """What went back was waived, what was waived went back, and what a bank took need not go back again."""
    moved, ordered_back, holds_true = AFTERWARDS[what]
    await settled(bench)
    nothing = dict.fromkeys(("withheld", "repaid", "returned", "disputed", "paid", "credited", "written_off"), 0)
    totals = {name: {"minor": minor, "currency": "EUR"} for name, minor in (nothing | moved).items()}
    await bench.rows(
        "UPDATE charging_session SET state = state || CAST(:more AS jsonb) RETURNING 1",
        more=json.dumps({"after": totals, "ordered_back": {"minor": ordered_back, "currency": "EUR"}}),
    )

    found = await proof(bench)

    assert found.holds_true is holds_true, found


async def test_what_a_driver_paid_later_or_never_is_accounted_for(bench: Bench) -> None:
    """A receivable of 21.40 ends as payment and write-off, each with its journal: 50.00 and both are the bill."""
    charge = await a_charge(bench, S.ENDED)
    await push_cdr(bench, a_cdr(charge, cost="60"))
    await bench.drain()
    async with bench.work() as db:
        for kind, postings in (
            (JournalKind.RECEIVABLE_PAID, receivable_paid("drv_1", Money(2000, "EUR"))),
            (JournalKind.WRITTEN_OFF, written_off("drv_1", Money(140, "EUR"))),
        ):
            now = bench.clock.now()
            await book(
                db=db,
                ports=bench.ports,
                now=now,
                kind=kind,
                cause=("planted", "1"),
                postings=postings,
                charging_session_id=charge.id,
            )
    assert not (await proof(bench)).holds_true

    totals = {"paid": {"minor": 2000, "currency": "EUR"}, "written_off": {"minor": 140, "currency": "EUR"}}
    await bench.rows(
        "UPDATE charging_session SET state = state || CAST(:more AS jsonb) RETURNING 1",
        more=json.dumps({"after": totals}),
    )
    found = await proof(bench)

    assert found.holds_true, found
    assert (found.owed, found.captured, found.paid_beside, found.written_off, found.receivable) == (
        7140,
        5000,
        2000,
        140,
        0,
    )
