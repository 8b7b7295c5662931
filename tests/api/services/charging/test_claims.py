"""Whose a session or CDR is when its token does not say (behavior 9), and quarantine that ends (behaviors 1 and 7)."""

from dataclasses import replace
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from api.domain.charging.state import ChargingStatus
from api.domain.pricing.periods import ChargingPeriod
from api.domain.roaming.cdr import Cdr
from api.domain.roaming.session import Session, SessionStatus
from api.domain.roaming.token import CdrToken, TokenType
from api.services.charging.pull import pull_sessions
from api.services.deferral import Job
from tests.api.services.charging.test_pull import pulled
from tests.bench import Bench
from tests.builders import a_cdr, a_period, a_session, after, push_cdr, push_session
from tests.charges import a_charge

S = ChargingStatus
HUBS = CdrToken("HUB-77", TokenType.OTHER, "de-chh-DRV_1")
"""What a hub put in place of our token; the contract is our driver's."""
STRANGER = CdrToken("04AABBCC", TokenType.RFID, "NL-XYZ-C1")


async def stray(bench: Bench) -> int:
    """Return how many open findings there are about what matches no charge."""
    reasons = "reason IN ('session_of_no_charge', 'cdr_without_charge')"
    return int(await bench.value(f"SELECT count(*) FROM mismatch WHERE resolved_at IS NULL AND {reasons}"))  # noqa: S608 - our own words


def over(session: Session) -> Session:
    """Return a session of an hour and 20 kWh that is over."""
    return replace(session, kwh=Decimal(20), status=SessionStatus.COMPLETED, ended_at=after(60), last_updated=after(60))


async def test_behavior_9_a_session_under_a_hubs_token_is_its_drivers_only_charge_there(bench: Bench) -> None:
    """Same EVSE, same time, same contract and no other choice: the session is the charge's, and so is its bill."""
    charge = await a_charge(bench, S.START_ACCEPTED)
    session = a_session(charge, cdr_token=HUBS, authorization_reference=None)

    await push_session(bench, session)
    assert (await bench.charge(charge)).status == S.CHARGING
    await push_session(bench, over(session))
    await push_cdr(bench, a_cdr(charge, cdr_token=HUBS))
    await bench.drain()

    assert (await bench.charge(charge)).status == S.SETTLED
    assert await stray(bench) == 0


@pytest.mark.parametrize(
    "told",
    [
        {"cdr_token": STRANGER},
        {"cdr_token": HUBS, "evse_uid": "EVSE2"},
        {"cdr_token": HUBS, "location_id": "LOC2"},
        {"cdr_token": HUBS, "evse_uid": "E" * 300},
        {"cdr_token": HUBS, "starts_at": after(-90), "last_updated": after(-60)},
    ],
)
async def test_behavior_9_nothing_is_billed_to_a_guess(bench: Bench, told: dict[str, object]) -> None:
    """Another contract, another place or another time: stored, told to finance, and no charge moves."""
    charge = await a_charge(bench, S.START_ACCEPTED)

    await push_session(bench, a_session(charge, authorization_reference=None, **told))

    assert (await bench.charge(charge)).status == S.START_ACCEPTED
    assert await stray(bench) == 1


async def test_behavior_9_a_charge_that_has_its_session_gets_no_other_by_guess(bench: Bench) -> None:
    """The driver's card at the same post is another session than the one that the app started."""
    charge = await a_charge(bench, S.CHARGING)

    await push_session(bench, a_session(charge, id="SES2", cdr_token=HUBS, authorization_reference=None))

    assert (await bench.charge(charge)).partner_session_key == "prt_1/DE/CPO/SES1"
    assert await stray(bench) == 1


async def test_behavior_9_a_bill_without_any_name_is_that_of_the_only_session_it_can_be_of(bench: Bench) -> None:
    """A CDR of 2.1.1 names no session; place, time and energy leave one, and a second bill is not guessed."""
    charge = await a_charge(bench, S.CHARGING)
    await push_session(bench, over(a_session(charge)))

    await push_cdr(bench, a_cdr(charge, session_id=None, cdr_token=HUBS))
    await push_cdr(bench, a_cdr(charge, id="CDR2", session_id=None, cdr_token=HUBS))
    await bench.drain()

    assert (await bench.charge(charge)).status == S.SETTLED
    assert await stray(bench) == 1


@pytest.mark.parametrize(
    "told",
    [
        {"starts_at": after(58), "ended_at": after(120)},
        {"starts_at": after(-60), "ended_at": after(2)},
        {"total_energy_kwh": Decimal(3)},
        {"cdr_token": STRANGER},
        {"session_id": "SES9", "starts_at": after(300), "ended_at": after(320)},
    ],
)
async def test_behavior_9_a_bill_of_the_neighbor_before_or_after_is_nobodys(bench: Bench, told: dict[str, Any]) -> None:
    """Minutes shared by clocks that differ, less energy than flowed, or another's contract are no proof."""
    charge = await a_charge(bench, S.CHARGING)
    await push_session(bench, over(a_session(charge)))

    await push_cdr(bench, a_cdr(charge, **({"session_id": None, "cdr_token": HUBS} | told)))

    assert await stray(bench) == 1


async def test_behavior_1_session_and_bill_before_our_start_was_answered(bench: Bench) -> None:
    """The charge and its token are on disk before the start is sent, so what overtakes the answer is known at once."""
    charge = await a_charge(bench, S.STARTING)

    await push_session(bench, a_session(charge))
    assert (await bench.charge(charge)).status == S.CHARGING
    await bench.run(Job.SEND_START)
    assert (await bench.charge(charge)).status == S.CHARGING
    await push_session(bench, over(a_session(charge)))
    await push_cdr(bench, a_cdr(charge))
    await bench.drain()

    assert (await bench.charge(charge)).status == S.SETTLED
    assert await stray(bench) == 0


async def test_a_bill_that_names_a_stray_session_brings_it_home(bench: Bench) -> None:
    """The CDR has our token, the session had not: both are the charge's, and the session's end is taken in."""
    charge = await a_charge(bench, S.START_ACCEPTED)
    await push_session(bench, over(a_session(charge, cdr_token=STRANGER, authorization_reference=None)))
    assert await stray(bench) == 1

    await push_cdr(bench, a_cdr(charge))
    await bench.drain()

    stored = await bench.charge(charge)
    assert (stored.status, stored.partner_session_key) == (S.SETTLED, "prt_1/DE/CPO/SES1")
    assert await stray(bench) == 0


async def test_behavior_7_bill_credit_and_replacement_before_the_session_in_every_order(bench: Bench) -> None:
    """None of them has our token: they wait in quarantine until their session comes, and the net counts."""
    ends = set()
    for number, order in enumerate(permutations(["CDR1", "CREDIT", "CDR2", "SES1"])):
        charge = await a_charge(bench, S.START_ACCEPTED, driver_id=f"drv_{number}")
        messages: dict[str, Session | Cdr] = {
            "SES1": over(a_session(charge)),
            "CDR1": a_cdr(charge, cdr_token=STRANGER),
            "CREDIT": a_cdr(
                charge, id="CREDIT", cost="-7.80", cdr_token=STRANGER, session_id=None, credit=True,
                credit_reference_id="cdr1",
            ),
            "CDR2": a_cdr(charge, id="CDR2", cost="7.02", cdr_token=STRANGER),
        }  # fmt: skip
        for name in order:
            message = messages[name]
            await (push_cdr(bench, message) if isinstance(message, Cdr) else push_session(bench, message))
        await bench.drain()
        stored, hold = await bench.charge(charge), await bench.hold(charge)
        ends.add((stored.status, stored.owed_minor, hold.captured_minor, await stray(bench)))
        await bench.rows("UPDATE cdr SET key = key || random() RETURNING key")
        await bench.rows("UPDATE partner_session SET key = key || random() RETURNING key")

    assert ends == {(S.SETTLED, 835, 835, 0)}


async def test_behavior_13_a_session_that_begins_in_the_future_does_no_harm(bench: Bench) -> None:
    """A clock ten minutes ahead: the cost runs, the charge ends, and it is billed as any other."""
    charge = await a_charge(bench, S.START_ACCEPTED)
    ahead = a_session(charge, starts_at=after(10), last_updated=after(11), charging_periods=())

    await push_session(bench, ahead)
    stored = await bench.charge(charge)
    assert stored.status == S.CHARGING
    assert stored.running is not None
    assert stored.running["total_minor"] > 0
    await push_session(bench, replace(ahead, kwh=Decimal(10), last_updated=after(30)))
    running = (await bench.charge(charge)).running
    assert running is not None
    assert running["total_minor"] > stored.running["total_minor"]
    await push_session(bench, over(ahead))
    await push_cdr(bench, a_cdr(charge))
    await bench.drain()

    assert (await bench.charge(charge)).status == S.SETTLED


async def test_behavior_13_empty_and_inverted_periods_do_no_harm(bench: Bench) -> None:
    """Periods of no length, out of order, and an end before the start: taken, and the bill decides."""
    charge = await a_charge(bench, S.START_ACCEPTED)
    periods: tuple[ChargingPeriod, ...] = (
        a_period(20, kwh="1"),
        a_period(0, kwh="0.5"),
        a_period(0, idle="0"),
        a_period(30),
    )
    await push_session(bench, a_session(charge, charging_periods=periods))
    await push_session(bench, replace(over(a_session(charge, charging_periods=periods)), ended_at=after(-5)))
    assert (await bench.charge(charge)).status == S.ENDED

    await push_cdr(bench, a_cdr(charge, charging_periods=(a_period(60, kwh="20"), a_period(0), a_period(0))))
    await bench.drain()

    assert (await bench.charge(charge)).status in {S.SETTLED, S.NEEDS_FINANCE}


async def test_a_pulled_session_is_on_file_as_pulled(bench: Bench) -> None:
    """How a message came is part of the record."""
    charge = await a_charge(bench, S.START_ACCEPTED)
    bench.roaming.sessions = [pulled(a_session(charge), '{"pulled": 1.0}')]

    await pull_sessions(work=bench.work, ports=bench.ports, partner_id="prt_1")

    rows = await bench.rows("SELECT how, version, raw, refusal FROM partner_message")
    assert [tuple(row) for row in rows] == [("pull", "2.2.1", '{"pulled": 1.0}', None)]
