"""A driver's hands on their cards, for the tests of saved cards."""

from typing import Any

from api.models.card import SavedCard
from api.models.driver import Driver
from api.ports.cards import SetupStatus
from api.services.deferral import Job
from api.services.drivers.cards import cards_of_driver
from api.services.drivers.cards_add import OpenedSetup, look_at_setup, open_setup, plan_setup
from api.services.drivers.cards_follow import follow_driver
from api.services.drivers.cards_remove import remove_card
from api.services.drivers.queries import driver_by_id
from api.services.payments.events import store_event
from tests.bench import Bench
from tests.fakes import FakeCards

NOTHING: dict[str, Any] = {"processor_customer_id": None, "payment_method_id": None}
"""A driver who has not paid with anything yet."""


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


async def card_of_charge(bench: Bench, charging_session_id: str) -> SavedCard:
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
