"""Registration in both directions, and what a token opens."""

import httpx
import pytest

from tests.sandbox.cpo.conftest import Stage
from tests.sandbox.cpo.emsp import headers, own_credentials


def test_an_emsp_registers_with_the_printed_token(bare: Stage) -> None:
    """The CPO fetches versions and details with the peer's token, answers a fresh one, and the first token dies."""
    versions = bare.call("GET", "/ocpi/versions", token=bare.token_a).json()["data"]
    assert versions == [{"version": v, "url": f"{bare.cpo}/ocpi/{v}"} for v in ("2.1.1", "2.2.1", "2.3.0")]
    answer = bare.call("POST", "/ocpi/2.2.1/credentials", own_credentials(bare.emsp), bare.token_a).json()["data"]
    assert [got.path for got in bare.emsp.got] == ["/versions", "/2.2.1"]
    assert answer["url"] == f"{bare.cpo}/ocpi/versions"
    assert (answer["roles"][0]["role"], answer["roles"][0]["party_id"]) == ("CPO", "VCP")
    assert answer["token"] != bare.token_a
    assert bare.call("GET", "/ocpi/versions", token=bare.token_a).status_code == 401
    assert bare.call("GET", "/ocpi/2.2.1/tariffs", token=answer["token"]).status_code == 200


def test_the_version_details_list_every_module_with_role_and_url(stage: Stage) -> None:
    """Each endpoint names identifier, role and a URL under the version."""
    details = stage.data("/ocpi/2.2.1")
    assert details["version"] == "2.2.1"
    assert {(e["identifier"], e["role"]) for e in details["endpoints"]} == {
        ("credentials", "RECEIVER"),
        ("locations", "SENDER"),
        ("tariffs", "SENDER"),
        ("sessions", "SENDER"),
        ("cdrs", "SENDER"),
        ("tokens", "RECEIVER"),
        ("commands", "RECEIVER"),
    }
    assert all(e["url"] == f"{stage.cpo}/ocpi/2.2.1/{e['identifier']}" for e in details["endpoints"])


def test_a_registration_token_opens_no_functional_module(bare: Stage) -> None:
    """The first token reads versions and credentials only: locations answer 401."""
    assert bare.call("GET", "/ocpi/2.2.1/locations", token=bare.token_a).status_code == 401
    assert bare.call("GET", "/ocpi/2.2.1/credentials", token=bare.token_a).json()["data"]["token"] == bare.token_a


@pytest.mark.parametrize(("method", "registered"), [("POST", True), ("PUT", False), ("DELETE", False)])
def test_credentials_methods_depend_on_the_registration(bare: Stage, method: str, *, registered: bool) -> None:
    """POST after, PUT and DELETE before registration answer 405."""
    if registered:
        bare.register()
    token = bare.our_token if registered else bare.token_a
    assert bare.call(method, "/ocpi/2.2.1/credentials", own_credentials(bare.emsp), token).status_code == 405


def test_put_turns_both_tokens(stage: Stage) -> None:
    """After PUT the old token is dead and the CPO calls with the eMSP's new one."""
    old, stage.emsp.token = stage.our_token, "emsp-token-2"
    answer = stage.call("PUT", "/ocpi/2.2.1/credentials", own_credentials(stage.emsp))
    stage.our_token = answer.json()["data"]["token"]
    assert stage.call("GET", "/ocpi/versions", token=old).status_code == 401
    stage.start()
    stage.pass_time(5)
    (result,) = stage.emsp.of("/result")
    assert result.headers["authorization"] == headers("emsp-token-2")["Authorization"]


def test_delete_ends_the_registration(stage: Stage) -> None:
    """After DELETE the token is unknown."""
    assert stage.call("DELETE", "/ocpi/2.2.1/credentials").json()["status_code"] == 1000
    assert stage.call("GET", "/ocpi/versions").status_code == 401


@pytest.mark.parametrize(
    ("versions", "modules", "token", "code"),
    [
        (("2.1.1",), ("credentials", "sessions", "cdrs"), "emsp-token-1", 3002),
        (("2.2.1",), ("credentials", "sessions"), "emsp-token-1", 3003),
        (("2.2.1",), ("credentials", "sessions", "cdrs"), "wrong", 3001),
    ],
)
def test_a_registration_that_cannot_work_is_refused(
    bare: Stage, versions: tuple[str, ...], modules: tuple[str, ...], token: str, code: int
) -> None:
    """Wrong version 3002, missing endpoints 3003, unusable API 3001; the first token stays usable."""
    bare.emsp.versions, bare.emsp.modules = versions, modules
    offer = own_credentials(bare.emsp) | {"token": token}
    answer = bare.call("POST", "/ocpi/2.2.1/credentials", offer, bare.token_a)
    assert (answer.status_code, answer.json()["status_code"]) == (200, code)
    assert bare.call("GET", "/ocpi/versions", token=bare.token_a).status_code == 200


def test_the_cpo_registers_itself(bare: Stage) -> None:
    """As initiator it reads versions with the given token, posts credentials, and uses the token it is answered."""
    bare.hand("register", {"versions_url": f"{bare.emsp.base}/versions", "token": bare.emsp.token})
    assert [(got.method, got.path) for got in bare.emsp.got] == [
        ("GET", "/versions"),
        ("GET", "/2.2.1"),
        ("POST", "/credentials"),
    ]
    assert bare.emsp.received_credentials is not None
    bare.our_token = bare.emsp.received_credentials["token"]
    bare.start()
    bare.pass_time(5)
    (result,) = bare.emsp.of("/result")
    assert result.headers["authorization"] == headers("emsp-token-after-POST")["Authorization"]


def test_a_failed_registration_leaves_no_token(bare: Stage) -> None:
    """When the eMSP refuses our credentials, the token we offered opens nothing."""
    bare.emsp.answers.append(("/credentials", 200, 3001))
    order = {"versions_url": f"{bare.emsp.base}/versions", "token": bare.emsp.token}
    answer = bare.http.post(f"{bare.cpo}/_sandbox/register", json=order)
    assert (answer.status_code, answer.json()["status_code"]) == (502, 3001)
    (offer,) = bare.emsp.of("/credentials")
    assert bare.call("GET", "/ocpi/versions", token=offer.body["token"]).status_code == 401


def test_registering_again_replaces_the_old_registration(stage: Stage) -> None:
    """A second token registers the same party anew; the token of the first time is dead."""
    old = stage.our_token
    stage.token_a = stage.hand("tokens", {"token": "second-token"})["token"]
    stage.register()
    assert stage.call("GET", "/ocpi/versions", token=old).status_code == 401
    assert len(stage.hand("", method="GET")["peers"]) == 1


@pytest.mark.parametrize("value", ["", "Token", "Token plain-not-base64", "Bearer abc", "Token bm9ib2R5"])
def test_other_authorizations_are_unauthorized(stage: Stage, value: str) -> None:
    """Without `Token` and the base64 of a known token every call answers 401."""
    answer = httpx.get(f"{stage.cpo}/ocpi/2.2.1/locations", headers={"Authorization": value}, trust_env=False)
    assert answer.status_code == 401


def test_ids_are_echoed_and_parties_swapped(stage: Stage) -> None:
    """X-Request-ID and X-Correlation-ID come back; routing headers name the CPO as sender of the answer."""
    ids = {"X-Request-ID": "r-1", "X-Correlation-ID": "c-1"}
    answer = stage.http.get(f"{stage.cpo}/ocpi/2.2.1/tariffs", headers=headers(stage.our_token) | ids)
    assert (answer.headers["x-request-id"], answer.headers["x-correlation-id"]) == ("r-1", "c-1")
    assert (answer.headers["ocpi-from-party-id"], answer.headers["ocpi-to-party-id"]) == ("VCP", "TST")
    plain = stage.http.get(f"{stage.cpo}/ocpi/versions", headers=headers(stage.our_token) | ids)
    assert "ocpi-from-party-id" not in plain.headers


def test_what_the_cpo_sends_is_addressed(stage: Stage) -> None:
    """Requests on functional modules carry routing headers and two ids."""
    stage.start()
    stage.pass_time(20)
    for got in stage.emsp.got:
        assert (got.headers["ocpi-from-party-id"], got.headers["ocpi-to-party-id"]) == ("VCP", "TST")
        assert got.headers["x-request-id"] != got.headers["x-correlation-id"]
