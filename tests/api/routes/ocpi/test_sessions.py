"""The receiver of sessions, whole: HTTP in, charge behind it out."""

import itertools
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import text
from sqlmodel import select

from api.domain.ids import PartyId
from api.models.roaming import PartnerSessionRow
from clients.ocpi.dialect import SUPPORTED
from tests.api.routes.ocpi.conftest import E, World
from tests.api.routes.ocpi.payloads import session_body
from tests.api.routes.ocpi.test_old_partners import as_json
from tests.api.services.roaming.builders import a_partner
from tests.clients.ocpi.v2_1_1.samples import a_session

SESSION = f"{E}/sessions/DE/CPO/SES1"


async def rows(world: World) -> list[PartnerSessionRow]:
    """Return all stored sessions."""
    async with world.work() as db:
        return list((await db.exec(select(PartnerSessionRow))).all())


async def test_put_patch_get(client: httpx.AsyncClient) -> None:
    """A session is put, patched and shown as merged; periods are appended."""
    assert (await client.put(SESSION, json=session_body())).json()["status_code"] == 1000
    period = {
        "start_date_time": "2026-03-02T09:15:00Z",
        "dimensions": [{"type": "PARKING_TIME", "volume": 0.25}],
    }
    change = {"kwh": 4.25, "charging_periods": [period], "last_updated": "2026-03-02T09:15:00Z"}
    assert (await client.patch(SESSION, json=change)).json()["status_code"] == 1000
    shown = (await client.get(SESSION)).json()["data"]
    expected = session_body(kwh=4.25, last_updated="2026-03-02T09:15:00Z")
    expected["charging_periods"].append(period)
    assert shown == expected


async def test_an_unknown_session_is_404_with_2003_and_fetched(world: World, client: httpx.AsyncClient) -> None:
    """PATCH before PUT: the partner is told, and its sessions are asked for once, however often it repeats itself."""
    for _ in range(3):
        answer = await client.patch(SESSION, json={"kwh": 2, "last_updated": "2026-03-02T09:02:00Z"})
        assert (answer.status_code, answer.json()["status_code"]) == (404, 2003)
    assert (await client.get(SESSION)).status_code == 404
    async with world.work() as db:
        connection = await db.connection()
        jobs = (await connection.execute(text("SELECT task_name, args FROM procrastinate_jobs"))).all()
    assert [tuple(job) for job in jobs] == [("pull_sessions", {"partner_id": "prt_1"})]


@pytest.mark.parametrize(
    "change",
    [
        {"kwh": 2},
        {"kwh": None, "last_updated": "2026-03-02T09:02:00Z"},
        {"status": None, "last_updated": "2026-03-02T09:02:00Z"},
        {"id": "OTHER", "last_updated": "2026-03-02T09:02:00Z"},
        {"kwh": 2, "last_updated": None},
    ],
)
async def test_a_patch_that_makes_no_sense_is_2001(client: httpx.AsyncClient, change: dict[str, object]) -> None:
    """No last_updated, null on a required field, another id: 200 with 2001, and nothing changes."""
    await client.put(SESSION, json=session_body())
    answer = await client.patch(SESSION, json=change)
    assert (answer.status_code, answer.json()["status_code"]) == (200, 2001)
    assert (await client.get(SESSION)).json()["data"]["kwh"] == 1.5


async def test_an_older_message_is_answered_1000_and_dropped(client: httpx.AsyncClient) -> None:
    """A late delivery is no fault of the partner's."""
    await client.put(SESSION, json=session_body(last_updated="2026-03-02T09:30:00Z", kwh=9))
    late_put = await client.put(SESSION, json=session_body())
    late_patch = await client.patch(SESSION, json={"kwh": 1, "last_updated": "2026-03-02T09:10:00Z"})
    assert (late_put.json()["status_code"], late_patch.json()["status_code"]) == (1000, 1000)
    assert (await client.get(SESSION)).json()["data"]["kwh"] == 9


async def test_any_order_of_puts_and_repetitions_ends_at_the_newest(client: httpx.AsyncClient) -> None:
    """Four messages in all 24 orders, each twice, end at the newest (S12)."""
    messages = [
        session_body(kwh=n, last_updated=f"2026-03-02T09:0{n}:00Z", status="COMPLETED" if n == 4 else "ACTIVE")
        for n in range(1, 5)
    ]
    for number, order in enumerate(itertools.permutations(messages)):
        url = f"{E}/sessions/DE/CPO/S{number}"
        for message in (*order, *order):
            assert (await client.put(url, json=message | {"id": f"S{number}"})).json()["status_code"] == 1000
        shown = (await client.get(url)).json()["data"]
        assert (shown["kwh"], shown["status"]) == (4, "COMPLETED")


@pytest.mark.parametrize("owner", ["DE/OTH", "NL/CPO"])
@pytest.mark.parametrize("method", ["PUT", "PATCH", "GET"])
async def test_a_foreign_owner_is_unknown(world: World, client: httpx.AsyncClient, owner: str, method: str) -> None:
    """A partner neither writes nor reads under a party that is not its own, even one that another partner has (X5)."""
    async with world.work() as db:
        await a_partner(db, partner_id="prt_2", token="other", party=PartyId("DE", "OTH"))
    country, party = owner.split("/")
    body = session_body(country_code=country, party_id=party)
    answer = await client.request(method, f"{E}/sessions/{owner}/SES1", json=body)
    assert (answer.status_code, answer.json()["status_code"]) == (404, 2003)
    assert await rows(world) == []


async def test_the_owner_is_compared_without_case(client: httpx.AsyncClient) -> None:
    """``de/cpo`` is ``DE/CPO``, in the URL and in the body."""
    answer = await client.put(f"{E}/sessions/de/cpo/ses1", json=session_body())
    assert answer.json()["status_code"] == 1000
    assert (await client.get(SESSION)).json()["data"]["id"] == "SES1"


@pytest.mark.parametrize("other", [{"id": "SES2"}, {"party_id": "OTH"}, {"country_code": "NL"}])
async def test_url_and_body_must_speak_of_the_same_session(
    world: World, client: httpx.AsyncClient, other: dict[str, str]
) -> None:
    """A body with another id or owner than the URL is 2001 and stored nowhere."""
    answer = await client.put(SESSION, json=session_body(**other))
    assert (answer.status_code, answer.json()["status_code"]) == (200, 2001)
    assert await rows(world) == []


async def test_an_endless_id_is_2001(client: httpx.AsyncClient) -> None:
    """An id that no index holds is refused, not an error of ours."""
    long = "S" * 3000
    answer = await client.put(f"{E}/sessions/DE/CPO/{long}", json=session_body(id=long))
    assert (answer.status_code, answer.json()["status_code"]) == (200, 2001)


@pytest.mark.parametrize("version", SUPPORTED)
@pytest.mark.parametrize("session_id", ["2026/03/02-7", "A/PATCH", "50%2F50"])
async def test_an_id_with_a_slash_is_one_id(
    world: World, client: httpx.AsyncClient, version: str, session_id: str
) -> None:
    """A CiString may hold one, percent-encoded in the URL: put, patched and shown like any other."""
    path = f"/{version}/emsp/sessions/DE/CPO/{quote(session_id, safe='')}"
    body = session_body(id=session_id)
    if version == "2.1.1":
        old = as_json(a_session(id=session_id))
        body = old | {"last_updated": body["last_updated"]}
    if version == "2.3.0":
        body["total_cost"] = {"before_taxes": 0.59}
    put = await client.put(path, json=body)
    change = {"kwh": 99.5, "last_updated": "2026-03-02T10:15:00Z"}
    patched = await client.patch(path, json=change)
    assert [each.json()["status_code"] for each in (put, patched)] == [1000, 1000], put.text + patched.text
    shown = (await client.get(path)).json()["data"]
    assert (shown["id"], shown["kwh"]) == (session_id, 99.5)
    assert [row.id for row in await rows(world)] == [session_id]
    other = await client.put(f"{path}x", json=body)
    assert (other.status_code, other.json()["status_code"]) == (200, 2001)
