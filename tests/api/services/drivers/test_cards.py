"""Saved cards: what is added, chosen and followed at the processor."""

import asyncio
from datetime import timedelta

import pytest

from api.domain.charging.state import ChargingStatus, HoldStatus
from api.ports.cards import SetupStatus
from api.ports.payments import OutcomeUnknown
from api.services.drivers.cards import UnknownCard, choose_card
from api.services.drivers.cards_add import UnknownCardSetup, look_at_setup, open_setup, plan_setup
from api.services.drivers.cards_follow import follow_driver
from tests.api.services.drivers.card_hands import (
    NOTHING,
    add,
    begin,
    card_of_charge,
    cards,
    cards_at,
    driver,
    tell,
)
from tests.bench import Bench
from tests.builders import a_driver
from tests.charges import a_charge

S = ChargingStatus


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


class TestFollowing:
    """Cards that change where we do not look."""

    async def test_payments_27_a_card_removed_elsewhere_keeps_the_hold(self, bench: Bench) -> None:
        """The hold stays valid and is captured; only the default is cleared, and the next start says why."""
        charge = await a_charge(bench, S.CHARGING)
        card = await card_of_charge(bench, charge.id)
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
