"""Faults of how the CPO speaks, whatever it says, each doing what its line in the table says."""

import base64
from decimal import Decimal

import pytest

from tests.sandbox.cpo.conftest import Stage
from tests.sandbox.cpo.emsp import headers, own_credentials
from tests.sandbox.cpo.test_faults import run

NOON = "2026-03-02T11:00:00Z"


def test_clock_ahead(stage: Stage) -> None:
    """All that is told happened later by the seconds of the fault; lists are filtered by the CPO's own clock."""
    run(stage, "clock_ahead", seconds=3600)
    assert stage.emsp.of("/sessions", "PUT")[0].body["start_date_time"] == "2026-03-02T12:00:07Z"
    (cdr,) = stage.cdrs()
    assert stage.data("/ocpi/2.2.1/cdrs", date_from=cdr["last_updated"]) == [cdr]
    assert stage.data("/ocpi/2.2.1/cdrs", date_to=cdr["last_updated"]) == []


def test_naive_times(stage: Stage) -> None:
    """No moment has a zone, neither sent nor served."""
    run(stage, "naive_times")
    assert stage.emsp.of("/sessions", "PUT")[0].body["start_date_time"] == "2026-03-02T11:00:07"
    assert not stage.data("/ocpi/2.2.1/locations")[0]["last_updated"].endswith("Z")


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1"])
def test_string_numbers(bare: Stage, version: str) -> None:
    """Prices and costs are texts."""
    bare.register(version)
    run(bare, "string_numbers")
    (cdr,) = bare.cdrs()
    assert cdr["total_energy"] == "10"
    assert Decimal(bare.data(f"/ocpi/{version}/tariffs")[0]["elements"][0]["price_components"][0]["price"]) > 0


def test_unknown_fields(stage: Stage) -> None:
    """What is sent carries a field of no edition, and null in another."""
    run(stage, "unknown_fields")
    assert all("x_vendor" in got.body for got in stage.emsp.got)
    assert stage.cdrs()[0]["remark_internal"] is None


def test_raw_token(stage: Stage) -> None:
    """Tokens go out as they stand, and come in as they stand too."""
    stage.emsp.versions = ("2.1.1", "2.2.1")
    run(stage, "raw_token")
    assert {got.headers["authorization"] for got in stage.emsp.got} == {f"Token {stage.emsp.token}"}
    raw = headers(stage.our_token, "2.1.1")
    assert stage.http.get(f"{stage.cpo}/ocpi/2.2.1/tariffs", headers=raw).status_code == 200


def test_newline_token(stage: Stage) -> None:
    """The decoded token ends with a line end."""
    stage.hand("faults", {"name": "newline_token"})
    stage.start()
    stage.clock.advance(5)
    got = stage.emsp.wait(lambda: stage.emsp.of("/result"))[0]
    encoded = got.headers["authorization"].removeprefix("Token ")
    assert base64.b64decode(encoded) == f"{stage.emsp.token}\n".encode()


def test_keeps_token_a(bare: Stage) -> None:
    """Registered, the CPO calls with the token that was for the registration only."""
    bare.hand("faults", {"name": "keeps_token_a"})
    token_a = bare.emsp.token
    bare.hand("register", {"versions_url": f"{bare.emsp.base}/versions", "token": token_a})
    assert bare.emsp.received_credentials is not None
    bare.our_token = bare.emsp.received_credentials["token"]
    bare.start()
    bare.clock.advance(5)
    got = bare.emsp.wait(lambda: bare.emsp.of("/result"))[0]
    assert got.headers["authorization"] == headers(token_a)["Authorization"]
    assert bare.emsp.token != token_a


def test_handshake_refused(bare: Stage) -> None:
    """The CPO looked at the eMSP and says 3001; the registration token still works and nobody is registered."""
    bare.hand("faults", {"name": "handshake_refused", "times": 1})
    answer = bare.call("POST", "/ocpi/2.2.1/credentials", own_credentials(bare.emsp), bare.token_a)
    assert answer.json()["status_code"] == 3001
    assert bare.emsp.of("/versions")
    assert bare.hand("", method="GET")["peers"] == []
    bare.register()


def test_handshake_lost(bare: Stage) -> None:
    """The CPO believes that the eMSP is registered, the eMSP saw HTTP 500, and the registration token is dead."""
    bare.hand("faults", {"name": "handshake_lost", "times": 1})
    answer = bare.call("POST", "/ocpi/2.2.1/credentials", own_credentials(bare.emsp), bare.token_a)
    assert (answer.status_code, "data" in answer.json()) == (500, False)
    assert len(bare.hand("", method="GET")["peers"]) == 1
    assert bare.call("GET", "/ocpi/versions", token=bare.token_a).status_code == 401


def test_everything_twice(stage: Stage) -> None:
    """Each message arrives two times, one right after the other."""
    run(stage, "everything_twice")
    told = [(got.method, got.path, got.body) for got in stage.emsp.got if "/locations" not in got.path]
    assert told[0::2] == told[1::2]
    assert len(stage.cdrs()) == 2


def test_stored_and_late(stage: Stage) -> None:
    """Nothing arrives before the seconds have passed; then it does, in order and as it was."""
    stage.hand("faults", {"name": "stored_and_late", "seconds": 5000})
    stage.start(plan={"charging_s": 600, "parked_s": 60})
    stage.pass_time(1000)
    assert stage.emsp.got == []
    stage.pass_time(20_000)
    told = [got.body["last_updated"] for got in stage.emsp.of("/sessions")]
    assert told == sorted(told)
    assert stage.emsp.of("/sessions")[0].body["start_date_time"] == "2026-03-02T11:00:07Z"
