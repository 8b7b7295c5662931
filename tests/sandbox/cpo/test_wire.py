"""Everything the CPO says is checked against the official OpenAPI documents (skipped where they are not at hand)."""

import functools
import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.sandbox.cpo.conftest import AC, TOKEN, Stage

SHARED = Path(os.environ.get("CHARGEHAND_SHARED", Path(__file__).parents[3].parent / "shared"))
OPENAPI = SHARED / "ocpi" / "openapi"
pytestmark = pytest.mark.skipif(not OPENAPI.exists(), reason="the shared material is not on this machine")


@functools.cache
def document(name: str) -> Any:
    """Read one of the OpenAPI documents."""
    return json.loads((OPENAPI / f"{name}-2.2.1.json").read_text())


def check(body: Any, schema: str, side: str = "msp") -> None:
    """Hold ``body`` against a schema; exact numbers become plain ones, unknown fields are allowed."""
    document_ = document(side)
    plain = json.loads(json.dumps(body, default=float))
    jsonschema.Draft202012Validator(
        {"$ref": f"#/components/schemas/{schema}", "components": document_["components"]}
    ).validate(plain)


def test_what_is_pushed_has_the_shape_of_the_specification(stage: Stage) -> None:
    """Result, EVSE patch, session, session patch and CDR, with a stop, VAT, parking and an authorization reference."""
    stage.start(plan={"disconnect_after_stop_s": 20_000}, authorization_reference="auth-1")
    stage.pass_time(1000)
    stage.command("STOP_SESSION", {"session_id": stage.session_id()})
    stage.pass_time(30_000)
    schemas = {"result": "CommandResult", "locations": "EVSEPatch", "cdrs": "CDR"}
    for got in stage.emsp.got:
        module = got.path.split("/")[1]
        check(got.body, schemas.get(module) or ("Session" if got.method == "PUT" else "SessionPatch"))
    assert {got.path.split("/")[1] for got in stage.emsp.got} == {"result", "locations", "sessions", "cdrs"}


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


def test_what_is_served_has_the_shape_of_the_specification(stage: Stage) -> None:
    """Versions, details, credentials, locations, tariffs, sessions, CDRs and command responses."""
    answer = stage.start()
    stage.pass_time(10_000)
    check(answer, "CommandResponse", "cpo")
    check(stage.command("START_SESSION", {"token": TOKEN} | AC), "CommandResponse", "cpo")
    check(stage.data("/ocpi/versions")[0], "Version", "cpo")
    check(stage.data("/ocpi/2.2.1"), "VersionDetails", "cpo")
    check(stage.data("/ocpi/2.2.1/credentials"), "Credentials", "cpo")
    for path, schema in (("locations", "Location"), ("tariffs", "Tariff"), ("cdrs", "CDR")):
        found = stage.data(f"/ocpi/2.2.1/{path}")
        assert found
        for item in found:
            check(item, schema, "cpo")
    (session,) = stage.data("/ocpi/2.2.1/sessions", date_from="2026-01-01T00:00:00Z")
    check(session, "Session", "cpo")
    check(stage.call("GET", "/ocpi/2.2.1/tariffs").json(), "OCPIResponse", "cpo")
