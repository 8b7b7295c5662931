"""Contacts without an account: the directory by place, the best line in words, and whom a charging driver calls."""

from datetime import UTC, datetime

import httpx
import pytest

from api.services.directory.take_in import import_directory
from tests.api.routes.app.conftest import App, Someone
from tests.api.routes.app.happenings import POST
from tests.api.routes.app.test_problems import checked
from tests.api.services.directory.lists import CONTACTS, SHARED

SEED = next(iter(sorted((SHARED / "seeds").glob("003_*.txt"))), None)
BEST, ALL = "/v1/support/best", "/v1/support/contacts"


async def take_in(app: App, text: str = CONTACTS, form: str = "csv") -> None:
    """Take a list in."""
    async with app.work() as db:
        await import_directory(
            db=db, ports=app.ports, now=app.clock.now(), by="Ada", source="own", form=form, text=text
        )


def set_clock(app: App, when: str) -> None:
    """Let it be a moment in UTC."""
    app.clock.advance(int((datetime.fromisoformat(when).replace(tzinfo=UTC) - app.clock.now()).total_seconds()))


@pytest.mark.capability("CP04", "CP06", "CP15")
async def test_the_best_line_is_told_in_the_callers_language_and_zone(app: App, anyone: httpx.AsyncClient) -> None:
    """Without an account: the Portuguese desk keeps another clock than its callers."""
    await take_in(app)
    set_clock(app, "2027-07-05 16:30")  # a Monday, 18:30 CEST: the desk closed at 18:00
    asked = {"country": "PT", "role": "owner", "time_zone": "Europe/Lisbon"}
    answer = await anyone.get(BEST, params=asked, headers={"Accept-Language": "de-AT, pt;q=0.5"})
    shown = answer.json()
    assert (answer.status_code, answer.headers["content-language"]) == (200, "de")
    best = shown["best"]
    assert (best["number"], best["open"], best["languages_now"]) == ("+351800555012", False, [])
    assert (best["next_change_at"], best["next_change_local"], best["time_zone"]) == (
        "2027-07-06T06:00:00Z",
        "2027-07-06T07:00",
        "Europe/Lisbon",
    )
    assert best["hours"]["zone"] == "Europe/Brussels"
    assert shown["text"] == "Geschlossen bis 2027-07-06 07:00."
    norwegian = await anyone.get(BEST, params={"country": "CH", "lang": "no"})
    assert (norwegian.headers["content-language"], norwegian.json()["text"]) == ("nb", "Noen svarer døgnet rundt.")


@pytest.mark.capability("CP15")
async def test_the_answer_is_not_sent_again_while_nothing_changed(app: App, anyone: httpx.AsyncClient) -> None:
    """The ETag holds until what a caller meets changes, here when French begins."""
    await take_in(app)
    set_clock(app, "2027-06-07 10:00")  # a Monday, 06:00 EDT
    first = await anyone.get(BEST, params={"country": "CA", "lang": "fr"})
    assert (first.json()["best"]["languages_now"], first.json()["best"]["toll"]) == (["en"], "free")
    known = {"If-None-Match": first.headers["etag"]}
    app.clock.advance(3599)
    assert (await anyone.get(BEST, params={"country": "CA", "lang": "fr"}, headers=known)).status_code == 304
    app.clock.advance(1)
    later = await anyone.get(BEST, params={"country": "CA", "lang": "fr"}, headers=known)
    assert (later.status_code, later.json()["best"]["languages_now"]) == (200, ["en", "fr"])


@pytest.mark.capability("CK02", "CP15")
async def test_at_a_charger_its_operator_comes_first(
    app: App, anyone: httpx.AsyncClient, ada: Someone, places: dict[str, str]
) -> None:
    """With the country of the location; where the directory has nothing, there is still the operator."""
    found = (await ada.http.get("/v1/connectors/resolve", params={"visual_id": POST})).json()
    asked = {"location_id": found["place"]["id"]}
    alone = (await anyone.get(BEST, params=asked)).json()
    assert (alone["operator"]["phone"], alone["best"], alone["text"]) == ("+49 711 0000", None, None)
    assert "Harbor Energy" in alone["operator_text"]
    await take_in(app, "country,role,number,hours\nDE,driver,+49 30 23125123,24/7 de\n")
    both = (await anyone.get(BEST, params=asked)).json()
    assert (both["operator"], both["best"]["number"]) == (alone["operator"], "+493023125123")
    checked(await anyone.get(BEST, params={"location_id": "loc_x"}), 404, "unknown-location")


async def test_what_cannot_be_answered_is_a_problem(app: App, anyone: httpx.AsyncClient) -> None:
    """No line, no country, no such zone, no such role."""
    checked(await anyone.get(BEST, params={"country": "DE"}), 404, "no-contact")
    checked(await anyone.get(BEST), 422, "country-missing")
    checked(await anyone.get(BEST, params={"country": "DE", "time_zone": "Mars/Base"}), 422, "unknown-time-zone")
    for wrong in ({"country": "Germany"}, {"country": "DE", "role": "boss"}):
        checked(await anyone.get(BEST, params=wrong), 422, "invalid-request")


async def test_lookups_without_an_account_are_limited(
    app: App, anyone: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the caller's network, and the answer says what is left."""
    monkeypatch.setattr("api.services.drivers.attempts.LOOKUPS_OF_ONE_CALLER", 2)
    first = await anyone.get(ALL)
    assert "r=1" in first.headers["ratelimit"]
    await anyone.get(BEST, params={"country": "DE"})
    checked(await anyone.get(ALL), 429, "too-many-attempts")


@pytest.mark.capability("CM24", "CK22")
async def test_every_charging_driver_has_a_line_that_is_always_open(
    app: App, ada: Someone, places: dict[str, str]
) -> None:
    """Beside the operator or issuer, and for a fleet's badge too; in the country of the charge."""
    await take_in(app, "country,role,number,hours\nDE,driver,+49 30 23125123,mon-fri 08:00-20:00 de; otherwise en\n")
    charge = (await ada.start(places[POST])).json()
    for asked in ({}, {"charging_session_id": charge["id"]}, {"channel": "emsp_badge", "contract_id": "FR-XYZ-C1"}):
        answer = (await ada.http.get("/v1/help/contact", params=asked)).json()
        assert (answer["who"], answer["phone"]) == ("operator", "+49 711 0000"), asked
        line = answer["always_open"]
        assert (line["number"], line["open"], line["always_open"]) == ("+493023125123", True, True)


@pytest.mark.capability("CP01", "CP02", "CP03")
async def test_the_list_is_filtered_and_hides_lines_for_products(app: App, anyone: httpx.AsyncClient) -> None:
    """By region, country and role; a product's lines come only when it is named, and the answer names them."""
    await take_in(app)
    plain = (await anyone.get(ALL, params={"region": "europe", "role": "owner"})).json()
    assert {each["country"] for each in plain["contacts"]} == {"GB", "IE", "PT"}
    assert plain["products"] == ["wallbox_one"]
    own = (await anyone.get(ALL, params={"product": "wallbox_one"})).json()["contacts"]
    assert [(each["number"], each["country"], each["toll"]) for each in own] == [("+31205550123", None, "paid")]
    assert [each["number"] for each in (await anyone.get(ALL, params={"country": "aut"})).json()["contacts"]] == [
        "+43800201234",
        "+4315550199",
    ]


@pytest.mark.skipif(SEED is None, reason="the shared material is not here")
@pytest.mark.capability("CP01", "CP02", "CP03", "CP05", "CP08")
async def test_every_row_of_the_real_page_is_reachable(app: App, anyone: httpx.AsyncClient) -> None:
    """All 34 numbers, over the plain list and those of its products; both roles in each country of Europe."""
    assert SEED is not None
    await take_in(app, SEED.read_text("utf-8"), "page")
    plain = (await anyone.get(ALL)).json()
    contacts = [*plain["contacts"]]
    for product in plain["products"]:
        contacts += (await anyone.get(ALL, params={"product": product})).json()["contacts"]
    assert plain["products"] == ["be_energised", "home_flex", "viriciti"]
    assert len({each["number"] for each in contacts}) == len({each["number_id"] for each in contacts}) == 34
    # Two rows of the page are for the United States and Canada, one of them for a product as well: 46 entries.
    assert len(contacts) == len({each["id"] for each in contacts}) == 46
    for region, countries in (("europe", 17), ("north_america", 2), ("asia_pacific", 1)):
        found = (await anyone.get(ALL, params={"region": region, "role": "driver"})).json()["contacts"]
        assert len({each["country"] for each in found}) == countries
    belgian = (await anyone.get(ALL, params={"country": "BE", "role": "driver"})).json()["contacts"]
    assert [(each["hours"]["always_open"], each["doubtful"]) for each in belgian] == [(True, False), (True, True)]
