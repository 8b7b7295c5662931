"""The worker dies at every named point of the steps that move money or start a charge, and another one takes over.

For each point a charge of its own passes it. Whatever the dead process had or had not done: one hold, one start, at
most one capture, nothing owed that is not taken, nothing held that is over, and no job left behind.
"""

from datetime import timedelta

from api.ports.checkpoints import POINTS
from tests.crash.killing import dies_at
from tests.journeys.people import Charge
from tests.journeys.promise import keeps_the_promise
from tests.journeys.test_money_goes_back import hand_in, waive
from tests.journeys.world import World

HOLD = ("hold.planned", "hold.performed", "hold.recorded")
EXTEND = ("extend.planned", "extend.performed", "extend.recorded")
"""Killed in ``tests/api/services/charging/test_extend.py``: no card of these stories can have its hold raised."""
START = ("start.planned", "start.performed", "start.recorded")
CAPTURE = ("capture.planned", "capture.performed", "capture.recorded")
RELEASE = ("release.planned", "release.performed", "release.recorded")
REFUND = ("refund.planned", "refund.performed", "refund.recorded")
EVIDENCE = ("evidence.planned", "evidence.performed", "evidence.recorded")
PAYIN = ("payin.planned", "payin.performed", "payin.recorded")
PAYOUT = ("payout.planned", "payout.performed", "payout.recorded")
"""Both died at in ``tests/api/services/wallet``: a payment is taken in the request that asks for it."""
TEN_KWH = 536


def test_every_named_point_is_played() -> None:
    """No point may be added without being died at."""
    assert set(HOLD + START + CAPTURE + RELEASE + EXTEND + REFUND + EVIDENCE + PAYIN + PAYOUT) == set(POINTS)


async def _pays_once(charge: Charge) -> None:
    """Assert that a charge went on after the crash as if nothing had happened."""
    settled = await charge.ends("settled", within=timedelta(hours=8))
    assert settled["final_price"]["amount_minor"] == settled["hold"]["captured"]["amount_minor"] == TEN_KWH
    assert settled["hold"]["released"]["amount_minor"] == 5000 - TEN_KWH
    assert await charge.commands("START_SESSION") == 1
    assert await charge.findings() == set()


async def test_killed_while_the_hold_is_placed(world: World) -> None:
    """The next worker finds the hold by the operation's key, or places it; the start is sent once."""
    await world.stops_the_worker()
    charges: list[Charge] = []
    for point in HOLD:
        driver = await world.a_driver()
        charges.append(await driver.starts_at(await world.a_charger("vcp-ac-plain", energy_kwh=10)))
        await dies_at(world, point)

    await world.starts_the_worker()
    for charge in charges:
        await _pays_once(charge)
    await keeps_the_promise(world)


async def test_killed_while_the_start_is_sent(world: World) -> None:
    """A start that was perhaps sent is never sent again: its session is adopted, or the hold goes after the grace."""
    await world.stops_the_worker()
    charges: dict[str, Charge] = {}
    for point in START:
        driver = await world.a_driver()
        charges[point] = await driver.starts_at(await world.a_charger("vcp-ac-plain", energy_kwh=10))
        await dies_at(world, point)

    await world.starts_the_worker()
    never_sent = charges.pop("start.planned")
    failed = await never_sent.ends("start_failed", within=timedelta(minutes=15))
    assert failed["failure_code"] == "interrupted"
    assert failed["hold"]["released"]["amount_minor"] == 5000
    assert await never_sent.commands("START_SESSION") == 0
    for charge in charges.values():
        await _pays_once(charge)
    await keeps_the_promise(world)


async def test_killed_while_a_rejected_start_frees_the_card(world: World) -> None:
    """The hold of a rejected start is released once, by whichever worker comes to it."""
    charges: list[Charge] = []
    for _ in RELEASE:
        driver = await world.a_driver()
        charges.append(await driver.starts_at(await world.a_charger("vcp-ac-plain", "rejects")))
        await charges[-1].becomes("start_failed", within=timedelta(minutes=1))

    await world.stops_the_worker()
    for charge, point in zip(charges, RELEASE, strict=True):
        await charge.driver.phone.cancel(charge.id)  # there will be no other try, so the hold goes now
        await dies_at(world, point)

    await world.starts_the_worker()
    for charge in charges:
        failed = await charge.ends("start_failed", within=timedelta(minutes=5))
        assert failed["hold"]["released"]["amount_minor"] == 5000
        assert await charge.commands("START_SESSION") == 1
    await keeps_the_promise(world)


async def test_killed_while_the_price_is_captured(world: World) -> None:
    """The price is taken once, whether the dead worker had asked for it, had the answer, or had written it down."""
    charges: list[Charge] = []
    for number in range(1, len(CAPTURE) + 1):
        driver = await world.a_driver()
        charger = await world.a_charger("vcp-ac-plain", energy_kwh=10, update_every_s=3600, cdr_after_s=300 * number)
        charges.append(await driver.starts_at(charger))
    for charge in charges:
        await charge.becomes("ended")

    await world.stops_the_worker()
    for point in CAPTURE:
        await world.passes(minutes=5)  # to the CDR of the next charge
        await dies_at(world, point)

    await world.starts_the_worker()
    for charge in charges:
        await _pays_once(charge)
    await keeps_the_promise(world)


async def _ended(world: World, card: str = "pm_card_visa") -> Charge:
    """Return a settled charge of ten kWh."""
    driver = await world.a_driver(card)
    charge = await driver.starts_at(await world.a_charger("vcp-ac-plain", energy_kwh=10))
    await charge.ends("settled")
    return charge


async def test_killed_while_money_goes_back(world: World) -> None:
    """A refund goes back once, whether the dead worker had asked for it, had the answer, or had written it down."""
    charges = [await _ended(world) for _ in REFUND]
    await world.stops_the_worker()
    for charge, point in zip(charges, REFUND, strict=True):
        await waive(world, charge, 200)
        await dies_at(world, point)

    await world.starts_the_worker()
    await keeps_the_promise(world)
    query = "SELECT state, amount_minor FROM refund WHERE charging_session_id = $1"
    for charge in charges:
        assert [tuple(row) for row in await world.connection.fetch(query, charge.id)] == [("succeeded", 200)]


async def test_killed_while_evidence_is_handed_in(world: World) -> None:
    """Evidence reaches the bank once; the dispute is under review however often the worker died."""
    disputes: list[str] = []
    for _ in EVIDENCE:
        charge = await _ended(world, "pm_card_createDispute")
        await world.passes(minutes=5)
        query = "SELECT id FROM dispute WHERE charging_session_id = $1"
        disputes.append(await world.connection.fetchval(query, charge.id))
    await world.stops_the_worker()
    for dispute_id, point in zip(disputes, EVIDENCE, strict=True):
        await hand_in(world, dispute_id)
        await dies_at(world, point)

    await world.starts_the_worker()
    await keeps_the_promise(world)
    found = await world.connection.fetch("SELECT DISTINCT status FROM dispute WHERE id = ANY($1)", disputes)
    assert [row["status"] for row in found] == ["under_review"]
