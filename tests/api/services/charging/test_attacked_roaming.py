"""What partners say that nobody could mean, or say twice, or too early: nothing of it loses a bill or leaves a hold."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from api.domain.charging.state import ChargingStatus, HoldStatus
from api.domain.roaming.session import Session, SessionStatus
from api.domain.roaming.token import CdrToken, TokenType
from clients.ocpi.fields import Instant, read_as
from tests.bench import Bench
from tests.builders import a_cdr, a_session, after, push_cdr, push_session
from tests.charges import a_charge, stop

S = ChargingStatus
HUBS = CdrToken("HUB-77", TokenType.OTHER, "de-chh-DRV_1")
UNSET = read_as(Instant, "0001-01-01T00:00:00Z").value
NEVER = read_as(Instant, "9999-12-31T23:59:59.999Z").value
BILLED = (S.SETTLED, S.NEEDS_FINANCE)


def over(session: Session) -> Session:
    """Return a session of an hour and 20 kWh that is over."""
    return replace(session, kwh=Decimal(20), status=SessionStatus.COMPLETED, ended_at=after(60), last_updated=after(60))


def stopped(bench: Bench) -> list[str]:
    """Return the ids of the sessions that partners were asked to stop."""
    return [str(getattr(call.arguments[0], "session_id", "")) for call in bench.roaming.calls_of("send_stop")]


@pytest.mark.parametrize(
    "told",
    [
        {"starts_at": UNSET},
        {"ended_at": NEVER},
        {"starts_at": UNSET, "ended_at": UNSET},
        {"starts_at": NEVER, "ended_at": NEVER},
    ],
)
@pytest.mark.parametrize("seen", [False, True])
async def test_a_bill_with_an_unset_date_is_billed_or_told(bench: Bench, told: dict[str, Any], *, seen: bool) -> None:
    """The first or last moment there is, as some systems write a date that was never set, stops no settlement."""
    charge = await a_charge(bench, S.CHARGING if seen else S.START_ACCEPTED)
    if seen:
        await push_session(bench, over(a_session(charge)))

    await push_cdr(bench, a_cdr(charge, **told))
    await push_cdr(bench, a_cdr(charge, id="OTHER", session_id=None, cdr_token=HUBS, **told))
    await bench.drain()

    assert (await bench.charge(charge)).status in BILLED


@pytest.mark.parametrize("told", [{"starts_at": UNSET}, {"starts_at": NEVER}, {"last_updated": NEVER}])
@pytest.mark.parametrize("status", [SessionStatus.ACTIVE, SessionStatus.COMPLETED])
@pytest.mark.parametrize("token", [{}, {"cdr_token": HUBS, "authorization_reference": None}])
async def test_a_session_with_an_unset_date_is_taken(
    bench: Bench, told: dict[str, Any], status: SessionStatus, token: dict[str, Any]
) -> None:
    """It is kept whoever it belongs to, and the bill after it is settled or told to finance."""
    charge = await a_charge(bench, S.START_ACCEPTED)

    await push_session(bench, a_session(charge, status=status, ended_at=NEVER, **told, **token))
    await push_cdr(bench, a_cdr(charge))
    await bench.drain()

    assert (await bench.charge(charge)).status in BILLED


async def test_a_session_taken_back_after_its_bill_came_releases_no_hold(bench: Bench) -> None:
    """The bill is on disk and waits for its turn: what it asks for is taken from the hold, not left as a debt."""
    charge = await a_charge(bench, S.CHARGING)
    await push_session(bench, over(a_session(charge)))
    await push_cdr(bench, a_cdr(charge))

    await push_session(bench, replace(over(a_session(charge)), status=SessionStatus.INVALID, last_updated=after(62)))
    await bench.drain()

    assert (await bench.charge(charge)).status == S.SETTLED
    assert (await bench.hold(charge)).status == HoldStatus.CAPTURED


async def test_a_session_that_begins_after_the_charge_was_over_is_stopped_and_told(bench: Bench) -> None:
    """A charger that begins anew costs money that nobody watches: it is stopped, and finance knows."""
    charge = await a_charge(bench, S.CHARGING)
    await push_session(bench, over(a_session(charge)))
    await push_cdr(bench, a_cdr(charge))
    await bench.drain()
    assert (await bench.charge(charge)).status == S.SETTLED

    await push_session(bench, a_session(charge, id="SES2", starts_at=after(70), last_updated=after(71)))
    await bench.drain()

    assert stopped(bench) == ["SES2"]


@pytest.mark.parametrize("other", [SessionStatus.COMPLETED, SessionStatus.PENDING, SessionStatus.RESERVATION])
async def test_a_stop_goes_to_the_session_in_which_energy_flows(bench: Bench, other: SessionStatus) -> None:
    """A charger that made several sessions is asked to stop the running one, however the others are dated."""
    charge = await a_charge(bench, S.CHARGING)
    await push_session(
        bench,
        a_session(
            charge,
            id="SES0",
            status=other,
            kwh=Decimal(0),
            charging_periods=(),
            starts_at=after(-5),
            last_updated=after(9),
        ),
    )
    await stop(bench, charge)
    await bench.drain()
    assert stopped(bench) == ["SES1"]


async def test_a_stray_bill_that_is_told_again_is_looked_at_again(bench: Bench) -> None:
    """Bill and session that were stored at the same instant do not see each other: the next pull mends it."""
    charge = await a_charge(bench, S.CHARGING)
    await push_session(bench, over(a_session(charge)))
    bill = a_cdr(charge, cdr_token=replace(HUBS, contract_id=""))
    await push_cdr(bench, bill)
    assert (await bench.value("UPDATE cdr SET charging_session_id = NULL RETURNING id")) == bill.id
    await bench.rows("DELETE FROM procrastinate_jobs RETURNING id")
    await push_cdr(bench, bill)
    await bench.drain()
    assert (await bench.charge(charge)).status == S.SETTLED


async def test_a_bill_names_its_session_in_any_letters(bench: Bench) -> None:
    """Session and credited bill are found by their ids whatever letters those have; the credit is taken home."""
    charge = await a_charge(bench, S.START_ACCEPTED)
    token = replace(HUBS, contract_id="")

    await push_cdr(
        bench, a_cdr(charge, cost="-7.80", id="C2", session_id=None, credit=True, credit_reference_id="cdr-é")
    )
    await bench.value("UPDATE cdr SET charging_session_id = NULL RETURNING id")
    await push_cdr(bench, a_cdr(charge, id="cdr-é", session_id="SÉance-ß", cdr_token=token))
    await push_session(bench, over(a_session(charge, id="SÉance-ß")))
    await bench.drain()

    stored = await bench.charge(charge)
    assert (stored.status, stored.owed_minor) == (S.SETTLED, 0)
