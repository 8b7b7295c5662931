"""Saved cards through the real client, HTTP and the stand-in: what is believed of the fakes is so on the wire."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.db import UnitOfWork
from api.domain.money import Money
from api.models.card import CardOperation, SavedCard
from api.models.payment import ProcessorEventRow
from api.ports import Ports
from api.ports.payments import HoldRequest, OutcomeUnknown, ProcessorStatus
from api.services.drivers.cards import cards_of_driver
from api.services.drivers.cards_add import look_at_setup, open_setup, plan_setup
from api.services.drivers.cards_follow import follow_card_event
from api.services.drivers.cards_remove import perform_removal, remove_card
from api.services.drivers.passwords import CHEAP
from api.services.drivers.queries import driver_by_id
from api.services.drivers.signup import add_driver
from tests.clients.stripe.harness import StandIn, serve_stand_in
from tests.clients.stripe.money_harness import StripeMoneyHarness, stripe_money_harness
from tests.fakes import fake_ports


@pytest.fixture(scope="module")
def stand_in() -> Iterator[StandIn]:
    """Serve a stand-in."""
    with serve_stand_in() as served:
        yield served


@dataclass
class Stage:
    """A driver without a card, our ports over the wire, and the hands of everybody else."""

    work: UnitOfWork
    ports: Ports
    wire: StripeMoneyHarness
    driver_id: str

    async def add(self, card: str = "pm_card_visa") -> SavedCard:
        """Let the driver add a card."""
        async with self.work() as db:
            operation = plan_setup(db=db, ports=self.ports, now=self.ports.clock.now(), driver_id=self.driver_id)
        opened = await open_setup(work=self.work, ports=self.ports, operation_id=operation.id)
        self.wire.enter_card(opened.setup.setup_intent_id, card)
        seen = await look_at_setup(
            work=self.work, ports=self.ports, driver_id=self.driver_id, operation_id=operation.id
        )
        return next(one for one in await self.cards() if one.id == seen.card_id)

    async def cards(self) -> list[SavedCard]:
        """Return the driver's cards."""
        async with self.work() as db:
            return await cards_of_driver(db=db, driver_id=self.driver_id)

    async def default(self) -> str | None:
        """Return the driver's default."""
        async with self.work() as db:
            return (await driver_by_id(db, self.driver_id)).payment_method_id

    async def hold_on(self, card: SavedCard) -> str:
        """Place a hold on a card and return the intent's id."""
        async with self.work() as db:
            customer_id = str((await driver_by_id(db, self.driver_id)).processor_customer_id)
        request = HoldRequest("hld_1", "chs_1", Money(4000, "EUR"), customer_id, card.payment_method_id, "Charging")
        return (await self.ports.payments.place_hold(request, idempotency_key="place")).payment_intent_id


@pytest.fixture
async def stage(work: UnitOfWork, stand_in: StandIn) -> AsyncIterator[Stage]:
    """Yield a driver at an empty stand-in."""
    stand_in.reset()
    async with stripe_money_harness(stand_in) as wire:
        ports = replace(fake_ports(clock=wire.clock), payments=wire.payments, cards=wire.cards)
        driver = await add_driver(
            work=work, ports=ports, now=ports.clock.now(), email="ada@example.com", name="Ada",
            password="correct horse", hasher=CHEAP,
        )  # fmt: skip
        yield Stage(work, ports, wire, driver.id)


async def test_a_card_is_added_and_used(stage: Stage) -> None:
    """Customer, setup, session, card and hold, each once, and each write under the operation's own key."""
    card = await stage.add("pm_sandbox_applePay")
    assert (card.brand, card.last4, card.wallet) == ("visa", "4242", "apple_pay")
    assert await stage.default() == card.payment_method_id
    snapshot = await stage.ports.payments.fetch_hold(await stage.hold_on(card))
    assert snapshot.status is ProcessorStatus.HELD
    keys = {one["path"]: str(one["idempotency_key"]) for one in stage.wire.wire.requests() if one["method"] == "POST"}
    assert set(keys) == {"/v1/customers", "/v1/setup_intents", "/v1/customer_sessions", "/v1/payment_intents"}
    operation = keys["/v1/setup_intents"].removesuffix("-setup")
    assert operation.startswith("cop_")
    assert keys["/v1/customers"] == f"{operation}-customer"
    assert keys["/v1/customer_sessions"] == f"{operation}-session"


async def test_3ds_while_saving(stage: Stage) -> None:
    """A bank that wants to ask while the card is saved is answered once; holds on it need no more."""
    async with stage.work() as db:
        operation = plan_setup(db=db, ports=stage.ports, now=stage.ports.clock.now(), driver_id=stage.driver_id)
    opened = await open_setup(work=stage.work, ports=stage.ports, operation_id=operation.id)
    stage.wire.enter_card(opened.setup.setup_intent_id, "pm_card_authenticationRequiredOnSetup")
    look = {"work": stage.work, "ports": stage.ports, "driver_id": stage.driver_id, "operation_id": operation.id}
    assert (await look_at_setup(**look)).status == "needs_action"  # type: ignore[arg-type]  # the four above
    stage.wire.wire.steer(f"setup_intents/{opened.setup.setup_intent_id}/authenticate", {"outcome": "pass"})
    seen = await look_at_setup(**look)  # type: ignore[arg-type]  # as above
    assert seen.status == "saved"
    (card,) = await stage.cards()
    snapshot = await stage.ports.payments.fetch_hold(await stage.hold_on(card))
    assert snapshot.status is ProcessorStatus.HELD


async def test_a_lost_answer_makes_no_second_setup(stage: Stage) -> None:
    """The stand-in did it and hung up: the repetition finds the very same setup."""
    async with stage.work() as db:
        operation = plan_setup(db=db, ports=stage.ports, now=stage.ports.clock.now(), driver_id=stage.driver_id)
    stage.wire.lose_answer("begin_setup")
    with pytest.raises(OutcomeUnknown):
        await open_setup(work=stage.work, ports=stage.ports, operation_id=operation.id)
    opened = await open_setup(work=stage.work, ports=stage.ports, operation_id=operation.id)
    page = await stage.wire.connection.v1.setup_intents.list_async()
    assert [one.id for one in page.data] == [opened.setup.setup_intent_id]


async def test_payments_27_a_card_removed_elsewhere(stage: Stage) -> None:
    """Detached in the dashboard, the card is no default any more, and the hold on it is captured all the same."""
    card = await stage.add()
    intent_id = await stage.hold_on(card)
    stage.wire.remove_elsewhere(card.payment_method_id)
    event = ProcessorEventRow(
        id="evt_1",
        type="payment_method.detached",
        object_kind="payment_method",
        object_id=card.payment_method_id,
        payload="{}",
        received_at=stage.ports.clock.now(),
    )
    assert await follow_card_event(work=stage.work, ports=stage.ports, event=event) is True
    assert (await stage.cards(), await stage.default()) == ([], None)
    done = await stage.ports.payments.capture_hold(intent_id, Money(1234, "EUR"), idempotency_key="capture")
    assert (done.status, done.captured.minor) == (ProcessorStatus.CAPTURED, 1234)


async def test_a_card_is_removed_there_too(stage: Stage) -> None:
    """Removed by its driver, the card is detached at the processor, once, however often the job runs."""
    card = await stage.add()
    async with stage.work() as db:
        await remove_card(
            db=db, ports=stage.ports, now=stage.ports.clock.now(), driver_id=stage.driver_id, card_id=card.id
        )
        operation_id = await _removal(db)
    for _ in range(2):
        await perform_removal(work=stage.work, ports=stage.ports, operation_id=operation_id)
    assert (await stage.ports.cards.fetch_card(card.payment_method_id)).customer_id is None
    assert len(stage.wire.wire.sent(f"/v1/payment_methods/{card.payment_method_id}/detach")) == 1


async def _removal(db: AsyncSession) -> str:
    """Return the id of the one removal."""
    query = select(CardOperation.id).where(CardOperation.kind == "remove")
    return (await db.exec(query)).one()
