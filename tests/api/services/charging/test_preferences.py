"""What drivers wish of a running charge: stored, sent until answered, theirs alone."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from api.domain.charging.state import ChargingStatus
from api.domain.errors import AppError
from api.domain.ids import PartyId
from api.domain.roaming.smart import ChargingPreferences, PreferencesAnswer, ProfileType
from api.models.charging import ChargingSession
from api.models.smart import ChargingPreferencesRow
from api.ports.roaming import PartnerAnsweredBadly, PartnerUnreachable
from api.services.charging.advance import UnknownCharge
from api.services.charging.preferences import (
    MOST_ATTEMPTS,
    DeparturePassed,
    PreferencesNotOffered,
    offered_preferences,
    send_preferences,
    wish_preferences,
)
from api.services.charging.smart import NotCharging
from api.services.deferral import Job
from tests.api.services.charging.smart_hands import a_smart_charge, operator_of
from tests.bench import Bench
from tests.builders import after
from tests.charges import a_charge, stop
from tests.fakes import SimulatedCrash

S = ChargingStatus
WISH = ChargingPreferences(ProfileType.CHEAP, after(240), Decimal("24.5"))


async def wish(
    bench: Bench, charge: ChargingSession, preferences: ChargingPreferences = WISH, *, driver_id: str = "drv_1"
) -> ChargingPreferencesRow:
    """Let a driver wish something of a charge."""
    async with bench.work() as db:
        return await wish_preferences(
            db=db,
            ports=bench.ports,
            now=bench.clock.now(),
            driver_id=driver_id,
            charging_session_id=charge.id,
            preferences=preferences,
        )


async def outcomes(bench: Bench) -> list[str | None]:
    """Return what became of every wish, oldest first."""
    return [row[0] for row in await bench.rows("SELECT outcome FROM charging_preferences ORDER BY number")]


async def test_a_wish_is_sent_to_the_operator_and_its_answer_kept(bench: Bench) -> None:
    """The operator behind the partner is told of its own session, exactly as the driver wished."""
    charge = await a_smart_charge(bench)
    await wish(bench, charge)
    assert operator_of(bench).calls == [], "no call before the wish is on disk"

    await bench.drain()

    (call,) = operator_of(bench).calls
    assert (call.session_id, call.arguments, call.peer.their_party) == ("SES1", (WISH,), PartyId("DE", "CPO"))
    assert await outcomes(bench) == ["accepted"]


@pytest.mark.parametrize("answer", list(PreferencesAnswer))
async def test_each_answer_is_kept_as_it_is(bench: Bench, answer: PreferencesAnswer) -> None:
    """A no is an answer too, and is not asked again."""
    charge = await a_smart_charge(bench)
    operator_of(bench).preferences_answers.append(answer)
    await wish(bench, charge)
    await bench.drain()
    bench.clock.advance(3600)
    await bench.run(Job.SEND_PREFERENCES)
    assert (await outcomes(bench), len(operator_of(bench).calls)) == ([answer.value], 1)


async def test_a_silent_operator_is_asked_again(bench: Bench) -> None:
    """After a pause that grows, until it answers; what went wrong is kept for staff."""
    charge = await a_smart_charge(bench)
    operator_of(bench).preferences_answers.extend([PartnerUnreachable("partner_unreachable")] * 2)
    await wish(bench, charge)
    await bench.run(Job.SEND_PREFERENCES)
    assert await bench.rows("SELECT outcome, attempts, trouble FROM charging_preferences") == [
        (None, 1, "partner_unreachable")
    ]
    await bench.run(Job.SEND_PREFERENCES)
    assert len(operator_of(bench).calls) == 1, "not before its time"
    for seconds in (10, 20):
        bench.clock.advance(seconds)
        await bench.run(Job.SEND_PREFERENCES)
    assert await bench.rows("SELECT outcome, attempts, trouble FROM charging_preferences") == [("accepted", 3, None)]


async def test_an_operator_that_stays_silent_is_given_up(bench: Bench) -> None:
    """The tries end, and the driver is told so."""
    charge = await a_smart_charge(bench)
    operator_of(bench).preferences_answers.extend([PartnerUnreachable("partner_unreachable")] * 99)
    await wish(bench, charge)
    for _ in range(20):
        await bench.run(Job.SEND_PREFERENCES)
        bench.clock.advance(600)
    assert (await outcomes(bench), len(operator_of(bench).calls)) == (["operator_unreachable"], MOST_ATTEMPTS)


def bad(http_status: int, ocpi_status: int | None) -> PartnerAnsweredBadly:
    """Return a bad answer."""
    return PartnerAnsweredBadly("bad", http_status=http_status, ocpi_status=ocpi_status, message="")


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (bad(404, 2001), "operator_refused"),
        (bad(200, 1000), "operator_refused"),
        (bad(400, None), "operator_refused"),
        (bad(200, 3000), None),
        (bad(200, 4002), None),
        (bad(500, None), None),
    ],
)
async def test_what_a_bad_answer_means(bench: Bench, error: AppError, outcome: str | None) -> None:
    """The operator's own no ends it; trouble on its side may pass."""
    charge = await a_smart_charge(bench)
    operator_of(bench).preferences_answers.append(error)
    await wish(bench, charge)
    await bench.run(Job.SEND_PREFERENCES)
    assert await outcomes(bench) == [outcome]


async def test_a_crash_after_the_call_leads_to_the_same_call_again(bench: Bench) -> None:
    """An answer that was not stored is asked for again: a wish may be repeated, and none is forgotten."""
    charge = await a_smart_charge(bench)
    row = await wish(bench, charge)
    operator_of(bench).preferences_answers.append(SimulatedCrash("call.performed"))
    with pytest.raises(SimulatedCrash):
        await send_preferences(work=bench.work, ports=bench.ports, preferences_id=row.id)
    await send_preferences(work=bench.work, ports=bench.ports, preferences_id=row.id)
    assert await bench.rows("SELECT outcome, attempts FROM charging_preferences") == [("accepted", 2)]
    await send_preferences(work=bench.work, ports=bench.ports, preferences_id=row.id)
    assert len(operator_of(bench).calls) == 2, "an answered wish is not sent again"


async def test_the_newest_wish_counts(bench: Bench) -> None:
    """One that is still on its way is dropped for it; the same again is the same wish."""
    charge = await a_smart_charge(bench)
    first = await wish(bench, charge)
    again = await wish(bench, charge)
    newer = replace(WISH, profile_type=ProfileType.FAST)
    await wish(bench, charge, newer)
    await bench.drain()
    assert again.id == first.id
    assert await outcomes(bench) == ["replaced", "accepted"]
    assert [call.arguments for call in operator_of(bench).calls] == [(newer,)]


async def test_nobody_wishes_of_somebody_elses_charge(bench: Bench) -> None:
    """For another driver the charge does not exist, neither to wish nor to look."""
    charge = await a_smart_charge(bench)
    with pytest.raises(UnknownCharge):
        await wish(bench, charge, driver_id="drv_2")
    async with bench.work() as db:
        with pytest.raises(UnknownCharge):
            await offered_preferences(db=db, ports=bench.ports, driver_id="drv_2", charging_session_id=charge.id)
    assert await outcomes(bench) == []


@pytest.mark.parametrize("status", [S.AWAITING_HOLD, S.START_ACCEPTED, S.STOP_REQUESTED, S.ENDED, S.SETTLED])
async def test_only_a_running_charge_takes_wishes(bench: Bench, status: ChargingStatus) -> None:
    """Before a session and after the stop there is nothing to steer."""
    charge = await a_smart_charge(bench, status)
    with pytest.raises(NotCharging):
        await wish(bench, charge)
    async with bench.work() as db:
        offer = await offered_preferences(db=db, ports=bench.ports, driver_id="drv_1", charging_session_id=charge.id)
    assert offer == (None, "not_charging")


async def test_a_charge_that_waits_for_cheap_energy_takes_wishes(bench: Bench) -> None:
    """A charger that pauses looks idle, and may be told that the driver leaves earlier."""
    charge = await a_smart_charge(bench, S.IDLE)
    await wish(bench, charge)
    await bench.run(Job.SEND_PREFERENCES)
    assert await outcomes(bench) == ["accepted"]


async def test_a_wish_that_comes_too_late_is_not_sent(bench: Bench) -> None:
    """The charge was stopped before its turn."""
    charge = await a_smart_charge(bench)
    await wish(bench, charge)
    await stop(bench, charge)
    await bench.run(Job.SEND_PREFERENCES)
    assert (await outcomes(bench), operator_of(bench).calls) == (["charge_over"], [])


async def test_a_wish_for_a_departed_partner_ends(bench: Bench) -> None:
    """A partner that was suspended meanwhile is not called, and the driver is told."""
    charge = await a_smart_charge(bench)
    await wish(bench, charge)
    await bench.rows("UPDATE partner SET status = 'suspended' RETURNING id")
    await bench.run(Job.SEND_PREFERENCES)
    assert (await outcomes(bench), operator_of(bench).calls) == (["operator_unreachable"], [])


async def test_who_leaves_in_the_past_is_told_so(bench: Bench) -> None:
    """A departure must be ahead."""
    charge = await a_smart_charge(bench)
    for late in (bench.clock.now(), bench.clock.now() - timedelta(days=1)):
        with pytest.raises(DeparturePassed):
            await wish(bench, charge, replace(WISH, departure_at=late))


async def reason_of(bench: Bench, charge: ChargingSession) -> str:
    """Return why a wish is not taken; the offer says the same."""
    with pytest.raises(PreferencesNotOffered) as refused:
        await wish(bench, charge)
    async with bench.work() as db:
        offer = await offered_preferences(db=db, ports=bench.ports, driver_id="drv_1", charging_session_id=charge.id)
    assert offer.obstacle == refused.value.facts["reason"]
    return str(offer.obstacle)


async def test_why_a_wish_cannot_be_passed_on(bench: Bench) -> None:
    """The charger, the version or the platform of its operator: each is a reason of its own, and nothing is stored."""
    plain = await a_charge(bench)
    assert await reason_of(bench, plain) == "charger"
    operator_of(bench).without_module = True
    assert await reason_of(bench, plain) == "operator_module"
    await bench.rows("UPDATE partner SET version = '2.1.1' RETURNING id")
    assert await reason_of(bench, plain) == "operator_version"
    await bench.rows("UPDATE partner SET status = 'suspended' RETURNING id")
    assert await reason_of(bench, plain) == "operator"
    assert await outcomes(bench) == []
