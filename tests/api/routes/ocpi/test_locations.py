"""Receivers of locations, EVSEs and connectors."""

import httpx
import pytest
from sqlalchemy import text

from api.services.roaming.tariffs import tariff_json
from tests.api.routes.ocpi.conftest import E, World
from tests.api.routes.ocpi.payloads import connector_body, evse_body, location_body, tariff_body
from tests.api.services.roaming.builders import partner_of

LOCATION = f"{E}/locations/DE/CPO/LOC1"
EVSE = f"{LOCATION}/EVSE1"
CONNECTOR = f"{EVSE}/1"


async def test_a_location_is_put_and_shown_with_all_below_it(client: httpx.AsyncClient) -> None:
    """What we keep is shown as it was sent, on all three rungs of the ladder."""
    assert (await client.put(LOCATION, json=location_body())).json()["status_code"] == 1000
    shown = (await client.get(LOCATION)).json()["data"]
    assert shown == location_body()
    assert (await client.get(EVSE)).json()["data"] == evse_body()
    assert (await client.get(CONNECTOR)).json()["data"] == connector_body()


async def test_a_status_patch_moves_the_parents_clock(client: httpx.AsyncClient) -> None:
    """The EVSE's status changes, nothing else, and the location counts as updated then."""
    await client.put(LOCATION, json=location_body())
    change = {"status": "CHARGING", "last_updated": "2026-03-02T09:05:00Z"}
    assert (await client.patch(EVSE, json=change)).json()["status_code"] == 1000
    assert (await client.get(EVSE)).json()["data"] == evse_body(**change)
    assert (await client.get(LOCATION)).json()["data"]["last_updated"] == "2026-03-02T09:05:00Z"


async def test_patches_of_location_and_connector(client: httpx.AsyncClient) -> None:
    """Absent fields stay, null clears what may be empty, the rest is replaced."""
    await client.put(LOCATION, json=location_body())
    stamp = {"last_updated": "2026-03-02T09:05:00Z"}
    assert (await client.patch(LOCATION, json={"name": None, "city": "Village"} | stamp)).json()["status_code"] == 1000
    assert (await client.patch(CONNECTOR, json={"tariff_ids": ["T2"]} | stamp)).json()["status_code"] == 1000
    shown = (await client.get(LOCATION)).json()["data"]
    assert "name" not in shown
    assert (shown["city"], shown["address"]) == ("Village", "Street 1")
    assert shown["evses"][0]["connectors"] == [connector_body(tariff_ids=["T2"], **stamp)]


@pytest.mark.parametrize("path", [LOCATION, EVSE, CONNECTOR])
async def test_a_patch_of_what_we_do_not_hold_is_404_with_2003(client: httpx.AsyncClient, path: str) -> None:
    """The partner is expected to PUT the whole object then."""
    answer = await client.patch(path, json={"last_updated": "2026-03-02T09:05:00Z"})
    assert (answer.status_code, answer.json()["status_code"]) == (404, 2003)
    assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize("path", [LOCATION, EVSE, CONNECTOR])
async def test_a_patch_without_last_updated_is_2001(client: httpx.AsyncClient, path: str) -> None:
    """Without its moment a change cannot be put in order."""
    await client.put(LOCATION, json=location_body())
    answer = await client.patch(path, json={})
    assert (answer.status_code, answer.json()["status_code"]) == (200, 2001)


async def test_late_messages_change_nothing(client: httpx.AsyncClient) -> None:
    """An older PUT or PATCH of an EVSE does not undo a newer status."""
    await client.put(LOCATION, json=location_body())
    await client.patch(EVSE, json={"status": "CHARGING", "last_updated": "2026-03-02T09:05:00Z"})
    for answer in (
        await client.patch(EVSE, json={"status": "RESERVED", "last_updated": "2026-03-02T09:04:00Z"}),
        await client.put(EVSE, json=evse_body()),
        await client.put(LOCATION, json=location_body()),
    ):
        assert answer.json()["status_code"] == 1000
    assert (await client.get(EVSE)).json()["data"]["status"] == "CHARGING"


@pytest.mark.parametrize(("path", "body"), [(EVSE, evse_body()), (CONNECTOR, connector_body())])
async def test_a_part_of_an_unknown_location_is_accepted_and_fetched(
    world: World, client: httpx.AsyncClient, path: str, body: dict[str, object]
) -> None:
    """A PUT below a location that we do not hold is no fault: the location is asked for."""
    assert (await client.put(path, json=body)).json()["status_code"] == 1000
    async with world.work() as db:
        jobs = await (await db.connection()).execute(text("SELECT task_name FROM procrastinate_jobs"))
        assert jobs.scalars().all() == ["fetch_place"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (LOCATION, location_body(id="LOC2")),
        (LOCATION, location_body(country_code="NL")),
        (EVSE, evse_body(uid="EVSE2")),
        (CONNECTOR, connector_body(id="2")),
    ],
)
async def test_url_and_body_must_speak_of_the_same_object(
    client: httpx.AsyncClient, path: str, body: dict[str, object]
) -> None:
    """A body with another id than the URL is 2001."""
    await client.put(LOCATION, json=location_body())
    answer = await client.put(path, json=body)
    assert (answer.status_code, answer.json()["status_code"]) == (200, 2001)


@pytest.mark.parametrize("below", ["", "/EVSE1", "/EVSE1/1"])
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH"])
async def test_a_foreign_owner_is_unknown_on_every_rung(client: httpx.AsyncClient, method: str, below: str) -> None:
    """Nobody writes or reads under a party that is not its own (X5)."""
    answer = await client.request(method, f"{E}/locations/DE/OTH/LOC1{below}", json=location_body(party_id="OTH"))
    assert (answer.status_code, answer.json()["status_code"]) == (404, 2003)


async def test_tariffs_inside_a_location_are_kept(world: World, client: httpx.AsyncClient) -> None:
    """Feeds that put their tariffs on the EVSEs need no tariff module; one that cannot be read loses nothing else."""
    inside = {name: value for name, value in tariff_body().items() if name not in ("country_code", "party_id")}
    broken = {"id": "T9", "currency": "EUR", "elements": "none"}
    answer = await client.put(LOCATION, json=location_body(evses=[evse_body(tariffs=[inside, broken])]))
    assert answer.json()["status_code"] == 1000
    async with world.work() as db:
        partner = await partner_of(db)
        assert await tariff_json(db, partner, "DE", "CPO", "T1") is not None
        assert await tariff_json(db, partner, "DE", "CPO", "T9") is None
