"""What the CPO serves to read and to write: pages, single objects, tokens, malformed commands."""

from typing import Any

import pytest

from tests.sandbox.cpo.conftest import AC, TOKEN, Stage

TOKEN_URL = "/ocpi/2.2.1/tokens/DE/TST/start-token-1"


def test_lists_are_read_page_by_page(stage: Stage) -> None:
    """Following Link reads all objects once; the last page has none; totals and the largest page size are stated."""
    ids: list[str] = []
    url: str | None = f"{stage.cpo}/ocpi/2.2.1/locations?limit=3"
    while url:
        answer = stage.call("GET", url.removeprefix(stage.cpo))
        assert (answer.headers["x-total-count"], answer.headers["x-limit"]) == ("4", "50")
        ids += [location["id"] for location in answer.json()["data"]]
        url = answer.links.get("next", {}).get("url")
    assert ids == ["VCP-AC-MARKET", "VCP-AC-STATION", "VCP-MS-HARBOR", "VCP-MS-LIBRARY"]


def test_dates_limit_a_list(stage: Stage) -> None:
    """date_from is inclusive and date_to exclusive, on last_updated."""
    born = "2026-01-05T08:00:00Z"
    assert len(stage.data("/ocpi/2.2.1/tariffs", date_from=born)) == 3
    assert stage.data("/ocpi/2.2.1/tariffs", date_to=born) == []
    assert stage.data("/ocpi/2.2.1/tariffs", date_from="2026-01-05T08:00:01Z") == []


def test_a_change_of_status_shows_in_the_location(stage: Stage) -> None:
    """While charging, EVSE and location carry the new status and its moment, and a date_from pull finds them."""
    stage.start()
    stage.pass_time(10)
    (location,) = stage.data("/ocpi/2.2.1/locations", date_from="2026-03-02T11:00:00Z")
    assert location["last_updated"] == "2026-03-02T11:00:07Z"
    evse = stage.data("/ocpi/2.2.1/locations/VCP-AC-MARKET/vcp-evse-0013")
    assert (evse["status"], evse["last_updated"]) == ("CHARGING", "2026-03-02T11:00:07Z")


def test_single_objects_are_served(stage: Stage) -> None:
    """Location, EVSE and connector have URLs of their own, with or without a trailing slash."""
    base = "/ocpi/2.2.1/locations/VCP-MS-HARBOR"
    assert stage.data(base + "/")["city"] == "Münster"
    assert stage.data(f"{base}/vcp-evse-0202")["physical_reference"] == "A2"
    assert stage.data(f"{base}/vcp-evse-0202/2")["standard"] == "CHADEMO"


@pytest.mark.parametrize("path", ["/nowhere", "/VCP-MS-HARBOR/vcp-evse-0013", "/VCP-MS-HARBOR/vcp-evse-0201/9"])
def test_unknown_objects_are_not_found(stage: Stage, path: str) -> None:
    """An unknown location, an EVSE of another location and an unknown connector answer 404."""
    assert stage.call("GET", "/ocpi/2.2.1/locations" + path).status_code == 404


def test_sessions_and_cdrs_can_be_pulled(stage: Stage) -> None:
    """The lists hold the same objects as were pushed; sessions without date_from answer 2001."""
    assert stage.call("GET", "/ocpi/2.2.1/sessions").json()["status_code"] == 2001
    stage.start()
    stage.pass_time(10_000)
    (session,) = stage.data("/ocpi/2.2.1/sessions", date_from="2026-03-02T00:00:00Z")
    assert session == stage.emsp.of("/sessions", "PUT")[-1].body
    assert stage.data("/ocpi/2.2.1/cdrs") == stage.cdrs()
    assert stage.data("/ocpi/2.2.1/sessions", date_from="2026-03-03T00:00:00Z") == []


def test_tokens_are_put_patched_and_read(stage: Stage) -> None:
    """A pushed token is stored under its owner, uid and type, changed by PATCH, and seen behind the curtain."""
    query = {"type": "APP_USER"}
    assert stage.call("GET", TOKEN_URL, **query).status_code == 404
    assert stage.call("PUT", TOKEN_URL, TOKEN, **query).status_code == 201
    change = {"valid": False, "last_updated": "2026-03-02T11:00:00Z"}
    assert stage.call("PATCH", TOKEN_URL, change, **query).json()["status_code"] == 1000
    assert stage.data(TOKEN_URL, **query) == TOKEN | change
    assert stage.call("GET", TOKEN_URL).status_code == 404  # asked for as RFID
    assert stage.hand("received", method="GET")["tokens"] == [TOKEN | change]


@pytest.mark.parametrize(
    ("method", "body", "code"),
    [
        ("PUT", TOKEN | {"uid": "somebody else"}, 2001),
        ("PUT", {"uid": "start-token-1"}, 2001),
        ("PATCH", {"valid": False}, 2001),
        ("PATCH", {"last_updated": "2026-03-02T11:00:00Z"}, 2004),
    ],
)
def test_bad_tokens_are_refused(stage: Stage, method: str, body: dict[str, Any], code: int) -> None:
    """A token that is not the URL's, incomplete, without last_updated, or unknown on PATCH is refused."""
    assert stage.call(method, TOKEN_URL, body).json()["status_code"] == code


@pytest.mark.parametrize(
    ("command", "body", "code"),
    [
        ("START_SESSION", AC, 2001),
        ("START_SESSION", AC | {"token": {"uid": "x"}}, 2001),
        ("START_SESSION", {"token": TOKEN, "location_id": "nowhere"}, 2003),
        ("START_SESSION", {"token": TOKEN, "location_id": "VCP-AC-MARKET", "evse_uid": "nothing"}, 2003),
        ("START_SESSION", AC | {"token": TOKEN, "connector_id": "9"}, 2003),
        ("STOP_SESSION", {}, 2001),
        ("DANCE", {}, 2000),
    ],
)
def test_malformed_commands_are_refused(stage: Stage, command: str, body: dict[str, Any], code: int) -> None:
    """What a command lacks or does not find is an OCPI status, not a CommandResponse."""
    answer = stage.call("POST", f"/ocpi/2.2.1/commands/{command}", {"response_url": "http://127.0.0.1:9/r"} | body)
    assert answer.json()["status_code"] == code
    assert "data" not in answer.json()


def test_a_body_that_is_no_json_answers_400(stage: Stage) -> None:
    """Broken JSON is an HTTP 400."""
    url = f"{stage.cpo}/ocpi/2.2.1/commands/START_SESSION"
    headers = dict(stage.call("GET", "/ocpi/versions").request.headers) | {"content-length": "5"}
    assert stage.http.post(url, content=b"{nope", headers=headers).status_code == 400


def test_unknown_and_ended_sessions_cannot_be_stopped(stage: Stage) -> None:
    """STOP of an unknown session is UNKNOWN_SESSION, of a completed one REJECTED."""
    assert stage.command("STOP_SESSION", {"session_id": "never"})["result"] == "UNKNOWN_SESSION"
    stage.start()
    stage.pass_time(10_000)
    assert stage.command("STOP_SESSION", {"session_id": stage.session_id()})["result"] == "REJECTED"


def test_unlocking_is_answered(stage: Stage) -> None:
    """UNLOCK_CONNECTOR works where the EVSE can, and is NOT_SUPPORTED elsewhere."""
    assert stage.command("UNLOCK_CONNECTOR", AC | {"connector_id": "1"})["result"] == "ACCEPTED"
    stage.pass_time(3)
    assert stage.emsp.of("/result/UNLOCK")[0].body == {"result": "ACCEPTED"}
    other = {"location_id": "VCP-AC-STATION", "evse_uid": "vcp-evse-0114", "connector_id": "1"}
    assert stage.command("UNLOCK_CONNECTOR", other)["result"] == "NOT_SUPPORTED"


def test_a_start_without_evse_takes_a_free_one(stage: Stage) -> None:
    """With only a location the CPO picks EVSEs that are free, one after the other."""
    for _ in range(2):
        assert stage.start({"location_id": "VCP-AC-MARKET"})["result"] == "ACCEPTED"
    stage.pass_time(10)
    used = [s["evse_uid"] for s in stage.hand("sessions", method="GET")]
    assert used == ["vcp-evse-0013", "vcp-evse-0014"]
    assert stage.start({"location_id": "VCP-AC-MARKET"})["result"] == "REJECTED"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("plans", {"evse_uid": "nothing", "plan": {}}),
        ("plans", {"plan": {"speed": 9}}),
        ("plans", {"plan": {"energy_kwh": "much"}}),
        ("plans", {"plan": {"charging_s": 0}}),
        ("plans", {"plan": {"stop_by": "magic"}}),
        ("faults", {"name": "unheard_of"}),
        ("faults", {"name": "slow", "minutes": 1}),
        ("sessions/none/unplug", None),
    ],
)
def test_mistakes_behind_the_curtain_are_told(stage: Stage, path: str, body: Any) -> None:
    """A wrong name or value answers 400 with a reason, and changes nothing."""
    answer = stage.http.post(f"{stage.cpo}/_sandbox/{path}", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]
