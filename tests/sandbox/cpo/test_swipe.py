"""Cards at the post: asking the eMSP in real time, whitelists, and what is said of the session then."""

import pytest

from tests.sandbox.cpo.conftest import OLD_TOKEN, TOKEN, Stage

CARD = {"evse_uid": "vcp-evse-0013", "token_uid": "start-token-1", "type": "APP_USER"}


def push(stage: Stage, whitelist: str) -> None:
    """Push the token with a whitelist."""
    path = f"/ocpi/{stage.version}/tokens/DE/TST/start-token-1"
    body = (OLD_TOKEN if stage.version == "2.1.1" else TOKEN) | {"whitelist": whitelist}
    assert stage.call("PUT", path, body, type="APP_USER").status_code == 201


def test_an_allowed_card_starts_a_session(stage: Stage) -> None:
    """The eMSP is asked for the EVSE; its token and reference come back in session and CDR."""
    stage.emsp.authorization = {"allowed": "ALLOWED", "token": TOKEN, "authorization_reference": "ref-1"}
    found = stage.hand("swipe", CARD)
    assert (found["allowed"], found["session_id"]) == ("ALLOWED", stage.session_id())
    (asked,) = stage.emsp.of("/authorize")
    assert asked.path == "/tokens/start-token-1/authorize"
    assert asked.body == {"location_id": "VCP-AC-MARKET", "evse_uids": ["vcp-evse-0013"]}
    stage.pass_time(20_000)
    (cdr,) = stage.cdrs()
    assert (cdr["auth_method"], cdr["authorization_reference"]) == ("AUTH_REQUEST", "ref-1")
    assert cdr["cdr_token"]["uid"] == "start-token-1"


@pytest.mark.parametrize("allowed", ["BLOCKED", "NO_CREDIT", "EXPIRED", "NOT_ALLOWED"])
def test_a_card_that_is_not_allowed_starts_nothing(stage: Stage, allowed: str) -> None:
    """The eMSP's word is kept, and the EVSE stays free."""
    stage.emsp.authorization = {"allowed": allowed, "token": TOKEN}
    assert stage.hand("swipe", CARD) == {"allowed": allowed, "session_id": None}
    stage.pass_time(20_000)
    assert stage.emsp.of("/sessions") == []


def test_whitelists_decide_whether_the_emsp_is_asked(stage: Stage) -> None:
    """ALWAYS starts without a question; NEVER does not start when the eMSP cannot be asked, ALLOWED does."""
    push(stage, "ALWAYS")
    assert stage.hand("swipe", CARD)["allowed"] == "ALLOWED"
    assert stage.emsp.of("/authorize") == []
    stage.pass_time(20_000)
    assert stage.cdrs()[0]["auth_method"] == "WHITELIST"
    for whitelist, allowed in (("NEVER", None), ("ALLOWED", "ALLOWED")):
        stage.emsp.answers.append(("/authorize", 503, 3000))
        path = "/ocpi/2.2.1/tokens/DE/TST/start-token-1"
        stage.call("PUT", path, TOKEN | {"whitelist": whitelist}, type="APP_USER")
        assert stage.hand("swipe", CARD)["allowed"] == allowed


def test_an_unknown_card_starts_nothing(stage: Stage) -> None:
    """404 of the eMSP and a token nobody pushed: no session."""
    stage.emsp.answers.append(("/authorize", 404, 2004))
    assert stage.hand("swipe", CARD) == {"allowed": None, "session_id": None}


def test_in_2_1_1_the_parameter_and_the_words_are_older(bare: Stage) -> None:
    """Asked with token_type, and a pushed token lends its auth_id."""
    bare.register("2.1.1")
    push(bare, "NEVER")
    bare.emsp.authorization = {"allowed": "ALLOWED"}
    assert bare.hand("swipe", CARD)["allowed"] == "ALLOWED"
    bare.pass_time(20_000)
    assert (bare.cdrs()[0]["auth_id"], bare.cdrs()[0]["auth_method"]) == ("DETSTC00000017", "AUTH_REQUEST")


@pytest.mark.parametrize(("version", "method"), [("2.1.1", "PATCH"), ("2.2.1", "PUT"), ("2.3.0", "PUT")])
def test_a_change_of_prices_is_told(bare: Stage, version: str, method: str) -> None:
    """In part in 2.1.1, whole since; the list shows it, and a session that runs keeps its price."""
    bare.register(version)
    bare.start()
    bare.pass_time(100)
    bare.hand("tariffs", {"tariff_id": "vcp-ac-vat", "percent": 100})
    bare.pass_time(20_000)
    (got,) = bare.emsp.of("/tariffs")
    assert (got.method, got.path) == (method, "/tariffs/DE/VCP/vcp-ac-vat")
    assert ("id" in got.body) == (method == "PUT")
    told = got.body["elements"][0]["price_components"][0]["price"]
    listed = next(t for t in bare.data(f"/ocpi/{version}/tariffs") if t["id"] == "vcp-ac-vat")
    billed = bare.cdrs()[0]["tariffs"][0]
    prices = [tariff["elements"][0]["price_components"][0]["price"] for tariff in (listed, billed)]
    assert (told, *prices) == (1, 1, told / 2)
