"""A processor whose answers are lost, whose errors are stored, and whose webhooks come twice, late or never."""

from datetime import timedelta
from typing import Any

import pytest

from tests.journeys.promise import keeps_the_promise
from tests.journeys.world import World

CREATE = "/v1/payment_intents"
CAPTURE = "/v1/payment_intents/[^/]+/capture"
CANCEL = "/v1/payment_intents/[^/]+/cancel"
MORE_THAN_THE_SDK_TRIES = 3
TEN_KWH = 536


async def _breaks(world: World, kind: str, path: str, **more: Any) -> None:
    """Order a fault of the processor."""
    await world.processor("POST", "faults", {"kind": kind, "path": path, **more})


async def _charges_ten_kwh(world: World) -> None:
    """Play a whole charge and see that it costs what ten kilowatt-hours cost, once."""
    ada = await world.a_driver()
    charge = await ada.starts_at(await world.a_charger("vcp-ac-plain", energy_kwh=10))
    settled = await charge.ends("settled", within=timedelta(hours=4))
    assert settled["hold"]["captured"]["amount_minor"] == TEN_KWH
    assert settled["hold"]["released"]["amount_minor"] == 5000 - TEN_KWH
    assert await charge.commands("START_SESSION") == 1
    await keeps_the_promise(world)


@pytest.mark.parametrize("path", [CREATE, CAPTURE], ids=["hold", "capture"])
async def test_lost_answers_move_money_once(world: World, path: str) -> None:
    """The processor did it and every answer was lost: the same key finds out, and nothing is done twice."""
    await _breaks(world, "drop_answer", path, times=MORE_THAN_THE_SDK_TRIES)
    await _charges_ten_kwh(world)


@pytest.mark.parametrize("perform", [False, True], ids=["nothing done", "done all the same"])
@pytest.mark.parametrize("path", [CREATE, CAPTURE], ids=["hold", "capture"])
async def test_stored_error_is_not_repeated_for_ever(world: World, path: str, perform: bool) -> None:
    """A 500 that the processor repeats for its key ends with a look at what exists and, if need be, a fresh key."""
    await _breaks(world, "error_500", path, perform=perform)
    await _charges_ten_kwh(world)


async def test_lost_answer_to_a_release_frees_the_card_once(world: World) -> None:
    """A release whose answers were lost is found done; the driver's money is free."""
    await _breaks(world, "drop_answer", CANCEL, times=MORE_THAN_THE_SDK_TRIES)
    ada = await world.a_driver()
    charge = await ada.starts_at(await world.a_charger("vcp-ac-plain", "rejects"))
    failed = await charge.ends("start_failed")
    assert failed["hold"]["released"]["amount_minor"] == 5000
    await keeps_the_promise(world)


@pytest.mark.parametrize(
    "knobs",
    [{"duplicate": 2}, {"reorder": True}, {"duplicate": 1, "reorder": True}],
    ids=["twice and thrice", "newest first", "both"],
)
async def test_webhooks_that_repeat_and_overtake_change_nothing(world: World, knobs: dict[str, Any]) -> None:
    """An event is a hint to look: however often and in whatever order it comes, the money is booked once."""
    await world.processor("POST", "webhooks", knobs)
    try:
        await _charges_ten_kwh(world)
    finally:
        await world.processor("POST", "webhooks", {"duplicate": 0, "reorder": False})


async def test_webhooks_that_never_come_are_not_needed(world: World) -> None:
    """Without a single webhook a charge goes its way; the fee, which only they would bring in time, is looked up."""
    await world.processor("POST", "webhooks", {"omit": True})
    try:
        await _charges_ten_kwh(world)
    finally:
        await world.processor("POST", "webhooks", {"omit": False})


async def test_processor_that_is_down_at_the_start_starts_nothing_until_it_is_back(world: World) -> None:
    """While nobody knows whether money is held, no start is sent; when the processor is back there is one hold."""
    ada = await world.a_driver()
    charger = await world.a_charger("vcp-ac-plain", energy_kwh=10)
    await _breaks(world, "drop_request", ".*", times=2 * MORE_THAN_THE_SDK_TRIES)  # also the first look is lost

    charge = await ada.starts_at(charger)
    await world.settles()
    waiting = await charge.shown()
    assert (waiting["status"], waiting["hold"]["status"]) == ("awaiting_hold", "unknown")
    assert await charge.commands("START_SESSION") == 0

    settled = await charge.ends("settled", within=timedelta(hours=4))
    assert settled["hold"]["captured"]["amount_minor"] == TEN_KWH
    assert await charge.commands("START_SESSION") == 1
    await keeps_the_promise(world)
