"""What chargers make of our profiles, through HTTP: bound to partner and request, never a bare error."""

from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from api.domain.ids import PartyId
from api.domain.roaming.smart import ProfilePeriod, RateUnit, profile_of
from api.services.charging.profiles import request_profile
from api.services.roaming.sessions import store_session
from tests.api.routes.ocpi.conftest import E, World
from tests.api.services.roaming.builders import a_charge, a_partner, a_session, partner_of
from tests.fakes import FakeSmartCharging

PLAN: dict[str, Any] = {
    "start_date_time": "2026-03-02T09:20:00Z",
    "charging_profile": {"charging_rate_unit": "W", "charging_profile_period": [{"start_period": 0, "limit": 3700.5}]},
}


@pytest.fixture
async def secret(world: World) -> str:
    """Return the secret of a profile that was set on a running charge of the partner."""
    async with world.work() as db:
        partner = await partner_of(db)
        await a_charge(db, partner, status="charging")
        now = world.clock.now()
        await store_session(db=db, ports=world.ports, now=now, partner=partner, session=a_session(), raw="{}")
    limits = profile_of(RateUnit.WATT, [ProfilePeriod(0, Decimal(11000))])
    await request_profile(work=world.work, ports=world.ports, charging_session_id="chs_1", by="kim", profile=limits)
    assert isinstance(world.ports.smart_charging, FakeSmartCharging)
    return str(world.ports.smart_charging.calls[-1].arguments[-1]).rsplit("/", 1)[-1]


async def stored(world: World, query: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    async with world.work() as db:
        return [tuple(row) for row in await (await db.connection()).execute(text(query))]


RESULT = "SELECT result FROM charging_profile_request"
ACTIVE = "SELECT profile->'periods' FROM active_charging_profile"


@pytest.mark.parametrize("path", ["chargingprofiles/result/{}", "chargingprofiles/{}"])
async def test_a_result_finds_its_request(world: World, client: httpx.AsyncClient, secret: str, path: str) -> None:
    """At the path of either official document, again and again: the first word counts."""
    for word in ("ACCEPTED", "REJECTED"):
        answer = await client.post(f"{E}/{path.format(secret)}", json={"result": word})
        assert (answer.status_code, answer.json()["status_code"]) == (200, 1000)
        assert "data" not in answer.json()
    assert await stored(world, RESULT) == [("accepted",)]


async def test_a_result_may_bring_the_plan(world: World, client: httpx.AsyncClient, secret: str) -> None:
    """Its limits are kept to the last digit."""
    await client.post(f"{E}/chargingprofiles/result/{secret}", json={"result": "ACCEPTED", "profile": PLAN})
    assert await stored(world, ACTIVE) == [([[0, "3700.5"]],)]


async def test_a_plan_is_pushed(world: World, client: httpx.AsyncClient, secret: str) -> None:
    """Under the partner's own id of its session; another id is 404 and 2003."""
    answer = await client.put(f"{E}/chargingprofiles/SES1", json=PLAN)
    assert (answer.status_code, answer.json()["status_code"]) == (200, 1000)
    assert await stored(world, ACTIVE) == [([[0, "3700.5"]],)]
    unknown = await client.put(f"{E}/chargingprofiles/SES2", json=PLAN)
    assert (unknown.status_code, unknown.json()["status_code"]) == (404, 2003)


async def test_another_partner_finds_nothing(world: World, secret: str) -> None:
    """Neither with the secret nor with the id of the session."""
    async with world.work() as db:
        await a_partner(db, partner_id="prt_2", token="another-token", party=PartyId("DE", "TWO"))
    async with world.client("another-token") as other:
        answers = [
            await other.post(f"{E}/chargingprofiles/result/{secret}", json={"result": "ACCEPTED"}),
            await other.put(f"{E}/chargingprofiles/SES1", json=PLAN),
        ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert (await stored(world, RESULT), await stored(world, ACTIVE)) == ([(None,)], [])


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"result": "PERHAPS"}', b'{"result": null}', b"null"])
async def test_nonsense_is_said_to_be_that(client: httpx.AsyncClient, secret: str, body: bytes) -> None:
    """JSON that is none is 400, anything else 2001; neither is a bare error of a framework."""
    answer = await client.post(f"{E}/chargingprofiles/result/{secret}", content=body)
    assert (answer.status_code, answer.json()["status_code"]) == (400 if body == b"{" else 200, 2001)
    pushed = await client.put(f"{E}/chargingprofiles/SES1", content=body)
    assert pushed.json()["status_code"] == 2001
