"""Networks through HTTP: where the app can charge, where the number of a post is, and being told of a planned one."""

from typing import Any

import pytest

from api.services.charging.network_news import write_network
from api.services.roaming.networks import NetworkChange
from tests.api.routes.app.conftest import App, Someone
from tests.api.routes.app.happenings import POST
from tests.api.routes.app.test_problems import checked

ABC = "/v1/networks/net_DE-ABC"


async def network(app: App, party: str = "ABC", **change: Any) -> None:
    """Write down a network."""
    async with app.work() as db:
        await write_network(
            db=db,
            ports=app.ports,
            now=app.clock.now(),
            country_code="DE",
            party_id=party,
            change=NetworkChange(**change),
        )


@pytest.mark.capability("CM01")
async def test_the_list_says_where_the_app_can_charge(app: App, ada: Someone, places: dict[str, str]) -> None:
    """By agreement, state and what the posts can do; a network nobody wrote down is named by its own posts."""
    await network(app, "XYZ", name="Somebody", state="planned")
    both = (await ada.http.get("/v1/networks")).json()["networks"]
    assert [(each["id"], each["name"], each["app_charging"]) for each in both] == [
        ("net_DE-ABC", "Harbor Energy", True),
        ("net_DE-XYZ", "Somebody", False),
    ]
    changes: list[tuple[bool, list[str]]] = [(False, []), (True, ["net_DE-ABC"])]
    for agreed, left in changes:
        await network(app, app_charging=agreed)
        answer = (await ada.http.get("/v1/networks", params={"app_charging": True})).json()
        assert [each["id"] for each in answer["networks"]] == left
    without = (await ada.http.get("/v1/networks", params={"app_charging": False})).json()["networks"]
    assert [each["state"] for each in without] == ["planned"]


@pytest.mark.capability("CM01")
async def test_the_list_is_sent_again_only_when_it_changed(app: App, ada: Someone, places: dict[str, str]) -> None:
    """With the ETag of before the answer is 304; a change gives another ETag and a later moment."""
    await network(app, name="Harbor")
    first = await ada.http.get("/v1/networks")
    known = {"If-None-Match": first.headers["etag"]}
    assert (await ada.http.get("/v1/networks", headers=known)).status_code == 304
    app.clock.advance(60)
    await network(app, state="paused")
    second = await ada.http.get("/v1/networks", headers=known)
    assert second.status_code == 200
    assert second.json()["updated_at"] > first.json()["updated_at"]


@pytest.mark.capability("CM01", "CM06")
async def test_a_paused_network_gives_no_quote(app: App, ada: Someone, places: dict[str, str]) -> None:
    """The refusal names the reason."""
    await network(app, state="paused")
    problem = checked(await ada.quote(places[POST]), 409, "not-startable")
    assert problem["facts"]["reason"] == "network_not_live"


@pytest.mark.capability("CM02")
async def test_a_start_without_the_pass_it_needs_names_the_step(app: App, ada: Someone, places: dict[str, str]) -> None:
    """409 ``pass-not-activated``, also for a quote from before the policy."""
    quote = (await ada.quote(places[POST])).json()
    await network(app, pass_policy="active")
    checked(await ada.quote(places[POST]), 409, "pass-not-activated")
    body = {"quote_id": quote["id"], "consent": quote["hold"]}
    answer = await ada.http.post("/v1/charging-sessions", json=body, headers={"Idempotency-Key": "k1"})
    problem = checked(answer, 409, "pass-not-activated")
    assert (problem["facts"]["step"], problem["next_action"]) == ("order_pass", "use_pass")


@pytest.mark.capability("CM27")
async def test_a_driver_is_told_when_a_planned_network_is_there(app: App, ada: Someone, bob: Someone) -> None:
    """Once, by a notice; who changed their mind is not, and a network that is there cannot be waited for."""
    await network(app, name="Soon", state="planned")
    for someone in (ada, bob):
        assert (await someone.http.put(f"{ABC}/watch")).status_code == 204
    assert (await bob.http.delete(f"{ABC}/watch")).status_code == 204
    assert (await ada.http.get(ABC)).json()["told_when_there"] is True
    assert (await bob.http.get(ABC)).json()["told_when_there"] is False
    await network(app, state="live")
    notices = (await ada.http.get("/v1/notices")).json()["notices"]
    assert [each["message"] for each in notices] == ["network_live"]
    assert (await bob.http.get("/v1/notices")).json()["notices"] == []


@pytest.mark.capability("CM27")
async def test_a_network_that_is_there_cannot_be_waited_for(ada: Someone, places: dict[str, str]) -> None:
    """And one that is not known at all is 404."""
    checked(await ada.http.put(f"{ABC}/watch"), 409, "network-there")
    checked(await ada.http.put("/v1/networks/net_DE-QQQ/watch"), 404, "unknown-network")


@pytest.mark.capability("CM09")
async def test_help_comes_in_the_language_that_there_is(app: App, ada: Someone, places: dict[str, str]) -> None:
    """The network's own words, else its English ones, else words that hold for most, in five languages."""
    generic = {}
    for language in ("en", "de", "fr", "nb", "sv"):
        answer = (await ada.http.get(f"{ABC}/visual-id-help", params={"language": language})).json()
        assert (answer["source"], answer["language"], answer["picture_url"]) == ("generic", language, None)
        generic[language] = answer["text"]
    assert len(set(generic.values())) == 5
    await network(
        app,
        visual_id_hints={"en": "On the lid.", "de": "Auf dem Deckel."},
        visual_id_picture="https://abc.example/lid.jpg",
    )
    own = [(await ada.http.get(f"{ABC}/visual-id-help", params={"language": each})).json() for each in ("de-AT", "sv")]
    assert [(each["language"], each["text"]) for each in own] == [("de", "Auf dem Deckel."), ("en", "On the lid.")]
    assert {each["picture_url"] for each in own} == {"https://abc.example/lid.jpg"}


@pytest.mark.capability("CM07", "CM08")
async def test_what_is_typed_is_read_by_the_networks_rules(app: App, ada: Someone, places: dict[str, str]) -> None:
    """Number, hash, whole id and the network's own word meet one connector; two with that number are candidates."""
    await network(app, visual_id_rules=[{"pattern": r"Box\s*0*(\d+)", "replacement": r"\1"}])
    near = {"near": "48.89,9.18"}
    for typed in ("1", "#1", "DE*ABC*E71*001", "Box 1", "box 001"):
        answer = (await ada.http.get("/v1/connectors/resolve", params={"visual_id": typed} | near)).json()
        assert answer["outcome"] == "one", typed
        assert answer["connector"]["id"] == places["DE*ABC*E71*001"], typed


@pytest.mark.capability("CM07")
async def test_a_charge_shows_what_was_typed(app: App, ada: Someone, places: dict[str, str]) -> None:
    """In the charge and in the history, letter by letter; without typing it is what our screens showed."""
    quote = (await ada.quote(places[POST], visual_id="Box #1")).json()
    body = {"quote_id": quote["id"], "consent": quote["hold"]}
    started = await ada.http.post("/v1/charging-sessions", json=body, headers={"Idempotency-Key": "k1"})
    shown = (await ada.http.get(started.json()["url"])).json()
    assert shown["place"]["visual_id"] == "Box #1"
    listed = (await ada.http.get("/v1/charging-sessions")).json()["charging_sessions"]
    assert [each["place"]["visual_id"] for each in listed] == ["Box #1"]


async def test_a_charge_that_nobody_typed_for_shows_what_we_showed(ada: Someone, places: dict[str, str]) -> None:
    """So a receipt always says which post it was."""
    started = await ada.start(places[POST])
    assert (await ada.http.get(started.json()["url"])).json()["place"]["visual_id"] == POST
