"""Places are shown as partners told them, and fetched when unknown (ocpi.md 4.10)."""

import json
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from api.domain.ids import PartyId
from api.ports.roaming import PulledObject
from api.services.roaming.awaited import fetch_place
from api.services.roaming.locations import pull_locations
from clients.ocpi.dialect import SUPPORTED, dialect_for
from clients.ocpi.exact_json import dump, parse
from tests.api.routes.ocpi.conftest import E, World
from tests.api.routes.ocpi.payloads import connector_body, evse_body, location_body, tariff_body
from tests.api.services.roaming.builders import a_partner, at
from tests.clients.ocpi.shared import examples

LOCATION = f"{E}/locations/DE/CPO/LOC1"
EVSE = f"{LOCATION}/EVSE1"
LATER = {"last_updated": "2026-03-02T09:05:00Z"}
ODD = (
    '{"id":"LOC1","x_power":1.50,"x_big":123456789012345678901234567890,"country_code":"DE","party_id":"CPO",'
    '"publish":true,"address":"A","city":"B","country":"DEU","coordinates":{"latitude":"48.5","longitude":"9.2500"},'
    '"time_zone":"Europe/Berlin","parking_type":"ON_THE_MOON","evses":[{"uid":"Z","status":"TELEPORTING","connectors":'
    '[{"id":"2","standard":"IEC_62196_T2","format":"SOCKET","power_type":"AC_3_PHASE","max_voltage":230.0,'
    '"max_amperage":32,"x":[null,{"y":1E+2}],"last_updated":"2026-03-02T09:00:00Z"},{"id":"1","standard":"NEW_ONE",'
    '"format":"CABLE","power_type":"DC","max_voltage":1000,"max_amperage":500,"last_updated":"2026-03-02T09:00:00Z"}],'
    '"x_evse":{"a":[]},"last_updated":"2026-03-02T09:00:00+00:00"},{"uid":"A","status":"AVAILABLE","connectors":[],'
    '"last_updated":"2026-03-02T09:00:00Z"}],"last_updated":"2026-03-02T09:00:00.000Z"}'
)


def data_of(answer: httpx.Response) -> Any:
    """Return the data of an answer with its numbers exact."""
    envelope = parse(answer.content)
    assert isinstance(envelope, dict)
    return envelope["data"]


async def jobs_of(world: World) -> list[str]:
    """Return the deferred jobs in order."""
    async with world.work() as db:
        found = await (await db.connection()).execute(text("SELECT task_name FROM procrastinate_jobs ORDER BY id"))
        return list(found.scalars())


async def test_a_location_comes_back_to_the_digit(client: httpx.AsyncClient) -> None:
    """Fields and words we do not know, long numbers, trailing zeros, the order of lists and fields: nothing is lost."""
    assert (await client.put(LOCATION, content=ODD)).json()["status_code"] == 1000
    assert dump(data_of(await client.get(LOCATION))) == ODD
    first = data_of(await client.get(f"{LOCATION}/Z"))
    assert first["connectors"][0]["x"] == [None, {"y": 100}]
    assert dump(data_of(await client.get(f"{LOCATION}/z/2"))["max_voltage"]) == "230.0"


async def test_a_patch_is_merged_into_what_came(client: httpx.AsyncClient) -> None:
    """Unknown fields are patched like known ones: null removes, an object replaces, the rest stays."""
    await client.put(LOCATION, content=ODD)
    change = '{"x_power":2.50,"x_big":null,"coordinates":{"latitude":"1","longitude":"2"},'
    change += '"last_updated":"2026-03-02T09:05:00Z"}'
    assert (await client.patch(LOCATION, content=change)).json()["status_code"] == 1000
    change = '{"status":"ON_FIRE","x_evse":{"b":0.10},"last_updated":"2026-03-02T09:06:00Z"}'
    assert (await client.patch(f"{LOCATION}/Z", content=change)).json()["status_code"] == 1000
    shown = data_of(await client.get(LOCATION))
    assert dump(shown["x_power"]) == "2.50"
    assert "x_big" not in shown
    assert shown["coordinates"] == {"latitude": "1", "longitude": "2"}
    assert shown["last_updated"] == "2026-03-02T09:06:00Z"
    assert (shown["evses"][0]["status"], dump(shown["evses"][0]["x_evse"])) == ("ON_FIRE", '{"b":0.10}')
    assert [each["id"] for each in shown["evses"][0]["connectors"]] == ["2", "1"]


async def test_lists_in_a_patch_replace_what_is_below(client: httpx.AsyncClient) -> None:
    """EVSEs that a PATCH no longer lists are gone, from the answer and as an EVSE; connectors too."""
    await client.put(LOCATION, json=location_body(evses=[evse_body(), evse_body(uid="EVSE2")]))
    only = evse_body(uid="EVSE2", connectors=[connector_body(id="9")]) | LATER
    await client.patch(LOCATION, json={"evses": [only]} | LATER)
    assert data_of(await client.get(LOCATION)) == location_body(evses=[only]) | LATER
    assert (await client.get(EVSE)).status_code == 404
    await client.patch(f"{LOCATION}/EVSE2", json={"connectors": [connector_body(id="3")]} | LATER)
    assert [each["id"] for each in data_of(await client.get(f"{LOCATION}/EVSE2"))["connectors"]] == ["3"]


async def test_an_evse_that_is_listed_again_is_back(client: httpx.AsyncClient) -> None:
    """A list without an EVSE hides it; the next list with it shows it, and an added one stands at the end."""
    await client.put(LOCATION, json=location_body())
    await client.put(LOCATION, json=location_body(evses=[]) | LATER)
    assert data_of(await client.get(LOCATION)) == location_body(evses=[]) | LATER
    back = location_body(evses=[evse_body() | LATER]) | LATER
    await client.put(LOCATION, json=back)
    assert data_of(await client.get(LOCATION)) == back
    await client.put(f"{LOCATION}/AAA", json=evse_body(uid="AAA") | LATER)
    await client.put(f"{EVSE}/0", json=connector_body(id="0") | LATER)
    shown = data_of(await client.get(LOCATION))
    assert [each["uid"] for each in shown["evses"]] == ["EVSE1", "AAA"]
    assert [each["id"] for each in shown["evses"][0]["connectors"]] == ["1", "0"]


async def test_another_version_than_it_came_in_is_unknown(world: World, client: httpx.AsyncClient) -> None:
    """What came in one version is not shown in another, whose words differ."""
    await client.put(LOCATION, json=location_body())
    await client.put(f"{E}/tariffs/DE/CPO/T1", json=tariff_body())
    async with world.work() as db:
        for table in ("location", "tariff"):
            await (await db.connection()).execute(text(f"UPDATE {table} SET version = '2.1.1'"))  # noqa: S608 - ours
    assert (await client.get(LOCATION)).status_code == 404
    assert (await client.get(EVSE)).status_code == 200
    assert (await client.get(f"{E}/tariffs/DE/CPO/T1")).status_code == 404


async def test_an_awaited_location_is_fetched_on_its_own(world: World, client: httpx.AsyncClient) -> None:
    """One GET brings the location that a push spoke of, to be shown as it came; nothing else is pulled."""
    for _ in range(3):
        assert (await client.put(EVSE, json=evse_body())).json()["status_code"] == 1000
    assert await jobs_of(world) == ["fetch_place"]
    raw = dump(location_body(x_new=1))
    location = dialect_for("2.2.1").read_location(location_body())
    world.roaming.locations = [PulledObject(location, raw)]
    told: list[str] = []

    async def tell(keys: Any) -> None:
        told.extend(keys)

    key = "prt_1/DE/CPO/LOC1"
    assert await fetch_place(work=world.work, ports=world.ports, now=at(1), key=key, tell=tell)
    assert data_of(await client.get(LOCATION)) == location_body(x_new=1)
    assert told == [f"{key}/EVSE1"]
    assert not await fetch_place(work=world.work, ports=world.ports, now=at(1), key=key, tell=tell)
    assert [call.method for call in world.roaming.calls] == ["fetch_location"]


async def test_what_cannot_be_fetched_on_its_own_is_looked_for_in_the_list(
    world: World, client: httpx.AsyncClient
) -> None:
    """A partner that does not give the location has its list pulled."""
    await client.put(EVSE, json=evse_body())

    async def tell(keys: Any) -> None:
        raise AssertionError(keys)

    assert not await fetch_place(work=world.work, ports=world.ports, now=at(1), key="prt_1/DE/CPO/LOC1", tell=tell)
    assert await jobs_of(world) == ["fetch_place", "pull_locations"]


async def test_a_connector_of_an_unknown_evse_has_that_evse_fetched(world: World, client: httpx.AsyncClient) -> None:
    """Where the location is known only the EVSE is asked for."""
    await client.put(LOCATION, json=location_body())
    await client.put(f"{LOCATION}/NEW/1", json=connector_body())
    whole = location_body(evses=[evse_body(uid="NEW")])
    world.roaming.locations = [PulledObject(dialect_for("2.2.1").read_location(whole), dump(whole))]

    async def tell(keys: Any) -> None:
        assert keys == ["prt_1/DE/CPO/LOC1/NEW"]

    assert await fetch_place(work=world.work, ports=world.ports, now=at(1), key="prt_1/DE/CPO/LOC1/NEW", tell=tell)
    assert [call.method for call in world.roaming.calls] == ["fetch_evse"]


async def test_an_unknown_tariff_has_the_tariffs_pulled(world: World, client: httpx.AsyncClient) -> None:
    """A connector that names a tariff we do not hold is stored, and the list of tariffs asked for, not too often."""
    await client.put(LOCATION, json=location_body())
    assert await jobs_of(world) == [], "without a pull of tariffs so far one is waiting anyway"
    async with world.work() as db:
        await (await db.connection()).execute(
            text("UPDATE partner SET tariffs_pulled_at = now() - interval '50 years'")
        )
    await client.put(f"{EVSE}/1", json=connector_body(tariff_ids=["T1"]) | LATER)
    assert await jobs_of(world) == ["pull_tariffs"]
    await client.put(f"{E}/tariffs/DE/CPO/T1", json=tariff_body())
    async with world.work() as db:
        await (await db.connection()).execute(text("DELETE FROM procrastinate_jobs"))
    await client.put(f"{EVSE}/1", json=connector_body(tariff_ids=["t1"]) | LATER)
    assert await jobs_of(world) == []


async def test_tariffs_are_patched_in_2_1_1_only(client: httpx.AsyncClient) -> None:
    """2.2.1 has no PATCH of tariffs."""
    await client.put(f"{E}/tariffs/DE/CPO/T1", json=tariff_body())
    answer = await client.patch(f"{E}/tariffs/DE/CPO/T1", json={"currency": "EUR"})
    assert answer.status_code == 405


async def test_what_was_pulled_is_shown_as_it_came(world: World, client: httpx.AsyncClient) -> None:
    """A pulled location keeps its JSON as a pushed one does."""
    location = dialect_for("2.2.1").read_location(parse(ODD.encode()))
    world.roaming.locations = [PulledObject(location, ODD)]
    await pull_locations(work=world.work, ports=world.ports, now=at(1), partner_id="prt_1")
    assert dump(data_of(await client.get(LOCATION))) == ODD


def samples() -> list[Any]:
    """Return the specification's examples of places and tariffs in every version we speak."""
    found = [
        pytest.param(version, path, id=f"{version}-{path.name}")
        for version in SUPPORTED
        if version != "2.1.1"
        for path in examples(version)
        if path.name.startswith(("location_example", "evse_", "connector_", "tariff_"))
    ]
    return found or [pytest.param("", None, marks=pytest.mark.skip(reason="the examples are not here"))]


@pytest.mark.parametrize(("version", "path"), samples())
async def test_the_examples_of_the_specification_come_back_equal(world: World, version: str, path: Any) -> None:
    """What a partner PUTs is what it GETs."""
    body = json.loads(path.read_text())
    kind = "tariffs" if path.name.startswith("tariff_") else "locations"
    owner = {"country_code": body.get("country_code", "DE"), "party_id": body.get("party_id", "CPO")}
    if "id" not in body or "last_updated" not in body:
        pytest.skip("a part that is no object of its own")
    if "coordinates" not in body and kind == "locations":
        pytest.skip("a part of a location")
    async with world.work() as db:
        await a_partner(db, partner_id="prt_x", token="example", party=_party(owner), version=version)
    async with world.client("example") as client:
        url = f"/{version}/emsp/{kind}/{owner['country_code']}/{owner['party_id']}/{body['id']}"
        answer = await client.put(url, content=path.read_bytes())
        assert answer.json()["status_code"] == 1000, answer.text
        assert data_of(await client.get(url)) == parse(path.read_bytes())
        for evse in body.get("evses", ()):
            assert (await client.get(f"{url}/{evse['uid']}")).json()["data"] == evse


def _party(owner: dict[str, str]) -> Any:
    return PartyId(owner["country_code"], owner["party_id"])
