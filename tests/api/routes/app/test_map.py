"""The map through HTTP: clusters and single locations, filters, ETags, the charge that is going on, and its shape."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from api.domain.roaming.location import EvseStatus
from api.models.location import EvseRow, LocationRow
from api.models.network import Network
from api.models.partner import Partner
from api.routes.app.map_shortcut import view_of
from api.routes.app.map_view import ShownMap
from api.services.finding.words import read_unread_places
from tests.api.routes.app.conftest import App, Someone
from tests.fakes import START

BOX = "9.0,48.8,9.3,49.0"
NEAR = {"bbox": "9.17,48.885,9.19,48.955", "zoom": 14}
FAR = {"bbox": "5,45,15,55", "zoom": 2}


async def shown(who: Someone, **params: object) -> ShownMap:
    """Return the map, read through the shape that describes it."""
    answer = await who.http.get("/v1/map", params={"bbox": BOX} | params)  # type: ignore[arg-type]  # httpx takes them
    assert answer.status_code == 200, answer.text
    return ShownMap.model_validate(answer.json())


@pytest.mark.capability("CM03")
async def test_single_locations_from_near(ada: Someone, places: dict[str, str]) -> None:
    """Each with how many connectors are free, occupied and broken, what they are, and whether the app can start."""
    found = await shown(ada, **NEAR)
    assert found.clusters == []
    by_name = {each.name: each for each in found.locations}
    harbor, market = by_name["Harbor Street 7"], by_name["Market"]
    assert (harbor.connectors, harbor.available, harbor.occupied, harbor.broken) == (2, 2, 0, 0)
    assert (harbor.max_power_w, harbor.standards, harbor.operator) == (22000, ["iec_62196_t2"], "Harbor Energy")
    assert (harbor.latitude, harbor.longitude, harbor.app_charging) == ("48.89", "9.18", True)
    assert (market.connectors, market.app_charging) == (1, False)
    detail = (await ada.http.get(f"/v1/locations/{harbor.id}")).json()
    assert detail["place"]["name"] == "Harbor Street 7"
    assert len(detail["connectors"]) == 2


@pytest.mark.capability("CM03")
async def test_clusters_from_afar(app: App, ada: Someone, places: dict[str, str]) -> None:
    """Near connectors are one bubble with their sum; one location alone can be told by its id."""
    (cluster,) = (await shown(ada, **FAR)).clusters
    assert (cluster.connectors, cluster.available, cluster.location_id) == (3, 3, None)
    assert 48.89 < float(cluster.latitude) < 48.95
    only = await shown(ada, **FAR, app_charging=True)
    assert [each.connectors for each in only.clusters] == [2]
    assert only.clusters[0].location_id in {each.id for each in (await shown(ada, **NEAR)).locations}
    assert (await shown(ada, bbox="20,45,30,55", zoom=3)).clusters == []


async def test_too_many_locations_become_clusters(
    ada: Someone, places: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However near one looks, an answer stays small enough for a phone."""
    monkeypatch.setattr("api.services.finding.map_view.MOST_PLACES", 1)
    found = await shown(ada, **NEAR)
    assert (found.locations, sum(each.connectors for each in found.clusters)) == ([], 3)


@pytest.mark.capability("P11")
async def test_occupied_and_broken_are_counted_apart(app: App, ada: Someone, places: dict[str, str]) -> None:
    """The next look after the operator's word shows it."""
    async with app.work() as db:
        first, second = (await db.exec(select(EvseRow).where(col(EvseRow.evse_id).like("%E71%")))).all()
        first.status, second.status = EvseStatus.CHARGING, EvseStatus.OUT_OF_ORDER
        db.add_all([first, second])
    harbor = next(each for each in (await shown(ada, **NEAR)).locations if each.connectors == 2)
    assert (harbor.available, harbor.occupied, harbor.broken) == (0, 1, 1)
    broken = await shown(ada, **NEAR, availability="broken")
    assert [(each.connectors, each.broken) for each in broken.locations] == [(1, 1)]


@pytest.mark.parametrize(
    ("params", "count"),
    [
        ({"standard": "iec_62196_t2"}, 2),
        ({"standard": "chademo"}, 0),
        ({"standard": ["chademo", "iec_62196_t2"]}, 2),
        ({"min_power_w": 22000}, 2),
        ({"min_power_w": 22001}, 0),
        ({"max_power_w": 21999}, 0),
        ({"network": "DE-ABC"}, 2),
        ({"network": "DE-XYZ"}, 0),
        ({"ad_hoc": True}, 1),
        ({"pass_charging": True}, 0),
        ({"q": "markt"}, 1),
        ({"q": "harbour street"}, 1),
        ({"q": "nowhere"}, 0),
        ({"q": "--"}, 0),
    ],
)
async def test_filters(app: App, ada: Someone, places: dict[str, str], params: dict[str, object], count: int) -> None:
    """Each filter keeps what it is for, on the map, from afar, and in the list alike."""
    await read_unread_places(work=app.work)
    assert len((await shown(ada, **NEAR, **params)).locations) == count
    assert bool((await shown(ada, **FAR, **params)).clusters) is (count > 0)
    listed = await ada.http.get("/v1/locations", params={"bbox": BOX} | params)  # type: ignore[arg-type]  # as above
    assert len(listed.json()["locations"]) == count, listed.text


@pytest.mark.parametrize(
    ("params", "status", "code"),
    [
        ({"bbox": "1,2,3"}, 422, "bad-coordinates"),
        ({"zoom": 23}, 422, "invalid-request"),
        ({"zoom": "x"}, 422, "invalid-request"),
        ({"min_power_w": 0}, 422, "invalid-request"),
        ({"standard": "'; DROP"}, 422, "invalid-request"),
        ({"network": "abc"}, 422, "invalid-request"),
        ({"availability": "removed"}, 422, "invalid-request"),
        ({"colour": "red"}, 400, "unknown-query-parameter"),
    ],
)
async def test_questions_that_are_none(ada: Someone, params: dict[str, object], status: int, code: str) -> None:
    """What cannot be meant is told; a parameter that nobody knows is never ignored (A36)."""
    answer = await ada.http.get("/v1/map", params={"bbox": BOX} | params)  # type: ignore[arg-type]  # as above
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    "query",
    [
        "bbox=9.17,48.885,9.19,48.955&zoom=14",
        "bbox=9.17,48.885,9.19,48.955&app_charging=true&ad_hoc=false",
        "zoom=2&bbox=5,45,15,55&standard=iec_62196_t2&standard=chademo&availability=available",
        "bbox=9.17,48.885,9.19,48.955&min_power_w=1000&max_power_w=43000&network=DE-ABC",
        "bbox=5,45,15,55&pass_charging=true",
    ],
)
async def test_the_shortcut_answers_as_the_route_does(
    ada: Someone, places: dict[str, str], monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    """The same body and the same ETag, past the framework or through it; and plain questions do take the shortcut."""
    assert view_of(query.encode()) is not None
    short = await ada.http.get(f"/v1/map?{query}")
    monkeypatch.setattr("api.routes.app.map_shortcut.view_of", lambda _query: None)
    long = await ada.http.get(f"/v1/map?{query}")
    assert (short.content, short.headers["ETag"]) == (long.content, long.headers["ETag"])
    assert short.headers["X-Request-ID"] != long.headers["X-Request-ID"]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "bbox=1,2,3",
        "bbox=0,0,1,1&q=a",
        "bbox=0,0,1,1&zoom=23",
        "bbox=0,0,1,1&zoom=x",
        "bbox=0,0,1,1&bbox=0,0,1,1",
        "bbox=0,0,1,1&standard=A",
        "bbox=0,0,1,1&x=1",
        "bbox=0,0,1,1&app_charging=yes",
        "bbox=0,0,1,1&zoom=%F0",
        "bbox=0,0,1,1&min_power_w=0",
    ],
)
def test_whatever_is_odd_is_left_to_the_route(query: str) -> None:
    """The shortcut never guesses and never refuses."""
    assert view_of(query.encode()) is None


async def test_strangers_see_no_map(app: App, places: dict[str, str]) -> None:
    """The map is for who is signed in, as everything that says where somebody looks."""
    async with app.http as nobody:
        assert (await nobody.get("/v1/map", params={"bbox": BOX})).status_code == 401


@pytest.mark.parametrize("path", ["/v1/map?bbox=9.0,48.8,9.3,49.0", "/v1/locations?bbox=9.0,48.8,9.3,49.0"])
async def test_what_did_not_change_is_not_sent_again(
    app: App, ada: Someone, bob: Someone, places: dict[str, str], path: str
) -> None:
    """An ETag holds while nothing but time goes by, for whoever asks, and falls with the first change (A10, A11)."""
    first = await ada.http.get(path)
    assert first.headers["Cache-Control"] == "private, no-cache"
    app.clock.advance(10)
    again = await bob.http.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    async with app.work() as db:
        evse = (await db.exec(select(EvseRow))).first()
        assert evse is not None
        evse.status = EvseStatus.CHARGING.value
        db.add(evse)
    changed = await ada.http.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]


@pytest.mark.capability("CM16")
async def test_a_running_charge_is_in_every_answer(
    app: App, ada: Someone, bob: Someone, places: dict[str, str]
) -> None:
    """Map, list, favorites and passes lead back to the charge of their own driver, and to nobody else's."""
    started = await ada.start(places["DE*ABC*E71*001"])
    assert started.status_code == 202, started.text
    paths = (
        f"/v1/map?bbox={BOX}",
        "/v1/map?bbox=20,20,21,21",
        f"/v1/locations?bbox={BOX}",
        "/v1/favorites",
        "/v1/me/passes",
    )
    for path in paths:
        own, other = (await ada.http.get(path)).json(), (await bob.http.get(path)).json()
        assert own["active_charging_session_id"] == started.json()["id"], path
        assert other["active_charging_session_id"] is None, path


@pytest.mark.capability("CM04", "CM05")
@pytest.mark.parametrize(
    ("terms", "reason"),
    [({"app_charging": False}, "network_without_app_charging"), ({"state": "paused"}, "network_not_live")],
)
async def test_the_agreement_closes_the_app_and_says_why(
    app: App, ada: Someone, places: dict[str, str], terms: dict[str, object], reason: str
) -> None:
    """Map, list and quote say the same of a network whose agreement has no app charging, or that sleeps."""
    row = {"country_code": "DE", "party_id": "ABC", "name": "Harbor Net", "updated_at": START}
    async with app.work() as db:
        db.add(Network.model_validate(row | terms))
    assert not any(each.app_charging for each in (await shown(ada, **NEAR)).locations)
    assert (await shown(ada, **NEAR, app_charging=True)).locations == []
    listed = (await ada.http.get("/v1/locations", params={"bbox": BOX})).json()["locations"]
    first = listed[0]["connectors"][0]
    assert first["ways"]["app"] == {"ok": False, "why_not": [reason]}
    assert first["startable"]["reasons"] == [reason]
    quoted = await ada.quote(places["DE*ABC*E71*001"])
    assert (quoted.status_code, quoted.json()["facts"]["reason"]) == (409, reason)


@pytest.mark.capability("CK02")
async def test_whom_to_call_is_never_empty(app: App, ada: Someone, places: dict[str, str]) -> None:
    """The operator's own contacts first, else the network's page, else ours; what is missing is said."""

    async def operator() -> dict[str, object]:
        listed = (await ada.http.get("/v1/locations", params={"bbox": BOX})).json()["locations"]
        found: dict[str, object] = listed[0]["place"]["operator"]
        return found

    told = await operator()
    assert (told["name"], told["phone"], told["source"]) == ("Harbor Energy", "+49 711 0000", "operator")
    assert told["incomplete"] == ["website", "email", "hours"]
    async with app.work() as db:
        for row in (await db.exec(select(LocationRow))).all():
            row.help_phone = row.operator_name = None
            db.add(row)
    ours = await operator()
    assert (ours["source"], ours["email"]) == ("platform", app.ports.policy.issuer.email)
    assert ours["name"] == app.ports.policy.issuer.name
    website = "https://harbor.example"
    async with app.work() as db:
        db.add(Network(country_code="DE", party_id="ABC", name="Harbor Net", website=website, updated_at=START))
    network = await operator()
    assert (network["source"], network["name"], network["website"]) == ("network", "Harbor Net", website)


@pytest.mark.capability("P11")
async def test_a_status_ages_until_the_partner_is_heard_again(app: App, ada: Someone, places: dict[str, str]) -> None:
    """Fresh, then recent, then stale with a warning that refuses nothing; a pull makes it good again."""

    async def first() -> dict[str, object]:
        listed = (await ada.http.get("/v1/locations", params={"bbox": BOX})).json()["locations"]
        found: dict[str, object] = listed[0]["connectors"][0]
        return found

    assert ((await first())["freshness"], (await first())["availability"]) == ("live", "available")
    app.clock.advance(600)
    assert (await first())["freshness"] == "recent"
    async with app.work() as db:
        partner = (await db.exec(select(Partner))).one()
        partner.locations_pulled_at = app.clock.now() - timedelta(minutes=2)
        db.add(partner)
    told = await first()
    assert (told["freshness"], told["confirmed_age_s"], told["status_age_s"]) == ("live", 120, 780)
    async with app.work() as db:
        partner.locations_pulled_at = None
        await db.merge(partner)
        evses = (await db.exec(select(EvseRow))).all()
        for evse in evses:
            evse.last_updated = app.clock.now() - timedelta(hours=2)
            db.add(evse)
    told = await first()
    assert told["freshness"] == "stale"
    assert told["startable"] == {"ok": True, "reasons": [], "warnings": ["stale_status"]}
