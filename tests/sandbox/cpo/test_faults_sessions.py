"""Faults of starts and of running sessions, each doing what its line in the table says."""

from typing import Any

import pytest

from tests.sandbox.cpo.conftest import AC, TOKEN, Stage
from tests.sandbox.cpo.test_faults import PLAN, results, run

Json = dict[str, Any]
SESSIONS = "/sessions/DE/VCP"


def sessions(stage: Stage) -> list[Json]:
    """Return the bodies of session PUTs and PATCHes, in order of arrival."""
    return [got.body for got in stage.emsp.of(SESSIONS)]


def test_result_twice(stage: Stage) -> None:
    """The same result comes two times, and one session."""
    run(stage, "result_twice")
    assert results(stage) == ["ACCEPTED", "ACCEPTED"]
    assert len(stage.cdrs()) == 1


def test_session_before_response(stage: Stage) -> None:
    """The session is there when START_SESSION is answered; its result comes later."""
    stage.hand("faults", {"name": "session_before_response"})
    stage.start(plan=PLAN)
    assert [body["status"] for body in sessions(stage)] == ["ACTIVE"]
    assert results(stage) == []
    stage.pass_time(20_000)
    assert results(stage) == ["ACCEPTED"]
    assert len(stage.cdrs()) == 1


def test_replaced_reference(stage: Stage) -> None:
    """Session and CDR agree on a reference that is not ours; the token still is."""
    stage.hand("faults", {"name": "replaced_reference"})
    stage.start(plan=PLAN, authorization_reference="ours")
    stage.pass_time(20_000)
    told = {body["authorization_reference"] for body in (sessions(stage)[0], stage.cdrs()[0])}
    assert len(told) == 1
    assert told != {"ours"}
    assert stage.cdrs()[0]["cdr_token"]["uid"] == TOKEN["uid"]


def test_hub_error(stage: Stage) -> None:
    """HTTP says 200 and OCPI 4002; nothing starts."""
    stage.hand("faults", {"name": "hub_error"})
    body = {"response_url": f"{stage.emsp.base}/result/x", "token": TOKEN} | AC
    answer = stage.call("POST", "/ocpi/2.2.1/commands/START_SESSION", body)
    assert (answer.status_code, answer.json()["status_code"]) == (200, 4002)
    stage.pass_time(20_000)
    assert stage.emsp.got == []


def test_pending_forever(stage: Stage) -> None:
    """One report, PENDING; no PATCH, no CDR, no change of the EVSE, whatever time passes."""
    run(stage, "pending_forever")
    assert [body["status"] for body in sessions(stage)] == ["PENDING"]
    assert stage.emsp.of("/locations") == []
    assert stage.cdrs() == []
    assert stage.data("/ocpi/2.2.1/sessions", date_from="2026-01-01T00:00:00Z")[0]["status"] == "PENDING"


def test_never_completed(stage: Stage) -> None:
    """Every report says ACTIVE, and the CDR comes."""
    run(stage, "never_completed")
    assert {body["status"] for body in sessions(stage)} == {"ACTIVE"}
    assert len(stage.cdrs()) == 1


def test_stop_never_unplugs(stage: Stage) -> None:
    """Energy ends with the stop, parking goes on for a day, and pulling the cable by hand ends it."""
    stage.hand("faults", {"name": "stop_never_unplugs"})
    stage.start(plan=PLAN | {"update_every_s": 3600})
    stage.pass_time(1000)
    stage.command("STOP_SESSION", {"session_id": stage.session_id()})
    stage.pass_time(86_400)
    assert sessions(stage)[-1]["status"] == "ACTIVE"
    assert sessions(stage)[-1]["kwh"] < 10
    assert stage.cdrs() == []
    stage.hand(f"sessions/{stage.session_id()}/unplug")
    stage.pass_time(100)
    (cdr,) = stage.cdrs()
    assert cdr["total_parking_time"] > 23


def test_stop_never_unplugs_a_full_car(stage: Stage) -> None:
    """A stop after the car is full does not bring the driver either."""
    stage.start(plan=PLAN | {"parked_s": 50_000, "update_every_s": 3600})
    stage.pass_time(4000)
    stage.hand("faults", {"name": "stop_never_unplugs"})
    stage.command("STOP_SESSION", {"session_id": stage.session_id()})
    stage.pass_time(86_400)
    assert stage.cdrs() == []


def test_replayed_patch(stage: Stage) -> None:
    """The last message is the first PATCH again, after COMPLETED."""
    run(stage, "replayed_patch")
    told = sessions(stage)
    assert told[-2]["status"] == "COMPLETED"
    assert told[-1] == stage.patches()[0].body
    assert len(stage.patches()) > 2


def test_patch_before_put(stage: Stage) -> None:
    """The session begins with a PATCH; an eMSP that answers 404 gets it whole."""
    stage.emsp.answers.append((SESSIONS, 404, 2003))
    stage.hand("faults", {"name": "patch_before_put"})
    stage.start(plan=PLAN)
    stage.pass_time(40)
    assert [got.method for got in stage.emsp.of(SESSIONS)][:2] == ["PATCH", "PUT"]


@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
def test_period_replay(bare: Stage, version: str) -> None:
    """Each PATCH begins its periods at the start of the session."""
    bare.register(version)
    run(bare, "period_replay")
    starts = {got.body["charging_periods"][0]["start_date_time"] for got in bare.patches()}
    assert (starts, len(bare.patches()) > 2) == ({"2026-03-02T11:00:07Z"}, True)


def test_null_required(stage: Stage) -> None:
    """Each PATCH is preceded by one that sets kwh to null."""
    run(stage, "null_required", times=1)
    first, second, *rest = (got.body for got in stage.patches())
    assert (first["kwh"], second["kwh"] > 0) == (None, True)
    assert first | {"kwh": second["kwh"]} == second
    assert all(body["kwh"] is not None for body in rest)


def test_wh_volumes(stage: Stage) -> None:
    """Energy in the periods is a thousand times the kWh beside it; the CDR is in kWh."""
    run(stage, "wh_volumes")
    last = sessions(stage)[-1]
    told = sum(d["volume"] for p in last["charging_periods"] for d in p["dimensions"] if d["type"] == "ENERGY")
    assert (told, last["kwh"], stage.cdrs()[0]["total_energy"]) == (10_000, 10, 10)


def test_unknown_location(stage: Stage) -> None:
    """Session and CDR name a location that no list has."""
    run(stage, "unknown_location")
    hidden = "VCP-AC-MARKET-hidden"
    assert (sessions(stage)[0]["location_id"], stage.cdrs()[0]["cdr_location"]["id"]) == (hidden, hidden)
    assert stage.call("GET", f"/ocpi/2.2.1/locations/{hidden}").status_code == 404


def test_evse_of_unknown_location(stage: Stage) -> None:
    """A whole EVSE is PUT under a location that no list has."""
    run(stage, "evse_of_unknown_location")
    (got,) = stage.emsp.of("/locations", "PUT")
    assert got.path == "/locations/DE/VCP/VCP-AC-MARKET-hidden/vcp-evse-0013-stray"
    assert (got.body["uid"], len(got.body["connectors"])) == ("vcp-evse-0013-stray", 1)


def test_tariff_deleted(stage: Stage) -> None:
    """The tariff is deleted once, off the list, and still in the CDR that is billed by it."""
    run(stage, "tariff_deleted", times=1)
    (got,) = stage.emsp.of("/tariffs", "DELETE")
    assert got.path == "/tariffs/DE/VCP/vcp-ac-vat"
    assert "vcp-ac-vat" not in {tariff["id"] for tariff in stage.data("/ocpi/2.2.1/tariffs")}
    assert stage.cdrs()[0]["tariffs"][0]["id"] == "vcp-ac-vat"


def test_evse_status_disagrees(stage: Stage) -> None:
    """The EVSE is told free while the session is ACTIVE, and in use after it."""
    run(stage, "evse_status_disagrees")
    assert [got.body["status"] for got in stage.emsp.of("/locations", "PATCH")] == ["AVAILABLE", "CHARGING"]
    assert sessions(stage)[-1]["status"] == "COMPLETED"
