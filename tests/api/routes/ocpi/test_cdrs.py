"""The receiver of CDRs."""

import httpx
import pytest
from sqlmodel import select

from api.models.finance import MismatchRow
from api.models.roaming import CdrRow
from tests.api.routes.ocpi.conftest import E, World
from tests.api.routes.ocpi.payloads import cdr_body
from tests.api.services.roaming.builders import a_charge, a_partner, partner_of

CDRS = f"{E}/cdrs"
ROOT = "http://chargehand.test/ocpi"


async def stored(world: World) -> list[CdrRow]:
    """Return all stored CDRs."""
    async with world.work() as db:
        return list((await db.exec(select(CdrRow))).all())


async def test_a_new_cdr_is_201_with_an_address_that_shows_it(client: httpx.AsyncClient) -> None:
    """The absolute Location leads to the CDR as it was sent."""
    answer = await client.post(CDRS, json=cdr_body())
    assert (answer.status_code, answer.json()["status_code"]) == (201, 1000)
    where = answer.headers["location"]
    assert where.startswith(f"{ROOT}{CDRS}/cdr_")
    shown = await client.get(where.removeprefix(ROOT))
    assert (shown.status_code, shown.json()["data"]) == (200, cdr_body())


async def test_a_cdr_of_our_charge_is_linked(world: World, client: httpx.AsyncClient) -> None:
    """The charge behind the token is found through the whole face."""
    async with world.work() as db:
        charge = await a_charge(db, await partner_of(db))
    await client.post(CDRS, json=cdr_body())
    assert [row.charging_session_id for row in await stored(world)] == [charge.id]


async def test_a_repeated_cdr_is_1000_with_the_same_address(world: World, client: httpx.AsyncClient) -> None:
    """A partner that lost our answer gets it again, and there is still one CDR."""
    first = await client.post(CDRS, json=cdr_body())
    again = await client.post(CDRS, json=dict(reversed(cdr_body().items())))
    assert (again.status_code, again.json()["status_code"]) == (200, 1000)
    assert again.headers["location"] == first.headers["location"]
    assert len(await stored(world)) == 1


async def test_another_content_under_a_known_id_is_2001_and_kept_aside(world: World, client: httpx.AsyncClient) -> None:
    """The first counts; the other is on file after the answer, and the partner is told."""
    await client.post(CDRS, json=cdr_body())
    answer = await client.post(CDRS, json=cdr_body(total_cost={"excl_vat": 99}))
    assert (answer.status_code, answer.json()["status_code"]) == (200, 2001)
    assert "location" not in answer.headers
    (row,) = await stored(world)
    assert str(row.total_cost) == "7.8"
    assert row.conflicting_raw is not None
    assert "99" in row.conflicting_raw


async def test_a_cdr_of_a_foreign_owner_is_unknown(world: World, client: httpx.AsyncClient) -> None:
    """A partner cannot bill in the name of another party (X5)."""
    answer = await client.post(CDRS, json=cdr_body(party_id="OTH"))
    assert (answer.status_code, answer.json()["status_code"]) == (404, 2003)
    assert await stored(world) == []


@pytest.mark.parametrize("told", [{"party_id": "OTH"}, {"total_energy": "much"}, {"session_id": "S" * 300}])
async def test_a_refused_cdr_is_told_to_finance_once(
    world: World, client: httpx.AsyncClient, told: dict[str, object]
) -> None:
    """What a partner bills costs money whether or not we can read it: it is refused, and its words are kept."""
    for _ in range(2):
        answer = await client.post(CDRS, json=cdr_body(**told))
        assert answer.json()["status_code"] in {2001, 2003}
    async with world.work() as db:
        findings = (await db.exec(select(MismatchRow))).all()
    assert [each.reason for each in findings] == ["unreadable_object"]
    assert str(next(iter(told.values()))) in findings[0].detail["raw"]


async def test_a_cdr_is_shown_to_its_sender_only(world: World, client: httpx.AsyncClient) -> None:
    """Another partner with the address gets 404, as anyone with a made-up one."""
    where = (await client.post(CDRS, json=cdr_body())).headers["location"].removeprefix(ROOT)
    async with world.work() as db:
        await a_partner(db, partner_id="prt_2", token="other")
    async with world.client("other") as other:
        assert (await other.get(where)).status_code == 404
    assert (await client.get(f"{CDRS}/cdr_none")).status_code == 404


async def test_methods_that_would_change_a_cdr_are_405(client: httpx.AsyncClient) -> None:
    """A CDR is final: no PUT, PATCH or DELETE."""
    where = (await client.post(CDRS, json=cdr_body())).headers["location"].removeprefix(ROOT)
    for method in ("PUT", "PATCH", "DELETE"):
        assert (await client.request(method, where, json=cdr_body())).status_code == 405
    assert (await client.get(CDRS)).status_code == 405
