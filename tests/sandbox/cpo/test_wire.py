"""Everything the CPO says is checked against the official OpenAPI documents (skipped where they are not at hand)."""

import functools
import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from sandbox.cpo.hub import hub_feed
from sandbox.cpo.parties import Identity, Who
from sandbox.cpo.wires import wire_of
from tests.sandbox.cpo.conftest import AC, TOKEN, Stage

SHARED = Path(os.environ.get("CHARGEHAND_SHARED", Path(__file__).parents[3].parent / "shared"))
OPENAPI = SHARED / "ocpi" / "openapi"
pytestmark = pytest.mark.skipif(not OPENAPI.exists(), reason="the shared material is not on this machine")


MODERN = pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])


@functools.cache
def document(name: str, version: str) -> Any:
    """Read one of the OpenAPI documents."""
    return json.loads((OPENAPI / f"{name}-{version}.json").read_text())


def check(body: Any, schema: str, side: str = "msp", version: str = "2.2.1") -> None:
    """Hold ``body`` against a schema; exact numbers become plain ones, unknown fields are allowed."""
    document_ = document(side, version)
    plain = json.loads(json.dumps(body, default=float))
    jsonschema.Draft202012Validator(
        {"$ref": f"#/components/schemas/{schema}", "components": document_["components"]}
    ).validate(plain)


@MODERN
def test_what_is_pushed_has_the_shape_of_the_specification(bare: Stage, version: str) -> None:
    """Result, EVSE patch, session, session patch and CDR, with a stop, VAT, parking and an authorization reference."""
    bare.register(version)
    bare.start(plan={"disconnect_after_stop_s": 20_000}, authorization_reference="auth-1")
    bare.pass_time(1000)
    bare.command("STOP_SESSION", {"session_id": bare.session_id()})
    bare.pass_time(30_000)
    schemas = {"result": "CommandResult", "locations": "EVSEPatch", "cdrs": "CDR"}
    for got in bare.emsp.got:
        module = got.path.split("/")[1]
        schema = schemas.get(module) or ("Session" if got.method == "PUT" else "SessionPatch")
        check(got.body, schema, version=version)
    assert {got.path.split("/")[1] for got in bare.emsp.got} == {"result", "locations", "sessions", "cdrs"}


@MODERN
def test_bills_of_all_kinds_have_the_shape_of_the_specification(bare: Stage, version: str) -> None:
    """A wrong CDR, its credit and the right one, at a location that is not published, and an EVSE put there."""
    bare.register(version)
    for fault in ("credit_cdr", "unknown_location", "evse_of_unknown_location", "replaced_reference"):
        bare.hand("faults", {"name": fault})
    bare.start(authorization_reference="auth-1")
    bare.pass_time(30_000)
    assert len(bare.cdrs()) == 3
    for cdr in bare.cdrs():
        check(cdr, "CDR", version=version)
    (evse,) = bare.emsp.of("/locations", "PUT")
    check(evse.body, "EVSE", version=version)


def test_every_body_goes_where_the_specification_says(stage: Stage) -> None:
    """Paths are those of the eMSP's OpenAPI document: owner and ids in the URL."""
    stage.start()
    stage.pass_time(10_000)
    session = stage.session_id()
    assert {got.path for got in stage.emsp.got} == {
        "/result/START_SESSION",
        "/locations/DE/VCP/VCP-AC-MARKET/vcp-evse-0013",
        f"/sessions/DE/VCP/{session}",
        "/cdrs",
    }


@MODERN
def test_what_is_served_has_the_shape_of_the_specification(bare: Stage, version: str) -> None:
    """Versions, details, credentials, locations, tariffs, sessions, CDRs and command responses."""
    bare.register(version)
    base = f"/ocpi/{version}"
    answer = bare.start()
    bare.pass_time(10_000)
    check(answer, "CommandResponse", "cpo", version)
    check(bare.command("START_SESSION", {"token": TOKEN} | AC), "CommandResponse", "cpo", version)
    check(bare.data("/ocpi/versions")[1], "Version", "cpo", version)
    check(bare.data(base), "VersionDetails", "cpo", version)
    check(bare.data(f"{base}/credentials"), "Credentials", "cpo", version)
    for path, schema in (("locations", "Location"), ("tariffs", "Tariff"), ("cdrs", "CDR")):
        found = bare.data(f"{base}/{path}")
        assert found
        for item in found:
            check(item, schema, "cpo", version)
    (session,) = bare.data(f"{base}/sessions", date_from="2026-01-01T00:00:00Z")
    check(session, "Session", "cpo", version)
    check(bare.call("GET", f"{base}/tariffs").json(), "OCPIResponse", "cpo", version)


@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
def test_a_hubs_credentials_have_the_shape_of_the_specification(version: str) -> None:
    """With a role HUB in 2.2.1, with every party behind it and `hub_party_id` in 2.3.0."""
    behind = hub_feed().parties
    found = wire_of(version).credentials("t", "https://hub.example/versions", Identity(Who("DE", "HUB", "Hub"), behind))
    check(found, "Credentials", "cpo", version)
    assert len(found["roles"]) == (1 if version == "2.2.1" else len(behind))
