"""Search, sorting by price, alternatives, favorites, watches and last success, through HTTP."""

from decimal import Decimal

import pytest
from sqlmodel import col, select

from api.domain.roaming.location import EvseStatus
from api.models.charging import ChargingSession
from api.models.location import EvseRow
from api.services.finding.scores import count_scores
from api.services.finding.watches import tell_what_became_free
from api.services.finding.words import read_unread_places
from tests.api.routes.app.conftest import App, Someone

BOX = "9.0,48.8,9.3,49.0"


async def names(who: Someone, path: str) -> list[str]:
    """Return the names of the locations of an answer."""
    answer = await who.http.get(path)
    assert answer.status_code == 200, answer.text
    return [each["place"]["name"] for each in answer.json()["locations"]]


async def set_status(app: App, like: str, status: EvseStatus) -> None:
    """Let the operator say something of some EVSEs."""
    async with app.work() as db:
        for evse in (await db.exec(select(EvseRow).where(col(EvseRow.evse_id).like(like)))).all():
            evse.status = status.value
            db.add(evse)


async def harbor_id(who: Someone) -> str:
    """Return the id of the location with two connectors."""
    listed = (await who.http.get("/v1/locations", params={"bbox": BOX})).json()["locations"]
    return str(next(each["place"]["id"] for each in listed if each["place"]["name"] == "Harbor Street 7"))


async def test_search_by_words(app: App, ada: Someone, places: dict[str, str]) -> None:
    """Typed wrong, begun only or by an id: found; the nearest first; without words nothing."""
    await read_unread_places(work=app.work)
    assert await names(ada, "/v1/locations/search?q=habor street") == ["Harbor Street 7"]
    assert await names(ada, "/v1/locations/search?q=Stutt&near=48.96,9.18") == ["Market", "Harbor Street 7"]
    assert await names(ada, "/v1/locations/search?q=Stutt&near=48.88,9.18&limit=1") == ["Harbor Street 7"]
    assert await names(ada, "/v1/locations/search?q=DE*ABC*E90*001") == ["Market"]
    assert await names(ada, "/v1/locations/search?q=stuttgart&app_charging=true") == ["Harbor Street 7"]
    assert await names(ada, "/v1/locations/search?q=") == []
    assert (await ada.http.get("/v1/locations/search?q=a&near=1")).json()["code"] == "bad-coordinates"


@pytest.mark.capability("P13")
async def test_unknown_prices_are_sorted_last(app: App, ada: Someone, places: dict[str, str]) -> None:
    """A place whose price nobody told is never the cheapest, though it be the nearest; it is null with the reason."""
    middle = "9.1,48.93,9.3,48.99"
    assert await names(ada, f"/v1/locations?bbox={middle}") == ["Market"]
    async with app.work() as db:
        await db.connection()
        for evse in (await db.exec(select(EvseRow).where(col(EvseRow.evse_id).like("%E71*001")))).all():
            evse.status = EvseStatus.REMOVED.value
            db.add(evse)
    wide = "9.1,48.80,9.3,48.96"
    assert await names(ada, f"/v1/locations?bbox={wide}") == ["Harbor Street 7", "Market"]
    assert await names(ada, f"/v1/locations?bbox={wide}&sort=price") == ["Market", "Harbor Street 7"]
    last = (await ada.http.get(f"/v1/locations?bbox={wide}&sort=price")).json()["locations"][1]["connectors"][0]
    assert (last["energy_price"]["per_kwh"], last["energy_price"]["unknown_because"]) == (None, "not_published")
    assert sorted(await names(ada, f"/v1/locations?bbox={wide}&sort=power&limit=2")) == ["Harbor Street 7", "Market"]


@pytest.mark.capability("P12")
async def test_alternatives_to_a_connector_and_near_the_driver(app: App, ada: Someone, places: dict[str, str]) -> None:
    """The neighbor of an occupied connector at the same site; what the app cannot start is no alternative."""
    await set_status(app, "%E71*001", EvseStatus.CHARGING)
    answer = (await ada.http.get(f"/v1/connectors/{places['DE*ABC*E71*001']}/alternatives")).json()
    (only,) = answer["alternatives"]
    assert (only["connector"]["id"], only["same_site"], only["distance_m"]) == (places["DE*ABC*E71*002"], True, 0)
    nearby = (await ada.http.get("/v1/connectors/nearby?near=48.90,9.18")).json()["alternatives"]
    assert [(each["connector"]["id"], each["same_site"]) for each in nearby] == [(places["DE*ABC*E71*002"], False)]
    assert 1000 < nearby[0]["distance_m"] < 1200
    missing = await ada.http.get("/v1/connectors/con_none/alternatives")
    assert (missing.status_code, missing.json()["code"]) == (404, "unknown-connector")


async def test_favorites(app: App, ada: Someone, bob: Someone, places: dict[str, str]) -> None:
    """Kept once, shown with the status of now, only to their driver, and forgotten as often as one likes."""
    location = await harbor_id(ada)
    for _ in range(2):
        assert (await ada.http.put(f"/v1/favorites/{location}")).status_code == 204
    await set_status(app, "%E71*001", EvseStatus.CHARGING)
    (shown,) = (await ada.http.get("/v1/favorites")).json()["locations"]
    assert {each["availability"] for each in shown["connectors"]} == {"occupied", "available"}
    assert await names(bob, "/v1/favorites") == []
    for _ in range(2):
        assert (await ada.http.delete(f"/v1/favorites/{location}")).status_code == 204
    assert await names(ada, "/v1/favorites") == []
    unknown = await ada.http.put("/v1/favorites/loc_cHJ0XzE")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown-location")


async def test_favorites_have_an_end(ada: Someone, places: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """One more than there may be is refused, one that is there already is not."""
    monkeypatch.setattr("api.services.finding.favorites.MOST_FAVORITES", 1)
    harbor, market = [
        each["place"]["id"] for each in (await ada.http.get("/v1/locations", params={"bbox": BOX})).json()["locations"]
    ]
    assert (await ada.http.put(f"/v1/favorites/{harbor}")).status_code == 204
    assert (await ada.http.put(f"/v1/favorites/{harbor}")).status_code == 204
    refused = await ada.http.put(f"/v1/favorites/{market}")
    assert (refused.status_code, refused.json()["code"]) == (409, "too-many-favorites")


@pytest.mark.capability("P12")
async def test_be_told_when_it_is_free(app: App, ada: Someone, bob: Someone, places: dict[str, str]) -> None:
    """Asked for once, told once as a notice, listed with what was free; nobody else sees or ends it."""
    connector = places["DE*ABC*E71*001"]
    early = await ada.http.post("/v1/watches", json={"connector_id": connector})
    assert (early.status_code, early.json()["code"]) == (409, "already-free")
    await set_status(app, "%E71*001", EvseStatus.CHARGING)
    watch = (await ada.http.post("/v1/watches", json={"connector_id": connector, "minutes": 60})).json()
    assert (watch["state"], watch["expires_at"]) == ("waiting", "2026-03-02T10:00:00Z")
    assert (await bob.http.delete(f"/v1/watches/{watch['id']}")).status_code == 404
    await set_status(app, "%E71*001", EvseStatus.AVAILABLE)
    assert await tell_what_became_free(work=app.work, ports=app.ports) == 1
    (notice,) = (await ada.http.get("/v1/notices")).json()["notices"]
    assert (notice["message"], notice["detail"]["connector_id"]) == ("connector_free", connector)
    (listed,) = (await ada.http.get("/v1/watches")).json()["watches"]
    assert (listed["state"], listed["free_connector_id"]) == ("told", connector)
    assert (await bob.http.get("/v1/watches")).json()["watches"] == []
    assert (await ada.http.delete(f"/v1/watches/{watch['id']}")).status_code == 204


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"location_id": "loc_cHJ0XzE", "connector_id": "con_1"},
        {"connector_id": "con_1", "minutes": 4},
        {"connector_id": "con_1", "minutes": 721},
    ],
)
async def test_watches_that_are_none(ada: Someone, body: dict[str, object]) -> None:
    """Exactly one thing to wait for, neither too short nor for days."""
    answer = await ada.http.post("/v1/watches", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")


async def test_last_success_is_shown_as_evidence(app: App, ada: Someone, places: dict[str, str]) -> None:
    """When it last worked, in how many of how many starts; null where nobody of ours charged (idea 11)."""
    started = await ada.start(places["DE*ABC*E71*001"])
    async with app.work() as db:
        charge = await db.get_one(ChargingSession, started.json()["id"])
        charge.charging_at = charge.energy_ended_at = app.clock.now()
        charge.kwh = Decimal(7)
        db.add(charge)
    app.clock.advance(840)
    await count_scores(work=app.work, now=app.clock.now())
    first, second = (await ada.http.get(f"/v1/locations/{await harbor_id(ada)}")).json()["connectors"]
    assert first["last_success"] == {
        "last_good_at": "2026-03-02T09:00:00Z",
        "last_good_age_s": 840,
        "starts": 1,
        "worked": 1,
        "worked_percent": 100,
    }
    assert second["last_success"] is None


async def test_ways_are_told_apart(app: App, ada: Someone, places: dict[str, str]) -> None:
    """App, pass and ad hoc each with their reasons."""
    listed = (await ada.http.get("/v1/locations", params={"bbox": BOX})).json()["locations"]
    ways = [each["connectors"][0]["ways"] for each in listed]
    assert ways[0]["app"] == {"ok": True, "why_not": []}
    assert ways[0]["ad_hoc"] == {"ok": True, "why_not": []}
    assert ways[0]["with_pass"]["why_not"] == ["no_card_reader", "passes_not_offered"]
    assert ways[1]["app"]["why_not"] == ["remote_start_not_supported"]
    assert ways[1]["ad_hoc"]["why_not"] == ["no_payment_terminal", "remote_start_not_supported"]
