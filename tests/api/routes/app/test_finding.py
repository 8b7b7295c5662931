"""The map and the visual identifier through HTTP: boxes, filters, unknown prices, and never a silent pick."""

import pytest
from sqlmodel import select

from api.domain.roaming.location import EvseStatus
from api.models.location import EvseRow, LocationRow
from api.models.partner import Partner
from tests.api.routes.app.conftest import App, Someone

BOX = "9.0,48.8,9.3,49.0"


async def test_the_map_shows_what_is_in_the_box(ada: Someone, places: dict[str, str]) -> None:
    """Locations come nearest to the middle first, with power, price or the reason for none, and whom to call."""
    answer = await ada.http.get("/v1/locations", params={"bbox": BOX})
    assert answer.status_code == 200, answer.text
    harbor, market = answer.json()["locations"]
    assert (harbor["place"]["name"], market["place"]["name"]) == ("Harbor Street 7", "Market")
    assert harbor["place"]["operator"]["phone"] == "+49 711 0000"
    first, second = harbor["connectors"]
    assert (first["power_w"], first["status"], first["status_age_s"]) == (22000, "available", 180)
    assert (first["energy_price"]["per_kwh"], first["energy_price"]["currency"]) == ("0.7021", "EUR")
    assert (first["energy_price"]["tax_included"], first["energy_price"]["vat_percent"]) == (True, "19")
    assert second["energy_price"]["per_kwh"] is None
    assert second["energy_price"]["unknown_because"] == "not_published"


@pytest.mark.capability("CM04")
async def test_the_app_filter_leaves_out_what_a_start_would_refuse(ada: Someone, places: dict[str, str]) -> None:
    """With ``app_charging`` every connector shown can be quoted; without it the reason is told (CM04, CM06)."""
    everything = (await ada.http.get("/v1/locations", params={"bbox": BOX})).json()["locations"]
    reasons = [each["startable"] for each in everything[1]["connectors"]]
    assert reasons == [{"ok": False, "reasons": ["remote_start_not_supported"], "warnings": []}]
    only = (await ada.http.get("/v1/locations", params={"bbox": BOX, "app_charging": True})).json()["locations"]
    shown = [connector["id"] for location in only for connector in location["connectors"]]
    assert shown
    for connector_id in shown:
        assert (await ada.quote(connector_id)).status_code == 201
    refused = await ada.quote(places["DE*ABC*E90*001"])
    assert (refused.status_code, refused.json()["code"]) == (409, "not-startable")


@pytest.mark.capability("CM04", "CM06")
@pytest.mark.parametrize("status", [status for status in EvseStatus if status is not EvseStatus.REMOVED])
async def test_startable_says_what_a_quote_will_say(
    app: App, ada: Someone, places: dict[str, str], status: EvseStatus
) -> None:
    """Whatever the status, the map promises a start exactly where a quote is given (CM04, CM06)."""
    async with app.work() as db:
        for evse in (await db.exec(select(EvseRow))).all():
            evse.status = status.value
            db.add(evse)
    shown = (await ada.http.get("/v1/locations", params={"bbox": BOX})).json()["locations"][0]["connectors"][0]
    quoted = await ada.quote(shown["id"])
    assert shown["startable"]["ok"] is (quoted.status_code == 201), quoted.text
    only = (await ada.http.get("/v1/locations", params={"bbox": BOX, "app_charging": True})).json()["locations"]
    assert bool(only) is shown["startable"]["ok"]


async def test_unpublished_and_disconnected_places_are_not_shown(
    app: App, ada: Someone, places: dict[str, str]
) -> None:
    """A private location and all locations of a partner that left are invisible."""
    async with app.work() as db:
        market = (await db.exec(select(LocationRow).where(LocationRow.name == "Market"))).one()
        market.publish = False
        db.add(market)
    names = [each["place"]["name"] for each in (await ada.http.get(f"/v1/locations?bbox={BOX}")).json()["locations"]]
    assert names == ["Harbor Street 7"]
    async with app.work() as db:
        partner = (await db.exec(select(Partner))).one()
        partner.status = "suspended"
        db.add(partner)
    assert (await ada.http.get(f"/v1/locations?bbox={BOX}")).json()["locations"] == []


async def test_a_small_limit_says_that_there_is_more(ada: Someone, places: dict[str, str]) -> None:
    """A truncated list says so; a box over the date line holds what is on both sides of it and nothing else."""
    one = (await ada.http.get("/v1/locations", params={"bbox": BOX, "limit": 1})).json()
    assert (len(one["locations"]), one["truncated"]) == (1, True)
    around = (await ada.http.get("/v1/locations", params={"bbox": "9.1,48.8,-170,49"})).json()
    assert len(around["locations"]) == 2
    away = (await ada.http.get("/v1/locations", params={"bbox": "170,48.8,-170,49"})).json()
    assert (away["locations"], away["truncated"]) == ([], False)


@pytest.mark.parametrize(
    "bbox", ["", "1,2,3", "1,2,3,x", "1,50,2,49", "-181,0,0,1", "0,0,1,91", "nan,0,1,1", "0,0,1,inf"]
)
async def test_boxes_that_are_none(ada: Someone, bbox: str) -> None:
    """Too few numbers, words, infinities and places off the earth are a problem, not a server error."""
    answer = await ada.http.get("/v1/locations", params={"bbox": bbox})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad-coordinates")


@pytest.mark.parametrize("bbox", ["1e-99999999,1,2,3", f"0.{'1' * 4000},1,2,3"])
async def test_numbers_finer_than_any_place_are_rounded(ada: Someone, bbox: str) -> None:
    """An absurd exponent or thousands of decimals are a place on the earth still, not a server error."""
    answer = await ada.http.get("/v1/locations", params={"bbox": bbox})
    assert (answer.status_code, answer.json()["locations"]) == (200, [])


async def resolve(who: Someone, **params: str) -> dict[str, object]:
    """Ask which connector is meant."""
    answer = await who.http.get("/v1/connectors/resolve", params=params)
    assert answer.status_code == 200, answer.text
    body: dict[str, object] = answer.json()
    return body


@pytest.mark.parametrize("typed", ["DE*ABC*E71*002", "de-abc-e71-002", "DEABCE71002", "E71*002", "71*002"])
async def test_the_full_id_or_its_part_names_one_connector(ada: Someone, places: dict[str, str], typed: str) -> None:
    """In every spelling, without saying where: exactly that connector (CM08)."""
    found = await resolve(ada, visual_id=typed)
    assert found["outcome"] == "one"
    assert found["connector"]["id"] == places["DE*ABC*E71*002"]  # type: ignore[index]  # a shape of JSON


@pytest.mark.capability("CM07")
@pytest.mark.parametrize("typed", ["1", "001", "#1", " 01 "])
async def test_a_bare_number_needs_a_place(ada: Someone, places: dict[str, str], typed: str) -> None:
    """At a location or near it a bare number names one; without a place it names candidates, never one (CM07)."""
    location = (await ada.http.get("/v1/locations", params={"bbox": BOX})).json()["locations"][0]
    for where in ({"location_id": location["place"]["id"]}, {"near": "48.8901,9.1801"}):
        found = await resolve(ada, visual_id=typed, **where)
        assert found["outcome"] == "one"
        assert found["connector"]["id"] == places["DE*ABC*E71*001"]  # type: ignore[index]  # a shape of JSON
    nowhere = await resolve(ada, visual_id=typed)
    assert (nowhere["outcome"], nowhere["connector"]) == ("candidates", None)
    ids = {each["connector"]["id"] for each in nowhere["candidates"]}  # type: ignore[attr-defined]  # as above
    assert ids >= {places["DE*ABC*E71*001"], places["DE*ABC*E90*001"]}
    assert all(each["why"] and each["confidence"] < 70 for each in nowhere["candidates"])  # type: ignore[attr-defined]  # as above


async def test_nothing_meant_is_nothing_found(ada: Someone, places: dict[str, str]) -> None:
    """A number nobody has is ``none``; a location nobody has is 404; stray characters harm nothing."""
    assert (await resolve(ada, visual_id="4711"))["outcome"] == "none"
    assert (await resolve(ada, visual_id="%_*"))["outcome"] == "none"
    for location_id in ("loc_AAAA", "loc_cHJ0XzE", "loc_-"):
        answer = await ada.http.get("/v1/connectors/resolve", params={"visual_id": "1", "location_id": location_id})
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown-location")
    for params in ({"visual_id": "a\x00b"}, {"visual_id": ""}, {"visual_id": "1", "location_id": "loc_\x00"}):
        answer = await ada.http.get("/v1/connectors/resolve", params=params)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")


async def test_a_physical_reference_wins(app: App, ada: Someone, places: dict[str, str]) -> None:
    """What the operator wrote on the post beats what the ids suggest."""
    async with app.work() as db:
        for evse in (await db.exec(select(EvseRow).where(EvseRow.evse_id != "DE*ABC*E90*001"))).all():
            evse.physical_reference = "2" if (evse.evse_id or "").endswith("1") else "1"
            db.add(evse)
    found = await resolve(ada, visual_id="1", near="48.89,9.18")
    assert found["outcome"] == "one"
    assert found["connector"]["id"] == places["DE*ABC*E71*002"]  # type: ignore[index]  # a shape of JSON
    assert found["connector"]["visual_id"] == "1"  # type: ignore[index]  # as above


async def test_a_name_on_a_post_is_not_unique_in_the_network(app: App, ada: Someone, places: dict[str, str]) -> None:
    """What an operator wrote on one post says nothing about the posts of others: without a place it is a candidate."""
    async with app.work() as db:
        for evse in (await db.exec(select(EvseRow).where(EvseRow.evse_id != "DE*ABC*E71*002"))).all():
            evse.physical_reference = "Haus 13" if (evse.evse_id or "").startswith("DE*ABC*E71") else "Haus-13"
            db.add(evse)
    nowhere = await resolve(ada, visual_id="Haus 13")
    assert (nowhere["outcome"], nowhere["connector"]) == ("candidates", None)
    here = await resolve(ada, visual_id="Haus 13", near="48.89,9.18")
    assert here["outcome"] == "one"
    assert here["connector"]["id"] == places["DE*ABC*E71*001"]  # type: ignore[index]  # a shape of JSON
