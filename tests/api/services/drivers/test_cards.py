"""Saved cards: what is added, chosen, removed and followed, and that no charge loses the card it stands on."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from api.db import UnitOfWork
from api.domain.charging.state import ChargingStatus, HoldStatus
from api.domain.finance.ledger import Income, JournalKind, receivable_changed
from api.models.card import SavedCard
from api.models.driver import Driver
from api.ports.cards import SetupStatus
from api.ports.payments import OutcomeUnknown
from api.services.deferral import Job
from api.services.drivers.cards import UnknownCard, cards_of_driver, choose_card
from api.services.drivers.cards_add import OpenedSetup, UnknownCardSetup, look_at_setup, open_setup, plan_setup
from api.services.drivers.cards_follow import follow_driver
from api.services.drivers.cards_remove import CardInUse, remove_card, sweep_removals
from api.services.drivers.queries import driver_by_id
from api.services.payments.events import store_event
from api.services.payments.ledger import book
from tests.bench import Bench, a_bench
from tests.builders import a_driver
from tests.charges import a_charge
from tests.fakes import FakeCards

S = ChargingStatus
NOTHING: dict[str, Any] = {"processor_customer_id": None, "payment_method_id": None}


@pytest.fixture
def bench(work: UnitOfWork) -> Bench:
    """Return an installation on the test's own database."""
    return a_bench(work)


def cards_at(bench: Bench) -> FakeCards:
    """Return the fake that keeps the cards."""
    assert isinstance(bench.ports.cards, FakeCards)
    return bench.ports.cards


async def begin(bench: Bench, driver_id: str = "drv_1") -> OpenedSetup:
    """Let a driver begin to add a card."""
    async with bench.work() as db:
        operation = plan_setup(db=db, ports=bench.ports, now=bench.clock.now(), driver_id=driver_id)
    return await open_setup(work=bench.work, ports=bench.ports, operation_id=operation.id)


async def add(bench: Bench, card: str = "pm_card_visa") -> SavedCard:
    """Let the driver add a card and look at it at once."""
    opened = await begin(bench)
    cards_at(bench).confirm_in_app(opened.setup.setup_intent_id, card)
    seen = await look_at_setup(work=bench.work, ports=bench.ports, driver_id="drv_1", operation_id=opened.operation_id)
    assert seen.status is SetupStatus.SAVED
    return next(one for one in await cards(bench) if one.id == seen.card_id)


async def cards(bench: Bench) -> list[SavedCard]:
    """Return the driver's cards."""
    async with bench.work() as db:
        return await cards_of_driver(db=db, driver_id="drv_1")


async def driver(bench: Bench) -> Driver:
    """Return the driver as stored now."""
    async with bench.work() as db:
        return await driver_by_id(db, "drv_1")


async def remove(bench: Bench, card: SavedCard) -> None:
    """Let the driver remove a card."""
    async with bench.work() as db:
        await remove_card(db=db, ports=bench.ports, now=bench.clock.now(), driver_id=card.driver_id, card_id=card.id)


async def tell(bench: Bench, type_: str, kind: str, object_id: str) -> None:
    """Let a webhook about something other than a payment come in, and be handled."""
    event = bench.payments.signed_event(type_, None, at=bench.clock.now(), object_kind=kind, object_id=object_id)
    async with bench.work() as db:
        await store_event(db=db, ports=bench.ports, now=bench.clock.now(), payload=event[0], signature=event[1])
    await bench.run(Job.HANDLE_PROCESSOR_EVENT)


class TestAdding:
    """From the tap on "add a card" to a card that holds are placed on."""

    async def test_the_first_card_becomes_the_default(self, bench: Bench) -> None:
        """A driver without anything gets a customer and secrets; the saved card is the one for holds."""
        await a_driver(bench, **NOTHING)
        first = await add(bench)
        second = await add(bench, "pm_sandbox_applePay")
        assert [(one.id, one.wallet) for one in await cards(bench)] == [(second.id, "apple_pay"), (first.id, None)]
        assert (await driver(bench)).payment_method_id == first.payment_method_id
        assert len(bench.payments.calls_of("create_customer")) == 1

    async def test_the_webhook_alone_is_enough(self, bench: Bench) -> None:
        """An app that never comes back after the payment sheet has its card all the same."""
        await a_driver(bench, **NOTHING)
        opened = await begin(bench)
        kept = cards_at(bench).confirm_in_app(opened.setup.setup_intent_id)
        await tell(bench, "setup_intent.succeeded", "setup_intent", opened.setup.setup_intent_id)
        assert [one.payment_method_id for one in await cards(bench)] == [kept]
        await tell(bench, "payment_method.attached", "payment_method", kept)
        assert len(await cards(bench)) == 1

    @pytest.mark.parametrize("method", ["begin_setup", "open_app_session"])
    @pytest.mark.parametrize("trouble", ["lose_answer", "break_before", "fail_for_good"])
    async def test_a_repetition_resumes(self, bench: Bench, method: str, trouble: str) -> None:
        """Whatever happened to the first answer, asking again gives the secrets of one setup."""
        await a_driver(bench, **NOTHING)
        async with bench.work() as db:
            operation = plan_setup(db=db, ports=bench.ports, now=bench.clock.now(), driver_id="drv_1")
        getattr(cards_at(bench), trouble)(method)
        with pytest.raises(OutcomeUnknown):
            await open_setup(work=bench.work, ports=bench.ports, operation_id=operation.id)
        opened = await open_setup(work=bench.work, ports=bench.ports, operation_id=operation.id)
        again = await open_setup(work=bench.work, ports=bench.ports, operation_id=operation.id)
        assert (again.setup.setup_intent_id, again.session) == (opened.setup.setup_intent_id, opened.session)
        assert await bench.value("SELECT state FROM card_operation") == "done"

    async def test_two_at_once_make_one_customer(self, bench: Bench) -> None:
        """Two phones may begin together: both setups are of the customer that is kept."""
        await a_driver(bench, **NOTHING)
        opened = await asyncio.gather(begin(bench), begin(bench))
        kept = (await driver(bench)).processor_customer_id
        assert {one.customer_id for one in opened} == {kept}
        assert {one.setup.customer_id for one in opened} == {kept}

    async def test_a_setup_is_shown_to_its_driver_only(self, bench: Bench) -> None:
        """Nobody looks at what somebody else adds; an unfinished one says what it waits for."""
        await a_driver(bench, **NOTHING)
        opened = await begin(bench)
        seen = await look_at_setup(
            work=bench.work, ports=bench.ports, driver_id="drv_1", operation_id=opened.operation_id
        )
        assert (seen.status, seen.card_id) == (SetupStatus.NEEDS_PAYMENT_METHOD, None)
        for driver_id, operation_id in (("drv_2", opened.operation_id), ("drv_1", "cop_none")):
            with pytest.raises(UnknownCardSetup):
                await look_at_setup(work=bench.work, ports=bench.ports, driver_id=driver_id, operation_id=operation_id)


class TestChoosing:
    """The card that holds are placed on."""

    async def test_another_card_is_chosen(self, bench: Bench) -> None:
        """The choice is the driver's, among their own cards only, and may be repeated."""
        await a_driver(bench, **NOTHING)
        await add(bench)
        second = await add(bench)
        for _ in range(2):
            async with bench.work() as db:
                await choose_card(db=db, driver_id="drv_1", card_id=second.id)
        assert (await driver(bench)).payment_method_id == second.payment_method_id
        await a_driver(bench, driver_id="drv_2")
        async with bench.work() as db:
            with pytest.raises(UnknownCard):
                await choose_card(db=db, driver_id="drv_2", card_id=second.id)


class TestRemoving:
    """A card is let go of once no charge needs it."""

    async def test_a_card_is_removed(self, bench: Bench) -> None:
        """It is gone for the driver at once, at the processor by a job, and as the default."""
        await a_driver(bench, **NOTHING)
        card = await add(bench)
        for _ in range(2):
            await remove(bench, card)
        assert await cards(bench) == []
        assert (await driver(bench)).payment_method_id is None
        assert await bench.run(Job.REMOVE_CARD) == ["remove_card"]
        assert bench.payments.cards.owner(card.payment_method_id) is None
        assert await bench.value("SELECT state FROM card_operation WHERE kind = 'remove'") == "done"
        async with bench.work() as db:
            with pytest.raises(UnknownCard):
                await choose_card(db=db, driver_id="drv_1", card_id=card.id)

    @pytest.mark.parametrize("trouble", ["lose_answer", "break_before", "fail_for_good"])
    async def test_the_sweep_finishes_it(self, bench: Bench, trouble: str) -> None:
        """A removal whose answer is missing is asked for again until it is done."""
        await a_driver(bench, **NOTHING)
        card = await add(bench)
        await remove(bench, card)
        getattr(cards_at(bench), trouble)("remove_card")
        await bench.run(Job.REMOVE_CARD)
        assert await bench.value("SELECT state FROM card_operation WHERE kind = 'remove'") == "unknown"
        bench.clock.advance(3600)
        assert await sweep_removals(work=bench.work, ports=bench.ports) == 1
        await bench.run(Job.REMOVE_CARD)
        assert bench.payments.cards.owner(card.payment_method_id) is None
        assert await bench.value("SELECT state FROM card_operation WHERE kind = 'remove'") == "done"
        assert await sweep_removals(work=bench.work, ports=bench.ports) == 0

    @pytest.mark.parametrize(
        ("status", "reason"), [(S.AWAITING_DRIVER, "live_hold"), (S.CHARGING, "live_hold"), (S.ENDED, "live_hold")]
    )
    async def test_payments_27_a_live_hold_keeps_its_card(
        self, bench: Bench, status: ChargingStatus, reason: str
    ) -> None:
        """While money is held on it, a card cannot be removed; the driver is told which charge needs it."""
        charge = await a_charge(bench, status)
        card = await _card_of_charge(bench, charge.id)
        with pytest.raises(CardInUse) as caught:
            await remove(bench, card)
        assert caught.value.facts == {"reason": reason, "charging_session_id": charge.id}
        assert len(await cards(bench)) == 1
        assert await bench.rows("SELECT 1 FROM card_operation WHERE kind = 'remove'") == []

    async def test_a_charge_without_its_bill_keeps_its_card(self, bench: Bench) -> None:
        """A hold may be gone before the bill came: the card is still needed for it."""
        charge = await a_charge(bench, S.ENDED)
        card = await _card_of_charge(bench, charge.id)
        await bench.rows("UPDATE hold SET status = 'expired' RETURNING id")
        with pytest.raises(CardInUse) as caught:
            await remove(bench, card)
        assert caught.value.facts["reason"] == "charge_open"

    async def test_what_is_owed_keeps_its_card(self, bench: Bench) -> None:
        """A settled charge of which a part is unpaid still needs the card; once it is paid, it does not."""
        charge = await a_charge(bench, S.CHARGING)
        card = await _card_of_charge(bench, charge.id)
        await bench.rows("UPDATE charging_session SET status = 'settled' RETURNING id")
        await bench.rows("UPDATE hold SET status = 'captured' RETURNING id")
        await _book_receivable(bench, charge.id, 700)
        with pytest.raises(CardInUse) as caught:
            await remove(bench, card)
        assert caught.value.facts["reason"] == "owed"
        await _book_receivable(bench, charge.id, -700)
        await remove(bench, card)

    async def test_a_settled_charge_lets_its_card_go(self, bench: Bench) -> None:
        """After the capture nothing needs the card any more."""
        charge = await a_charge(bench, S.SETTLED)
        card = await _card_of_charge(bench, charge.id)
        await remove(bench, card)
        assert await cards(bench) == []

    async def test_a_hold_placed_in_between_is_waited_for(self, bench: Bench) -> None:
        """A tap that raced the removal has its hold; the processor lets go of the card when that hold ended."""
        await a_driver(bench, **NOTHING)
        card = await add(bench)
        await remove(bench, card)
        charge = await _charge_on(bench, card)
        await bench.run(Job.REMOVE_CARD)
        assert bench.payments.cards.owner(card.payment_method_id) is not None
        await bench.rows("UPDATE charging_session SET status = 'settled' WHERE id = :id RETURNING id", id=charge)
        await bench.rows("UPDATE hold SET status = 'released' RETURNING id")
        bench.clock.advance(3600)
        await sweep_removals(work=bench.work, ports=bench.ports)
        await bench.run(Job.REMOVE_CARD)
        assert bench.payments.cards.owner(card.payment_method_id) is None


class TestFollowing:
    """Cards that change where we do not look."""

    async def test_payments_27_a_card_removed_elsewhere_keeps_the_hold(self, bench: Bench) -> None:
        """The hold stays valid and is captured; only the default is cleared, and the next start says why."""
        charge = await a_charge(bench, S.CHARGING)
        card = await _card_of_charge(bench, charge.id)
        cards_at(bench).remove_elsewhere(card.payment_method_id)
        await tell(bench, "payment_method.detached", "payment_method", card.payment_method_id)
        hold = await bench.hold(charge)
        assert (hold.status, hold.payment_method_id) == (HoldStatus.PLACED, card.payment_method_id)
        assert (await driver(bench)).payment_method_id is None
        assert await cards(bench) == []
        assert await bench.value("SELECT removed_by FROM saved_card") == "elsewhere"
        captured = await bench.ports.payments.capture_hold(
            str(hold.payment_intent_id), bench.payments.hold(str(hold.payment_intent_id)).capturable,
            idempotency_key="later",
        )  # fmt: skip
        assert captured.captured.minor > 0

    async def test_payments_27_a_deleted_customer(self, bench: Bench) -> None:
        """With the customer all cards are gone; the next card makes a new customer."""
        await a_driver(bench, **NOTHING)
        await add(bench)
        customer_id = str((await driver(bench)).processor_customer_id)
        bench.payments.cards.delete_customer(customer_id)
        await tell(bench, "customer.deleted", "customer", customer_id)
        row = await driver(bench)
        assert (row.processor_customer_id, row.payment_method_id) == (None, None)
        assert await cards(bench) == []
        await add(bench)
        assert (await driver(bench)).processor_customer_id not in (None, customer_id)

    async def test_a_processor_that_is_away_is_asked_again(self, bench: Bench) -> None:
        """The event stays unhandled until the cards could be looked at."""
        await a_driver(bench, **NOTHING)
        card = await add(bench)
        cards_at(bench).remove_elsewhere(card.payment_method_id)
        cards_at(bench).break_before("cards_of_customer")
        await tell(bench, "payment_method.detached", "payment_method", card.payment_method_id)
        assert await bench.value("SELECT handled_at FROM processor_event") is None
        assert len(await cards(bench)) == 1
        await follow_driver(work=bench.work, ports=bench.ports, driver_id="drv_1")
        assert await cards(bench) == []

    async def test_a_stale_list_removes_nothing(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        """A card missing in the list but still its customer's stays: only a card that is looked at is believed gone."""
        await a_driver(bench, **NOTHING)
        card = await add(bench)
        monkeypatch.setattr(bench.payments.cards, "of", lambda _: [])  # a list from before
        await follow_driver(work=bench.work, ports=bench.ports, driver_id="drv_1")
        assert [one.id for one in await cards(bench)] == [card.id]

    async def test_events_about_strangers_are_done_with(self, bench: Bench) -> None:
        """An account may serve other systems: their cards and customers are none of our business."""
        await a_driver(bench)
        for type_, kind, object_id in (
            ("payment_method.detached", "payment_method", "pm_other"),
            ("customer.deleted", "customer", "cus_other"),
            ("setup_intent.succeeded", "setup_intent", "seti_other"),
            ("customer.updated", "customer", "cus_drv_1"),
        ):
            await tell(bench, type_, kind, object_id)
            bench.clock.advance(timedelta(seconds=1).total_seconds())
        assert await bench.value("SELECT count(*) FROM processor_event WHERE handled_at IS NULL") == 0
        assert cards_at(bench).calls_of("cards_of_customer") == []


async def _card_of_charge(bench: Bench, charging_session_id: str) -> SavedCard:
    """Return the saved card that a charge's hold is on, kept by the processor for a customer of its own."""
    customer = bench.payments.cards.add_customer("cus_drv_1")
    kept = bench.payments.cards.keep(customer, "pm_card_visa")
    await bench.rows(
        "UPDATE hold SET payment_method_id = :card WHERE charging_session_id = :id RETURNING id",
        card=kept,
        id=charging_session_id,
    )
    await bench.rows("UPDATE driver SET payment_method_id = :card RETURNING id", card=kept)
    await follow_driver(work=bench.work, ports=bench.ports, driver_id="drv_1")
    (card,) = await cards(bench)
    return card


async def _charge_on(bench: Bench, card: SavedCard) -> str:
    """Return a charge whose hold was written on a card just before the card was removed."""
    await bench.rows("UPDATE driver SET payment_method_id = :card RETURNING id", card=card.payment_method_id)
    bench.kept.clear()
    async with bench.work() as db:
        bench.kept["drv_1"] = await driver_by_id(db, "drv_1")
    charge = await a_charge(bench, S.AWAITING_HOLD)
    return charge.id


async def _book_receivable(bench: Bench, charging_session_id: str, minor: int) -> None:
    """Book what the driver owes for a charge, or that it was paid."""
    async with bench.work() as db:
        await book(
            db=db,
            ports=bench.ports,
            now=bench.clock.now(),
            kind=JournalKind.RECEIVABLE_RAISED if minor > 0 else JournalKind.RECEIVABLE_LOWERED,
            cause=("test", charging_session_id),
            postings=receivable_changed("drv_1", Income(minor, 0, 0), "EUR"),
            charging_session_id=charging_session_id,
        )
