"""Who ended a charge: the driver with app or card, the car, the charger, the operator, or nobody knows."""

from typing import Any

import pytest

from api.domain.charging.state import ChargingStatus
from api.domain.roaming.location import EvseStatus
from api.domain.roaming.session import SessionStatus
from api.domain.roaming.token import LocationReferences, TokenType
from api.models.charging import ChargingSession
from api.services.charging.authorize import authorize_token
from api.services.charging.view import charge_view
from api.services.roaming.passes import add_pass
from tests.bench import Bench
from tests.builders import a_cdr, a_location, a_partner, a_session, after, an_evse, push_cdr, push_session
from tests.charges import IDLE_PERIODS, a_charge, stop

S = ChargingStatus


async def ends(bench: Bench, charge: ChargingSession, **fields: Any) -> tuple[str | None, bool]:
    """Let the partner complete the session; return who ended it and whether that was by itself."""
    over = {"status": SessionStatus.COMPLETED, "ended_at": after(60), "last_updated": after(60)}
    await push_session(bench, a_session(charge, **(over | fields)))
    stored = await bench.charge(charge)
    assert stored.status == S.ENDED
    return stored.stop_cause, charge_view(stored, await bench.hold(charge), bench.clock.now()).stopped_by_itself


async def show_card(bench: Bench, place: str) -> None:
    """Let the driver show their card at a post of the partner."""
    partner = await a_partner(bench)
    async with bench.work() as db:
        await add_pass(db=db, now=bench.clock.now(), driver_id="drv_1", uid="CARD1", visual_number="No. 1")
    async with bench.work() as db:
        await authorize_token(
            db=db,
            ports=bench.ports,
            now=bench.clock.now(),
            partner=partner,
            uid="CARD1",
            token_type=TokenType.RFID,
            place=LocationReferences(place),
        )


@pytest.mark.capability("CK15", "CK32")
async def test_a_card_at_the_post_is_the_driver(bench: Bench) -> None:
    """The partner asked about the driver's card right before the end: it was stopped with it, not by itself."""
    charge = await a_charge(bench, S.CHARGING)
    await show_card(bench, "loc1")

    assert await ends(bench, charge) == ("badge", False)


@pytest.mark.parametrize(("place", "seconds"), [("elsewhere", 0), ("loc1", 181)])
async def test_a_card_somewhere_else_or_long_ago_proves_nothing(bench: Bench, place: str, seconds: int) -> None:
    """Only a card shown here and just now explains an end."""
    charge = await a_charge(bench, S.CHARGING)
    await show_card(bench, place)
    bench.clock.advance(seconds)

    assert await ends(bench, charge) == ("unknown", True)


@pytest.mark.capability("CK15")
@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (EvseStatus.OUT_OF_ORDER, "charger"),
        (EvseStatus.INOPERATIVE, "charger"),
        (EvseStatus.BLOCKED, "operator"),
        (EvseStatus.AVAILABLE, "unknown"),
    ],
)
async def test_the_state_of_the_post_tells_who_ended_it(bench: Bench, status: EvseStatus, cause: str) -> None:
    """A broken post is the charger, one taken out of service the operator, and no trace is told as unknown."""
    charge = await a_charge(bench, S.CHARGING)
    await a_location(bench, evses=(an_evse(status=status, last_updated=after(50)),), last_updated=after(50))

    assert await ends(bench, charge) == (cause, True)


@pytest.mark.capability("CK15")
async def test_a_car_that_took_no_more_ended_it(bench: Bench) -> None:
    """The session ends in a parking period: the car had enough."""
    charge = await a_charge(bench, S.CHARGING)

    assert await ends(bench, charge, charging_periods=IDLE_PERIODS) == ("vehicle", True)


@pytest.mark.capability("CK32")
async def test_a_stop_in_the_app_is_not_by_itself(bench: Bench) -> None:
    """What the driver asked for stays theirs, whatever the post says later; channel and payer are on the charge."""
    charge = await a_charge(bench, S.CHARGING)
    await stop(bench, charge)
    await a_location(
        bench, evses=(an_evse(status=EvseStatus.OUT_OF_ORDER, last_updated=after(50)),), last_updated=after(50)
    )

    assert await ends(bench, charge) == ("driver", False)
    assert (charge.auth_channel, charge.payer_type) == ("app", "card")


@pytest.mark.capability("CK15")
async def test_after_an_end_by_itself_only_delivered_energy_is_paid(bench: Bench) -> None:
    """The bill claims 20 kWh, the session showed 1.5: the driver pays no more than the meter told."""
    charge = await a_charge(bench, S.CHARGING)
    await ends(bench, charge)

    await push_cdr(bench, a_cdr(charge))
    await bench.drain()

    stored = await bench.charge(charge)
    assert stored.owed_minor is not None
    assert stored.owed_minor <= 70  # 1.5 kWh at 0.39 and 19 %
