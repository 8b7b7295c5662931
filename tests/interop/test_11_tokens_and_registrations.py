"""Behavior 11: tokens turn while requests are on their way, and handshakes break off in the middle.

A token dies only when its successor is safely in the other's hands; a registration is whole or was never there.
"""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette

from api.ports.roaming import RegistrationFailed
from api.services.deferral import Job
from api.services.roaming.partners import PartnerStatus
from api.services.roaming.register import TOKEN_OVERLAP
from sandbox.cpo.envelope import OcpiProblem
from tests.interop.stage import PAID_IN_FULL, VERSIONS, Stage, a_stage


@pytest.fixture(params=VERSIONS)
async def strangers(engine: AsyncEngine, request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """Yield an installation and an operator who do not know each other, once in each version."""
    async for stage in a_stage(engine, request.param):
        yield stage


async def says_something(stage: Stage, token: str) -> int:
    """Let the operator push a session under a token; return the HTTP status."""
    [peer] = {id(each): each for each in stage.world.peers.values()}.values()
    held, peer.their_token = peer.their_token, token
    try:
        return (await stage.says("GET", "sessions/DE/VCP/NOBODYS")).status_code
    finally:
        peer.their_token = held


async def test_tokens_turn_while_a_car_charges(strangers: Stage) -> None:
    """Until the overlap is over the old token opens what the new one does; afterwards it is 401. No push is lost."""
    await strangers.invite()
    charge = await strangers.taps()
    await strangers.passes(minutes=10)
    [peer] = strangers.world.peers.values()
    old = peer.their_token

    await strangers.hand("rotate")

    assert await says_something(strangers, old) == 404  # let in, and no such session
    assert await says_something(strangers, peer.their_token) == 404
    await strangers.passes(seconds=TOKEN_OVERLAP.total_seconds() + 1)
    assert await says_something(strangers, old) == 401
    await strangers.passes(hours=2)
    assert await strangers.now(charge) == PAID_IN_FULL


async def test_an_operator_that_keeps_its_registration_token_is_kept_out(strangers: Stage) -> None:
    """The one-time token opens nothing once it has done its work; what could not be told is pulled."""
    await strangers.hand("faults", {"name": "keeps_token_a"})
    await strangers.invite()

    [peer] = strangers.world.peers.values()

    assert await says_something(strangers, peer.their_token) == 401
    partner = await strangers.partner()
    assert partner.status == PartnerStatus.CONNECTED
    charge = await strangers.taps()
    await strangers.passes(hours=2)
    await strangers.pulls(Job.PULL_SESSIONS, Job.PULL_CDRS)  # as every night
    assert {each["http_status"] for each in strangers.sent("session") + strangers.sent("cdr")} == {401}
    assert await strangers.now(charge) == PAID_IN_FULL


@pytest.mark.parametrize("fault", ["raw_token", "newline_token"])
async def test_tokens_are_understood_however_they_are_written(strangers: Stage, fault: str) -> None:
    """As they stand, in base64, or with a line end in it: a car charges and is billed."""
    await strangers.fault(fault)
    await strangers.invite()
    charge = await strangers.taps()

    await strangers.passes(hours=2)

    assert await strangers.now(charge) == PAID_IN_FULL


async def test_a_second_post_is_405(strangers: Stage) -> None:
    """Who is registered renews with PUT; the registration stands as it was."""
    await strangers.invite()
    before = (await strangers.partner()).our_token_hash

    answer = await strangers.says("POST", "credentials", {})

    assert answer.status_code == 405
    assert (await strangers.partner()).our_token_hash == before


async def test_a_refused_handshake_leaves_nothing_behind(strangers: Stage) -> None:
    """The operator read our versions and then said 3001: no half-made partner is left, and the next try works."""
    await strangers.fault("handshake_refused", times=1)

    with pytest.raises(RegistrationFailed):
        await strangers.register()

    assert await strangers.rows("SELECT 1 FROM partner") == []
    await strangers.register()
    assert (await strangers.partner()).status == PartnerStatus.CONNECTED


async def test_a_lost_answer_leaves_no_open_door(strangers: Stage) -> None:
    """The operator thinks we are registered, we do not: what it was told opens nothing here."""
    await strangers.fault("handshake_lost", times=1)

    with pytest.raises(RegistrationFailed):
        await strangers.register()

    assert await strangers.rows("SELECT 1 FROM partner") == []
    [peer] = strangers.world.peers.values()
    assert await says_something(strangers, peer.their_token) == 401


async def test_an_operator_that_cannot_be_used_keeps_its_one_time_token(strangers: Stage) -> None:
    """We could not read its versions: 3001, nothing is stored, and the same token works once it is mended."""
    token = await strangers.invitation()
    strangers.transport.app = Starlette()  # every address is unknown

    with pytest.raises(OcpiProblem):
        await strangers.invite(token)

    assert [row.status for row in await strangers.rows("SELECT status FROM partner")] == [PartnerStatus.INVITED]
    assert strangers.world.peers == {}
    await strangers.transport.aclose()
    strangers.transport.app = strangers.operator
    await strangers.invite(token)
    assert (await strangers.partner()).status == PartnerStatus.CONNECTED
