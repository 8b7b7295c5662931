"""What the posts around a charge tell: a plug step that completes itself, and a cable in the wrong post."""

from dataclasses import replace
from datetime import timedelta

import pytest

from api.domain.charging.facts import Timer
from api.domain.charging.guide import Hint, StartSequence
from api.domain.charging.state import ChargingStatus
from api.domain.roaming.location import EvseStatus
from api.models.charging import ChargingSession
from api.models.network import Network
from api.services.charging.observe import observe_evse_status
from api.services.charging.view import ChargeView, charge_view
from tests.bench import Bench
from tests.builders import (
    a_driver,
    a_location,
    a_partner,
    a_session,
    after,
    an_evse,
    connector_of,
    evse_key,
    push_session,
)
from tests.charges import a_charge, a_quote
from tests.fakes import START

S = ChargingStatus


@pytest.fixture
async def three(bench: Bench) -> Bench:
    """Return an installation with a site of three posts."""
    await a_location(bench, evses=(an_evse("EVSE1"), an_evse("EVSE2"), an_evse("EVSE3")))
    return bench


async def becomes(bench: Bench, uid: str, status: EvseStatus) -> None:
    """Let the partner tell of one post; all others are free."""
    evses = [an_evse(each) for each in ("EVSE1", "EVSE2", "EVSE3")]
    told = [replace(each, status=status, last_updated=after(5)) if each.uid == uid else each for each in evses]
    await a_location(bench, evses=told, last_updated=after(5))
    partner = await a_partner(bench)
    async with bench.work() as db:
        now = bench.clock.now()
        await observe_evse_status(db=db, ports=bench.ports, now=now, partner=partner, evse_key=evse_key(uid=uid))


async def view(bench: Bench, charge: ChargingSession) -> ChargeView:
    """Return what the driver sees now."""
    return charge_view(await bench.charge(charge), await bench.hold(charge), bench.clock.now())


@pytest.mark.capability("CM11", "CM25")
async def test_the_plug_step_completes_itself(three: Bench) -> None:
    """Our post is told to be in use: the cable is in, the app hears of it, and what is left is to wait."""
    charge = await a_charge(three, S.START_ACCEPTED)
    before = await view(three, charge)
    assert (before.guide.next_action, before.guide.plugged) == ("plug_in", False)

    await becomes(three, "EVSE1", EvseStatus.CHARGING)

    seen = await view(three, charge)
    assert (seen.guide.next_action, seen.guide.plugged, seen.hints) == ("wait_for_charger", True, ())
    assert seen.row.version == before.row.version + 1


@pytest.mark.capability("P7")
async def test_a_neighbor_that_becomes_busy_is_taken_for_the_wrong_post(three: Bench) -> None:
    """Ours stays free while the one beside it is occupied: the driver is asked about its number, no fault is told."""
    charge = await a_charge(three, S.START_ACCEPTED)

    await becomes(three, "EVSE2", EvseStatus.CHARGING)

    seen = await view(three, charge)
    assert seen.hints == (Hint.WRONG_CONNECTOR,)
    suspicion = seen.row.guidance["wrong_connector"]
    assert suspicion["visual_id"] == "DE*CPO*EVSE2"
    assert suspicion["connector_ids"] == [connector_of(uid="EVSE2")]
    assert await three.findings() == set()

    await push_session(three, a_session(charge))
    assert (await view(three, charge)).hints == ()


async def test_our_own_post_in_use_takes_the_suspicion_back(three: Bench) -> None:
    """The driver moved the cable: the hint is gone."""
    charge = await a_charge(three, S.START_ACCEPTED)
    await becomes(three, "EVSE2", EvseStatus.CHARGING)

    await becomes(three, "EVSE1", EvseStatus.CHARGING)

    assert (await view(three, charge)).hints == ()


async def test_two_who_wait_at_one_site_are_not_accused(three: Bench) -> None:
    """Nobody can tell whose cable it is: neither of two drivers is warned."""
    charges = [
        await a_charge(three, S.START_ACCEPTED),
        await a_charge(three, S.START_ACCEPTED, driver_id="drv_2", connector=connector_of(uid="EVSE2")),
    ]

    await becomes(three, "EVSE3", EvseStatus.CHARGING)

    assert [(await view(three, charge)).hints for charge in charges] == [(), ()]


@pytest.mark.parametrize("status", [S.CHARGING, S.IDLE, S.ENDED])
async def test_a_charge_that_runs_or_is_over_is_not_warned(three: Bench, status: ChargingStatus) -> None:
    """Once a session was seen a busy neighbor is somebody else's."""
    charge = await a_charge(three, status)

    await becomes(three, "EVSE2", EvseStatus.CHARGING)

    assert (await view(three, charge)).hints == ()


@pytest.mark.capability("CM10")
async def test_the_network_says_what_comes_first(three: Bench) -> None:
    """The rule of the network is shown before the start and stays with the charge; without one it is unknown."""
    assert (await a_quote(three)).price["start_sequence"] == "unknown"
    async with three.work() as db:
        db.add(Network(country_code="DE", party_id="CPO", name="Posts", start_sequence="plug_first", updated_at=START))

    assert (await a_quote(three)).price["start_sequence"] == "plug_first"
    await a_driver(three)
    charge = await a_charge(three, S.STARTING)
    assert (await view(three, charge)).start_sequence is StartSequence.PLUG_FIRST


@pytest.mark.capability("EP05", "P15")
async def test_a_car_with_a_timer_is_hinted_at_and_goes_on(three: Bench) -> None:
    """Ten minutes open without energy: a hint, while the charge goes on and finance hears nothing."""
    charge = await a_charge(three, S.START_ACCEPTED)
    await push_session(three, a_session(charge, kwh=charge.kwh, charging_periods=(), starts_at=START))
    assert (await view(three, charge)).hints == ()

    three.clock.advance(600)

    seen = await view(three, charge)
    assert (seen.status, seen.hints) == (S.CHARGING, (Hint.VEHICLE_SCHEDULE,))
    assert await three.findings() == set()


@pytest.mark.capability("CM14", "CM15")
async def test_waiting_for_data_is_no_failure(three: Bench) -> None:
    """Started without a meter reading is "pending", and still charging after ten minutes of silence."""
    three.ports.policy.timers[Timer.SESSION_TOO_LONG] = timedelta(days=3)
    charge = await a_charge(three, S.START_ACCEPTED)
    await push_session(three, a_session(charge, kwh=charge.kwh, charging_periods=(), starts_at=START))
    seen = await view(three, charge)
    assert (seen.status, seen.metering, seen.guide.next_action) == (S.CHARGING, "pending", "watch")

    three.clock.advance(601)
    await three.drain()

    seen = await view(three, charge)
    assert (seen.status, seen.metering, seen.final) == (S.CHARGING, "stale", False)
