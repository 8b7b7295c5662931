"""The receiver of ClientInfo, and results at the short address of 2.3.0."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from api.domain.charging.state import ChargingState, ChargingStatus, HoldStatus
from api.domain.ids import PartyId
from api.domain.money import Money
from api.domain.roaming.partner import MarketRole, PartyRole
from api.models.roaming import CommandRow
from api.services.charging.stored_state import state_document
from api.services.roaming.commands import START, plan_command
from api.services.roaming.documents import write_roles
from tests.api.routes.ocpi.conftest import E, World
from tests.api.routes.ocpi.payloads import session_body
from tests.api.services.roaming.builders import a_charge, a_partner, partner_of
from tests.fakes import START as NOW

_STATE = replace(ChargingState.new(Money(5000, "EUR")), status=ChargingStatus.STARTING, hold=HoldStatus.PLACED)
_STARTING: dict[str, Any] = {"status": _STATE.status, "hold_status": _STATE.hold, "state": state_document(_STATE)}
PARTY = f"{E}/hubclientinfo/FR/OTH"
INFO = {"country_code": "FR", "party_id": "OTH", "role": "CPO", "status": "CONNECTED"}


@pytest.fixture
async def hub(world: World) -> httpx.AsyncClient:
    """Return a client of a connected hub."""
    roles = [PartyRole(MarketRole.HUB, PartyId("NL", "HUB"), "A hub")]
    async with world.work() as db:
        await a_partner(db, partner_id="prt_2", token="hub-token", roles=write_roles(roles))
    return world.client("hub-token")


async def test_a_hub_tells_and_asks(hub: httpx.AsyncClient) -> None:
    """What it put is shown; before that the party is unknown; a moment that it left out is ours."""
    async with hub:
        assert (await hub.get(PARTY)).status_code == 404
        assert (await hub.put(PARTY, json=INFO)).json()["status_code"] == 1000
        shown = (await hub.get(PARTY.lower())).json()["data"]
    assert shown == INFO | {"last_updated": "2026-03-02T09:00:00Z"}


async def test_objects_of_a_party_are_taken_once_the_hub_told_of_it(hub: httpx.AsyncClient) -> None:
    """Before it is a foreign owner (404), whatever the connection."""
    session = f"{E}/sessions/FR/OTH/SES1"
    body = session_body() | {"country_code": "FR", "party_id": "OTH"}
    async with hub:
        assert (await hub.put(session, json=body)).status_code == 404
        await hub.put(PARTY, json=INFO)
        assert (await hub.put(session, json=body)).json()["status_code"] == 1000


async def test_only_a_hub_may_tell_of_others(client: httpx.AsyncClient) -> None:
    """An operator cannot make itself the owner of another's objects."""
    assert (await client.put(PARTY, json=INFO)).status_code == 404
    assert (await client.put(f"{E}/sessions/FR/OTH/SES1", json=session_body())).status_code == 404


@pytest.mark.parametrize("body", [{}, INFO | {"party_id": "XXX"}, INFO | {"status": None}, []])
async def test_nonsense_is_2001(hub: httpx.AsyncClient, body: object) -> None:
    """Missing fields and another party than the address names."""
    async with hub:
        answer = await hub.put(PARTY, json=body)
    assert (answer.status_code, answer.json()["status_code"]) == (200, 2001)


async def test_a_result_is_taken_at_the_short_address_too(world: World, client: httpx.AsyncClient) -> None:
    """2.3.0 lists ``/commands/{uid}``; the secret alone finds the command, and a guessed one is unknown."""
    async with world.work() as db:
        charge = await a_charge(db, await partner_of(db), **_STARTING)
        command, url = await plan_command(db=db, ports=world.ports, now=NOW, kind=START, charge=charge)
    secret = url.rsplit("/", 1)[-1]
    for guessed in (secret[:-1], "START_SESSION"):
        assert (await client.post(f"{E}/commands/{guessed}", json={"result": "ACCEPTED"})).status_code == 404
    await client.post(f"{E}/commands/{secret}", json={"result": "ACCEPTED"})
    async with world.work() as db:
        assert (await db.get_one(CommandRow, command.id)).result == "accepted"
