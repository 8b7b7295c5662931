"""What partners say that nobody could mean, or say twice, or too early: nothing of it loses a bill or leaves a hold."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from api.domain.charging.state import ChargingStatus
from api.domain.roaming.session import Session, SessionStatus
from api.domain.roaming.token import CdrToken, TokenType
from clients.ocpi.fields import Instant, read_as
from tests.bench import Bench
from tests.builders import a_cdr, a_session, after, push_cdr, push_session
from tests.charges import a_charge

S = ChargingStatus
HUBS = CdrToken("HUB-77", TokenType.OTHER, "de-chh-DRV_1")
UNSET = read_as(Instant, "0001-01-01T00:00:00Z").value
NEVER = read_as(Instant, "9999-12-31T23:59:59.999Z").value
BILLED = (S.SETTLED, S.NEEDS_FINANCE)


def over(session: Session) -> Session:
    """Return a session of an hour and 20 kWh that is over."""
    return replace(session, kwh=Decimal(20), status=SessionStatus.COMPLETED, ended_at=after(60), last_updated=after(60))


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
