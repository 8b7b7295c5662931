"""A partner that speaks 2.1.1 through the whole face: owner in the URL, places inside objects, ``auth_id`` alone."""

from typing import Any

import httpx
import pytest
from sqlmodel import select

from api.domain.ids import PartyId
from api.models.location import LocationRow
from api.models.roaming import CdrRow, PartnerSessionRow
from api.services.roaming.tariffs import tariff_json
from tests.api.routes.ocpi.conftest import World
from tests.api.services.roaming.builders import a_charge, partner_of
from tests.clients.ocpi.v2_1_1.samples import a_cdr, a_connector, a_location, a_session, a_tariff, an_evse, credentials

E = "/2.1.1/emsp"
ROOT = "http://chargehand.test/ocpi"
OWNED = "DE/CPO"
SESSION = f"{E}/sessions/{OWNED}/pass-Ab7"
LOCATION = f"{E}/locations/{OWNED}/Kaj-4"


def as_json(value: Any) -> Any:
    """Return a sample with numbers that the test client can write."""
    if isinstance(value, dict):
        return {name: as_json(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [as_json(inner) for inner in value]
    return value if isinstance(value, str | int | type(None)) else float(value)


async def ok(answer: httpx.Response) -> None:
    """Check that a partner was told that all is well."""
    assert answer.json()["status_code"] == 1000, answer.text


async def test_a_session_is_put_patched_and_shown(world: World, client: httpx.AsyncClient) -> None:
    """The session belongs to the party of the URL, is at the EVSE inside its location, and was made with our token."""
    await ok(await client.put(SESSION, json=as_json(a_session())))
    change = {"kwh": 6.5, "total_cost": 25.35, "last_updated": "2025-04-05T09:00:00Z"}
    await ok(await client.patch(SESSION, json=change))
    shown = (await client.get(SESSION)).json()["data"]
    assert (shown["id"], shown["kwh"], shown["status"]) == ("pass-Ab7", 6.5, "ACTIVE")
    async with world.work() as db:
        row = (await db.exec(select(PartnerSessionRow))).one()
    assert (row.country_code, row.party_id, row.evse_uid, row.token_uid) == ("DE", "CPO", "Uttag-21", "U9K2")


async def test_a_cdr_is_posted_once_and_shown_as_it_came(world: World, client: httpx.AsyncClient) -> None:
    """The bill names no owner: it is the partner's. It finds the charge by ``auth_id`` alone, without a session."""
    async with world.work() as db:
        charge = await a_charge(db, await partner_of(db), token_uid="U9K2")
    answer = await client.post(f"{E}/cdrs", json=as_json(a_cdr()))
    assert (answer.status_code, answer.json()["status_code"]) == (201, 1000)
    where = answer.headers["location"]
    assert where.startswith(f"{ROOT}{E}/cdrs/")
    again = await client.post(f"{E}/cdrs", json=as_json(a_cdr()))
    assert (again.status_code, again.headers["location"]) == (200, where)
    assert (await client.get(where.removeprefix(ROOT))).json()["data"] == as_json(a_cdr())
    async with world.work() as db:
        row = (await db.exec(select(CdrRow))).one()
    assert (row.country_code, row.party_id, row.charging_session_id) == ("DE", "CPO", charge.id)
    assert (row.session_id, row.total_cost_with_taxes) == (None, None)


async def test_a_location_and_what_is_below_it(world: World, client: httpx.AsyncClient) -> None:
    """PUT of each rung, a PATCH of a status, and GET of what we hold."""
    await ok(await client.put(LOCATION, json=a_location()))
    await ok(await client.put(f"{LOCATION}/Uttag-22", json=an_evse(uid="Uttag-22")))
    await ok(await client.put(f"{LOCATION}/Uttag-22/B", json=a_connector(id="B", voltage=400)))
    change = {"status": "CHARGING", "last_updated": "2025-04-06T08:00:00Z"}
    await ok(await client.patch(f"{LOCATION}/Uttag-21", json=change))
    shown = (await client.get(LOCATION)).json()["data"]
    assert (shown["id"], shown["name"]) == ("Kaj-4", "Packhuskajen")
    assert {evse["uid"]: evse["status"] for evse in shown["evses"]} == {
        "Uttag-21": "CHARGING",
        "Uttag-22": "AVAILABLE",
    }
    assert (await client.get(f"{LOCATION}/Uttag-22/B")).status_code == 200
    async with world.work() as db:
        row = (await db.exec(select(LocationRow))).one()
    assert (row.country_code, row.party_id, row.time_zone) == ("DE", "CPO", "Europe/Stockholm")


async def test_a_tariff_belongs_to_the_party_of_the_url(world: World, client: httpx.AsyncClient) -> None:
    """It is kept, and shown, as it came."""
    path = f"{E}/tariffs/{OWNED}/Kaj-dag"
    await ok(await client.put(path, json=as_json(a_tariff())))
    assert (await client.get(path)).json()["data"] == as_json(a_tariff())
    async with world.work() as db:
        assert await tariff_json(db, await partner_of(db), "DE", "CPO", "KAJ-DAG") is not None


@pytest.mark.parametrize(
    ("path", "body"),
    [(SESSION, a_session()), (LOCATION, a_location()), (f"{E}/tariffs/{OWNED}/Kaj-dag", a_tariff())],
)
async def test_an_owner_that_a_body_names_must_be_that_of_the_url(
    client: httpx.AsyncClient, path: str, body: dict[str, Any]
) -> None:
    """A hub that names the owner inside is believed, so it cannot be another's than the URL says."""
    await ok(await client.put(path, json=as_json(body | {"country_code": "DE", "party_id": "CPO"})))
    answer = await client.put(path, json=as_json(body | {"country_code": "SE", "party_id": "KAJ"}))
    assert (answer.status_code, answer.json()["status_code"]) == (200, 2001)


async def test_a_bill_of_a_party_that_is_not_the_partners_is_not_taken(client: httpx.AsyncClient) -> None:
    """Where no URL names an owner, the one inside the bill must be the partner's own."""
    foreign = as_json(a_cdr(country_code="SE", party_id="KAJ"))
    assert (await client.post(f"{E}/cdrs", json=foreign)).status_code == 404


async def test_what_cannot_be_read_is_2001(client: httpx.AsyncClient) -> None:
    """A session in the shape of a later version is no session of this one."""
    later = as_json(a_session(auth_id=None)) | {"cdr_token": {"uid": "U9K2"}}
    answer = await client.put(SESSION, json=later)
    assert (answer.status_code, answer.json()["status_code"]) == (200, 2001)


async def test_our_version_details_have_no_roles(world: World) -> None:
    """All of our modules that this version has, each with its URL and nothing else."""
    async with world.client() as client:
        details = (await client.get("/2.1.1")).json()["data"]
    assert [set(each) for each in details["endpoints"]] == [{"identifier", "url"}] * 7
    assert details["endpoints"][1] == {"identifier": "locations", "url": f"{ROOT}{E}/locations/"}


async def test_our_credentials_are_flat(client: httpx.AsyncClient) -> None:
    """GET shows one party and no roles, and a PUT in the same shape is understood."""
    shown = (await client.get("/2.1.1/credentials")).json()["data"]
    assert (shown["country_code"], shown["party_id"]) == ("DE", "CHH")
    assert "roles" not in shown


async def test_a_partner_moves_to_another_version(world: World, client: httpx.AsyncClient) -> None:
    """PUT to the credentials of 2.1.1 looks at the peer's 2.1.1 endpoints and answers in that version's shape."""
    theirs = credentials(country_code="DE", party_id="CPO")
    answer = (await client.put("/2.1.1/credentials", json=theirs)).json()
    assert answer["status_code"] == 1000
    assert answer["data"]["party_id"] == "CHH"
    assert world.roaming.calls_of("complete_registration")[0].arguments[2] == "2.1.1"
    async with world.work() as db:
        partner = await partner_of(db)
    assert PartyId(partner.country_code, partner.party_id) == PartyId("DE", "CPO")
