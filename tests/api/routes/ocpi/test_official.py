"""Our answers against the official OpenAPI document, and the specification's own examples against our receivers.

Both live outside the repository; without them these tests are skipped.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from api.domain.ids import PartyId
from api.models.roaming import DriverTokenRow
from tests.api.routes.ocpi.conftest import E, V, World
from tests.api.routes.ocpi.payloads import cdr_body, location_body, session_body, tariff_body
from tests.api.services.roaming.builders import a_driver, a_partner, at

SHARED = Path(os.environ.get("CHARGEHAND_SHARED", Path(__file__).resolve().parents[5] / "shared"))
DOCUMENT = SHARED / "ocpi" / "openapi" / "msp-2.2.1.json"
NEWEST = DOCUMENT.with_name("msp-2.3.0.json")
EXAMPLES = SHARED / "ocpi" / "examples" / "2.2.1"
pytestmark = pytest.mark.skipif(not DOCUMENT.is_file(), reason="the shared OCPI material is not here")

UNSERVED = {"/chargingprofiles/result/{uid}", "/chargingprofiles/{session_id}"}
"""Charging profiles are not offered: we never send one."""
METHODS = {"GET", "PUT", "PATCH", "POST", "DELETE"}
PATHS = json.loads(DOCUMENT.read_text())["paths"] if DOCUMENT.is_file() else {}


def ours(path: str) -> str:
    """Return where we serve a path of the official document."""
    if path.startswith("/versions/"):
        return V
    if path in ("/versions", "/credentials"):
        return path if path == "/versions" else V + path
    return E + path


def schema(path: str, method: str) -> dict[str, Any]:
    """Return the schema of the successful answer, with the document's components beside it.

    The list of versions is the same in every version, and only the newest document knows them all.
    """
    document = json.loads((NEWEST if path == "/versions" else DOCUMENT).read_text())
    answers = document["paths"][path][method]["responses"]
    answer = answers.get("200") or answers["201"]
    found: dict[str, Any] = answer["content"]["application/json"]["schema"]
    return {"allOf": [found], "components": document["components"]}


async def test_every_official_path_and_method_is_served(world: World) -> None:
    """Nothing of the document is unknown to the router but charging profiles: a call without a token reaches auth."""
    calls = [(path, method) for path, served in PATHS.items() for method in served if method.upper() in METHODS]
    assert len(calls) > 20
    async with world.client("nobody") as client:
        for path, method in calls:
            answer = await client.request(method.upper(), re.sub(r"\{\w+\}", "x", ours(path)))
            assert answer.status_code == (404 if path in UNSERVED else 401), (method, path)


@pytest.fixture
async def filled(world: World, client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Put one of everything and return the client."""
    for path, body in (
        ("locations/DE/CPO/LOC1", location_body()),
        ("tariffs/DE/CPO/T1", tariff_body()),
        ("sessions/DE/CPO/SES1", session_body()),
    ):
        assert (await client.put(f"{E}/{path}", json=body)).json()["status_code"] == 1000
    async with world.work() as db:
        driver = await a_driver(db)
        card = DriverTokenRow(
            uid="CARD",
            type="rfid",
            driver_id=driver.id,
            contract_id="DE-CHH-C1",
            whitelist="allowed",
            last_updated=at(0),
        )
        db.add(card)
    return client


LOCATION = "/locations/{country_code}/{party_id}/{location_id}"
ANSWERED = [
    ("get", "/versions"),
    ("get", "/versions/2.2.1"),
    ("get", "/credentials"),
    ("get", LOCATION),
    ("get", LOCATION + "/{evse_uid}"),
    ("get", LOCATION + "/{evse_uid}/{connector_id}"),
    ("get", "/sessions/{country_code}/{party_id}/{session_id}"),
    ("get", "/tariffs/{country_code}/{party_id}/{tariff_id}"),
    ("get", "/tokens"),
    ("post", "/tokens/{token_uid}/authorize"),
]
VALUES = {
    "country_code": "DE",
    "party_id": "CPO",
    "location_id": "LOC1",
    "evse_uid": "EVSE1",
    "connector_id": "1",
    "session_id": "SES1",
    "tariff_id": "T1",
    "token_uid": "CARD",
}


async def test_answers_have_the_official_shape(filled: httpx.AsyncClient) -> None:
    """What we answer is valid by the official schema, and there is data in it."""
    for method, path in ANSWERED:
        answer = await filled.request(method.upper(), ours(path).format(**VALUES))
        assert (answer.status_code, "data" in answer.json()) == (200, True), path
        jsonschema.Draft202012Validator(schema(path, method)).validate(answer.json())


async def test_a_cdr_is_shown_in_the_official_shape(client: httpx.AsyncClient) -> None:
    """The address that we answer to a CDR shows a valid CDR."""
    where = (await client.post(f"{E}/cdrs", json=cdr_body())).headers["location"]
    answer = await client.get(where.removeprefix("http://chargehand.test/ocpi"))
    jsonschema.Draft202012Validator(schema("/cdrs/{cdr_id}", "get")).validate(answer.json())


def examples() -> list[tuple[str, str, str]]:
    """Return name, method and path of every example that is a whole object we receive."""
    sent = {"location_example": "/locations/{}/{}", "tariff_": "/tariffs/{}/{}", "session_example": "/sessions/{}/{}"}
    found = [(path.name, "PUT", url) for start, url in sent.items() for path in sorted(EXAMPLES.glob(f"{start}*.json"))]
    return [*found, ("cdr_example.json", "POST", "/cdrs")]


async def test_the_examples_of_the_specification_are_accepted(world: World) -> None:
    """Whatever its slips, an example sent by its owner is stored."""
    assert len(examples()) > 20
    for number, (name, method, path) in enumerate(examples()):
        body = json.loads((EXAMPLES / name).read_text())
        party = PartyId(body["country_code"], body["party_id"])
        async with world.work() as db:
            await a_partner(db, partner_id=f"prt_x{number}", token=f"owner-{number}", party=party)
        async with world.client(f"owner-{number}") as client:
            url = E + path.format(f"{party.country_code}/{party.party_id}", body["id"])
            answer = await client.request(method, url, json=body)
        assert answer.json()["status_code"] == 1000, (name, answer.text)
