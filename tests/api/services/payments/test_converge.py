"""Believing the processor: whatever order its news come in, each thing is noted, booked and told once."""

import contextlib
import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from typing import NamedTuple

import pytest
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.facts import Fact, HoldDeclined, HoldExpired, HoldPlaced, HoldReleased
from api.domain.charging.state import ChargingStatus, HoldStatus
from api.domain.money import Money
from api.models.charging import ChargingSession
from api.models.payment import HoldRow
from api.ports.payments import HoldSnapshot, ProcessorStatus
from api.services.charging.advance import apply_facts, lock_charge
from api.services.charging.carry import hold_of
from api.services.payments.converge import converge_hold
from tests.bench import Bench
from tests.charges import a_charge, cancel

FULL, NONE = Money(5000, "EUR"), Money(0, "EUR")
BLANK = HoldSnapshot("pi_1", ProcessorStatus.HELD, FULL, NONE, NONE, request_id="req_1")
ACTION = replace(BLANK, status=ProcessorStatus.NEEDS_ACTION, client_secret="pi_1_secret")
HELD = replace(BLANK, capturable=FULL, card_brand="visa", card_last4="4242")
TAKEN = replace(BLANK, status=ProcessorStatus.CAPTURED, captured=Money(1234, "EUR"))
TAKEN_WITH_FEE = replace(TAKEN, fee=Money(43, "EUR"))
CANCELED = replace(BLANK, status=ProcessorStatus.CANCELED)
EXPIRED = replace(BLANK, status=ProcessorStatus.EXPIRED)
REFUSED = replace(BLANK, status=ProcessorStatus.NEEDS_PAYMENT_METHOD, decline_code="authentication_failure")


class _UndoneError(Exception):
    """Rolls a whole story back, so that the next order starts from the same charge."""


class End(NamedTuple):
    """What is left of a story."""

    journals: list[str]
    hold: tuple[str, int, int, int]
    machine: str
    pending: int
    noted_twice: int = 0


async def tell(bench: Bench, db: AsyncSession, charge: ChargingSession, snapshot: HoldSnapshot) -> list[Fact]:
    """Let one snapshot come in, as an answer, a webhook or a sweep would."""
    locked = await lock_charge(db=db, charging_session_id=charge.id)
    hold = await hold_of(db, locked)
    now = bench.clock.now()
    facts = await converge_hold(
        db=db, ports=bench.ports, now=now, hold=hold, snapshot=snapshot, source="webhook", tax_of=lambda _: None
    )
    await apply_facts(db=db, ports=bench.ports, now=now, charge=locked, facts=facts)
    return facts


async def end_of(db: AsyncSession, charge: ChargingSession) -> End:
    """Return what is stored now."""
    connection = await db.connection()
    journals = await connection.execute(text("SELECT kind FROM journal ORDER BY kind"))
    pending = "SELECT coalesce(sum(abs(total)), 0) FROM (SELECT sum(amount_minor) AS total FROM ledger_entry"
    left = await connection.execute(text(f"{pending} WHERE layer = 'pending' GROUP BY account_id) s"))
    hold = await hold_of(db, charge)
    totals = (hold.status, hold.authorized_minor, hold.captured_minor, hold.released_minor)
    locked = await lock_charge(db=db, charging_session_id=charge.id)
    repeated = await connection.execute(text("SELECT kind FROM hold_event GROUP BY kind HAVING count(*) > 1"))
    noted_twice = len(repeated.all())
    return End([row[0] for row in journals], totals, locked.hold_status, int(left.scalar_one()), noted_twice)


async def end_after(bench: Bench, charge: ChargingSession, order: Sequence[HoldSnapshot]) -> End:
    """Return what an order of news leaves behind, and undo it."""
    end: End | None = None
    with contextlib.suppress(_UndoneError):
        async with bench.work() as db:
            for snapshot in order:
                await tell(bench, db, charge, snapshot)
            end = await end_of(db, charge)
            raise _UndoneError
    assert end is not None
    return end


CAPTURED = ("captured", 5000, 1234, 3766)
WITH_FEE = ["hold_captured", "hold_ended", "hold_placed", "processor_fee"]
STORIES = {
    "captured": ((ACTION, HELD, TAKEN_WITH_FEE), End(WITH_FEE, CAPTURED, "captured", 0)),
    "fee known later": ((HELD, TAKEN, TAKEN_WITH_FEE), End(WITH_FEE, CAPTURED, "captured", 0)),
    "canceled": (
        (ACTION, HELD, CANCELED),
        End(["hold_ended", "hold_placed"], ("released", 5000, 0, 5000), "released", 0),
    ),
    "expired": ((HELD, EXPIRED), End(["hold_ended", "hold_placed"], ("expired", 5000, 0, 5000), "expired", 0)),
    "canceled before it stood": ((ACTION, CANCELED), End([], ("released", 0, 0, 0), "released", 0)),
}


@pytest.mark.parametrize("story", STORIES)
async def test_every_order_of_news_books_each_thing_once(bench: Bench, story: str) -> None:
    """In every order, and repeated at random, a hold's news leave the same totals and each journal once."""
    news, expected = STORIES[story]
    charge = await a_charge(bench, ChargingStatus.AWAITING_HOLD)
    chance = random.Random(story)
    for order in permutations(news):
        repeated = [*order, *chance.choices(order, k=3)]
        for told in (order, sorted(repeated, key=lambda _: chance.random())):
            assert await end_after(bench, charge, told) == expected, [snapshot.status.value for snapshot in told]


async def test_a_capture_outranks_a_cancellation_in_every_order(bench: Bench) -> None:
    """News that contradict each other never lose money that was taken."""
    charge = await a_charge(bench, ChargingStatus.AWAITING_HOLD)

    ends = [await end_after(bench, charge, order) for order in permutations((HELD, TAKEN, CANCELED))]

    assert {end.hold for end in ends} == {CAPTURED}
    assert {end.pending for end in ends} == {0}
    assert {end.machine for end in ends} == {"captured"}


async def test_a_hold_that_stands_after_a_decline_is_let_go_and_booked_off(bench: Bench) -> None:
    """A driver may pass the bank's question after we gave up: that money is noticed, and its release too."""
    charge = await a_charge(bench, ChargingStatus.AWAITING_DRIVER)
    async with bench.work() as db:
        assert await tell(bench, db, charge, REFUSED) == [HoldDeclined("authentication_failure")]
    assert (await bench.charge(charge)).status == ChargingStatus.DECLINED

    async with bench.work() as db:
        assert [type(each) for each in await tell(bench, db, charge, HELD)] == [HoldPlaced]
    held = await bench.charge(charge)
    assert held.hold_status == HoldStatus.RELEASING
    assert held.final_at is None

    async with bench.work() as db:
        assert await tell(bench, db, charge, CANCELED) == [HoldReleased()]
        end = await end_of(db, charge)
    assert end == End(["hold_ended", "hold_placed"], ("released", 5000, 0, 5000), "released", 0)
    assert (await bench.charge(charge)).final_at is not None


async def test_the_closing_of_a_declined_intent_is_no_release(bench: Bench) -> None:
    """An intent that never held money is closed without a word: the hold stays declined."""
    charge = await a_charge(bench, ChargingStatus.DECLINED)

    async with bench.work() as db:
        assert await tell(bench, db, charge, CANCELED) == []
        assert (await end_of(db, charge)).hold == ("declined", 0, 0, 0)


async def test_an_intent_that_asks_for_a_card_is_no_decline_before_the_bank_asked(bench: Bench) -> None:
    """Only a driver who failed at the bank is declined by a look; a placement tells by its own answer."""
    charge = await a_charge(bench, ChargingStatus.AWAITING_HOLD)

    async with bench.work() as db:
        assert await tell(bench, db, charge, REFUSED) == []
        assert (await end_of(db, charge)).hold[0] == "pending"


async def test_a_hold_given_up_at_the_bank_is_released_although_the_bank_says_no_later(bench: Bench) -> None:
    """A release that was ordered ends as a release, so that the charge comes to its end."""
    charge = await a_charge(bench, ChargingStatus.AWAITING_DRIVER)
    await cancel(bench, charge)
    async with bench.work() as db:
        assert await tell(bench, db, charge, REFUSED) == []
        assert await tell(bench, db, charge, CANCELED) == [HoldReleased()]


async def test_an_expired_hold_of_which_nothing_was_known_is_told_as_a_whole(bench: Bench) -> None:
    """News that were all lost but the last are made up for: placed first, then expired."""
    charge = await a_charge(bench, ChargingStatus.AWAITING_HOLD)

    async with bench.work() as db:
        facts = await tell(bench, db, charge, EXPIRED)

    assert facts == [HoldPlaced(FULL, None), HoldExpired()]


async def test_what_the_processor_tells_of_the_card_is_kept(bench: Bench) -> None:
    """Card, secret and last moment are remembered from whichever answer had them; an answer without takes none away."""
    charge = await a_charge(bench, ChargingStatus.AWAITING_HOLD)
    until = bench.clock.now().replace(day=9)

    async with bench.work() as db:
        await tell(bench, db, charge, ACTION)
        await tell(bench, db, charge, replace(HELD, capture_before=until))
        await tell(bench, db, charge, TAKEN)
        hold = await hold_of(db, charge)

    kept = (hold.payment_intent_id, hold.client_secret, hold.card_brand, hold.card_last4, hold.capture_before)
    assert kept == ("pi_1", "pi_1_secret", "visa", "4242", until)


async def test_every_event_says_where_it_came_from(bench: Bench) -> None:
    """Each noted event carries its source and the processor's reference, for disputes."""
    charge = await a_charge(bench, ChargingStatus.AWAITING_HOLD)

    async with bench.work() as db:
        await tell(bench, db, charge, HELD)

    noted = await bench.rows("SELECT kind, source, psp_reference FROM hold_event WHERE kind = 'place_succeeded'")
    assert [tuple(row) for row in noted] == [("place_succeeded", "webhook", "req_1")]


async def test_a_hold_of_another_amount_is_never_counted_on(bench: Bench) -> None:
    """A hold that is not what the driver agreed to is let go at once, and nothing is started."""
    charge = await a_charge(bench, ChargingStatus.AWAITING_HOLD)

    async with bench.work() as db:
        await tell(bench, db, charge, replace(HELD, capturable=Money(4000, "EUR")))

    stored = await bench.charge(charge)
    assert (stored.status, stored.hold_status) == (ChargingStatus.START_FAILED, HoldStatus.RELEASING)
    assert await bench.findings() == {"hold_amount_wrong"}
    hold: HoldRow = await bench.hold(charge)
    assert hold.authorized_minor == 4000
