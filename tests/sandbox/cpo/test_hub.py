"""Hub mode: one connection, several operators behind it; routing headers, client info, replaced references, order."""

import subprocess
import sys
from typing import Any

import httpx
import pytest

from sandbox.cpo.clock import ManualClock
from sandbox.cpo.hub import hub_feed
from sandbox.cpo.world import CpoConfig
from tests.sandbox.cpo.conftest import NOON, TOKEN, Stage
from tests.sandbox.cpo.emsp import headers

Json = dict[str, Any]
B = {"location_id": "VCB-AC-MARKET", "evse_uid": "vcb-evse-0013"}
TO_B = {"OCPI-to-country-code": "NL", "OCPI-to-party-id": "VCB"}
FROM_US = {"OCPI-from-country-code": "DE", "OCPI-from-party-id": "TST"}


@pytest.fixture
def config() -> CpoConfig:
    """Set up a hub."""
    return CpoConfig(clock=ManualClock(NOON), patience=(0.02, 0.05, 0.1), feed=hub_feed(), hub=True)


def asked(stage: Stage, method: str, path: str, routing: dict[str, str], body: Any = None) -> httpx.Response:
    """Call the hub with routing headers."""
    return stage.http.request(method, stage.cpo + path, json=body, headers=headers(stage.our_token) | routing)


def turn(stage: Stage, party_id: str, status: str) -> None:
    """Turn what the hub can reach."""
    stage.hand("parties", {"country_code": "NL", "party_id": party_id, "status": status})


@pytest.mark.parametrize(("version", "roles"), [("2.2.1", ["HUB"]), ("2.3.0", ["VCA", "VCB", "VCC"])])
def test_the_hub_names_itself_and_who_is_behind_it(bare: Stage, version: str, roles: list[str]) -> None:
    """2.2.1 has a role HUB and no word on the parties; 2.3.0 lists them and names the hub in `hub_party_id`."""
    bare.register(version)
    found = bare.data(f"/ocpi/{version}/credentials")
    assert [role["party_id"] for role in found["roles"]] == roles
    assert found.get("hub_party_id") == (None if version == "2.2.1" else "DEHUB")
    assert {role["role"] for role in found["roles"]} == ({"HUB"} if version == "2.2.1" else {"CPO"})
    modules = {(e["identifier"], e["role"]) for e in bare.data(f"/ocpi/{version}")["endpoints"]}
    assert ("hubclientinfo", "SENDER") in modules


def test_a_hub_does_not_speak_2_1_1(bare: Stage) -> None:
    """Without routing headers nobody could say who is meant."""
    listed = bare.call("GET", "/ocpi/versions", token=bare.token_a).json()["data"]
    assert [entry["version"] for entry in listed] == ["2.2.1", "2.3.0"]


def test_one_connection_shows_the_places_of_all_parties_or_of_one(stage: Stage) -> None:
    """Unaddressed, or addressed to the hub, a list has every owner; addressed to a party, its own only."""
    owners = [item["party_id"] for item in stage.data("/ocpi/2.2.1/locations", limit="50")]
    assert {name: owners.count(name) for name in owners} == {"VCA": 4, "VCB": 4, "VCC": 4}
    mine = asked(stage, "GET", "/ocpi/2.2.1/locations", TO_B | FROM_US)
    assert {(item["country_code"], item["party_id"]) for item in mine.json()["data"]} == {("NL", "VCB")}
    assert asked(stage, "GET", "/ocpi/2.2.1/locations/VCA-AC-MARKET", TO_B).status_code == 404
    assert asked(stage, "GET", "/ocpi/2.2.1/locations/VCB-AC-MARKET", TO_B).status_code == 200


def test_from_and_to_are_swapped_in_answers(stage: Stage) -> None:
    """The answer comes from the party that was asked, to the party that asked."""
    answer = asked(stage, "GET", "/ocpi/2.2.1/tariffs", TO_B | FROM_US)
    assert answer.headers["ocpi-from-country-code"] == "NL"
    assert (answer.headers["ocpi-from-party-id"], answer.headers["ocpi-to-party-id"]) == ("VCB", "TST")


def test_what_is_pushed_comes_from_its_owner(stage: Stage) -> None:
    """Headers, URL and body agree on the operator; result, session, EVSE and CDR alike."""
    stage.start(B)
    stage.pass_time(20_000)
    (cdr,) = stage.cdrs()
    assert (cdr["country_code"], cdr["party_id"]) == ("NL", "VCB")
    assert {got.headers["ocpi-from-party-id"] for got in stage.emsp.got} == {"VCB"}
    assert all("/NL/VCB/" in got.path for got in stage.emsp.of("/sessions") + stage.emsp.of("/locations"))


def test_unknown_and_unconnected_receivers(stage: Stage) -> None:
    """4001 for a party nobody knows, 4003 for one that is offline, both in HTTP 200; nothing starts."""
    body = {"response_url": f"{stage.emsp.base}/result/x", "token": TOKEN} | B
    nobody = TO_B | {"OCPI-to-party-id": "NIX"}
    turn(stage, "VCB", "OFFLINE")
    found = [asked(stage, "POST", "/ocpi/2.2.1/commands/START_SESSION", to, body) for to in (nobody, TO_B)]
    assert [(answer.status_code, answer.json()["status_code"]) for answer in found] == [(200, 4001), (200, 4003)]
    assert stage.hand("sessions", method="GET") == []
    turn(stage, "VCB", "CONNECTED")
    again = asked(stage, "POST", "/ocpi/2.2.1/commands/START_SESSION", TO_B, body)
    assert again.json()["data"]["result"] == "ACCEPTED"


def test_a_command_for_another_party_than_the_places_owner_is_refused(stage: Stage) -> None:
    """A location of A is unknown to B."""
    body = {"response_url": f"{stage.emsp.base}/result/x", "token": TOKEN, "location_id": "VCA-AC-MARKET"}
    answer = asked(stage, "POST", "/ocpi/2.2.1/commands/START_SESSION", TO_B, body)
    assert answer.json()["status_code"] == 2003


def test_the_authorization_reference_is_replaced(stage: Stage) -> None:
    """Hubs put their own in place of ours; the token comes back."""
    stage.start(B, authorization_reference="ours")
    stage.pass_time(20_000)
    (cdr,) = stage.cdrs()
    assert (cdr["authorization_reference"] != "ours", cdr["cdr_token"]["uid"]) == (True, TOKEN["uid"])
    assert cdr["session_id"].startswith("HUB-S-")


def test_client_info_is_listed_and_pushed(stage: Stage) -> None:
    """The list has each party's state; a change is PUT to the eMSP, without routing headers."""
    stage.clock.advance(100)
    turn(stage, "VCB", "SUSPENDED")
    got = stage.emsp.wait(lambda: stage.emsp.of("/hubclientinfo", "PUT"))[0]
    expected = {"country_code": "NL", "party_id": "VCB", "role": "CPO", "status": "SUSPENDED"}
    assert got.path == "/hubclientinfo/NL/VCB"
    assert got.body == expected | {"last_updated": "2026-03-02T11:01:40Z"}
    assert "ocpi-to-party-id" not in got.headers
    answer = asked(stage, "GET", "/ocpi/2.2.1/hubclientinfo", {})
    assert "ocpi-from-party-id" not in answer.headers
    assert [info["status"] for info in answer.json()["data"]] == ["CONNECTED", "SUSPENDED", "CONNECTED"]
    assert stage.data("/ocpi/2.2.1/hubclientinfo", date_from="2026-03-02T11:01:00Z") == [got.body]


def test_an_unknown_state_is_refused(stage: Stage) -> None:
    """The hand behind the curtain takes states of the specification only."""
    order = {"country_code": "NL", "party_id": "VCB", "status": "GONE"}
    assert stage.http.post(f"{stage.cpo}/_sandbox/parties", json=order).status_code == 400


def test_what_is_forwarded_waits_behind_what_failed(stage: Stage) -> None:
    """Store and forward: a party's messages keep their order over retries, across sessions and modules."""
    stage.emsp.answers += [("/result", 503, 3000)] * 2
    stage.start(B, plan={"charging_s": 600, "parked_s": 60})
    stage.pass_time(20_000)
    told = [got.path.split("/")[1] for got in stage.emsp.got]
    assert told[:4] == ["result", "result", "result", "locations"]
    assert told[-1] == "cdrs"


def test_operators_behind_the_hub_do_not_wait_for_each_other(stage: Stage) -> None:
    """The queue belongs to a pair of parties: what A's messages wait for does not hold up B's."""
    stage.emsp.answers += [("/result", 503, 3000)] * 4
    stage.start({"location_id": "VCA-AC-MARKET", "evse_uid": "vca-evse-0013"}, plan={"charging_s": 600})
    stage.start(B, plan={"charging_s": 600})
    stage.pass_time(20_000)
    assert {cdr["party_id"] for cdr in stage.cdrs()} == {"VCA", "VCB"}


def test_the_command_line_runs_a_hub() -> None:
    """`--hub` says what it is."""
    command = [sys.executable, "-m", "sandbox.cpo", "--hub", "--token-a", "t"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own program
        assert process.stdout is not None
        try:
            assert process.stdout.readline().startswith("virtual hub versions_url=http://127.0.0.1:")
        finally:
            process.terminate()
