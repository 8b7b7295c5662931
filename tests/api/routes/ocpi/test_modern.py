"""A partner that speaks 2.3.0: what it sends in its version is stored, and shown as that version has it.

Answers are held against the official document where it is at hand.
"""

import json
from decimal import Decimal
from typing import Any

import httpx
import jsonschema
from sqlmodel import select

from api.domain.roaming.session import Price
from api.models.roaming import PartnerSessionRow
from api.services.roaming.documents import read_session
from tests.api.routes.ocpi.conftest import World
from tests.api.routes.ocpi.payloads import cdr_body, location_body, session_body, tariff_body
from tests.api.routes.ocpi.test_official import SHARED

E = "/2.3.0/emsp"
DOCUMENT = SHARED / "ocpi" / "openapi" / "msp-2.3.0.json"
TAXED = {"before_taxes": 5.0, "taxes": [{"name": "MwSt", "amount": 0.95}]}
COSTS = [f"total_{kind}_cost" for kind in ("fixed", "energy", "time", "parking", "reservation")]


def _check(answer: httpx.Response, path: str) -> None:
    """Check an answer against the official document, when there is one."""
    assert (answer.status_code, "data" in answer.json()) == (200, True), path
    if DOCUMENT.is_file():
        document = json.loads(DOCUMENT.read_text())
        schema = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        jsonschema.Draft202012Validator({"allOf": [schema], "components": document["components"]}).validate(
            answer.json()
        )


def _taxed_tariff() -> dict[str, Any]:
    unchanged = {name: value for name, value in tariff_body().items() if name not in ("min_price", "max_price")}
    return unchanged | {"tax_included": "NO", "max_price": {"before_taxes": 50, "after_taxes": 59.5}}


async def test_objects_of_2_3_0_are_stored_and_shown(client: httpx.AsyncClient) -> None:
    """Location and tariff go in by PUT and come out valid."""
    owned = "{country_code}/{party_id}"
    for path, name, body in (
        (f"/locations/{owned}/{{location_id}}", "LOC1", location_body(parking_places=[], help_phone="+49 30 5550113")),
        (f"/tariffs/{owned}/{{tariff_id}}", "T1", _taxed_tariff()),
    ):
        url = f"{E}/{path.split('/')[1]}/DE/CPO/{name}"
        put = (await client.put(url, json=body)).json()
        assert put["status_code"] == 1000, (path, put)
        _check(await client.get(url), path)


async def test_the_taxes_of_a_session_are_known(world: World, client: httpx.AsyncClient) -> None:
    """A session of 2.3.0 is stored with its cost before and after taxes."""
    put = await client.put(f"{E}/sessions/DE/CPO/SES1", json=session_body(total_cost=TAXED))
    assert put.json()["status_code"] == 1000
    async with world.work() as db:
        row = (await db.exec(select(PartnerSessionRow))).one()
    assert read_session(row.document).total_cost == Price(Decimal(5), Decimal("5.95"))


async def test_a_bill_of_2_3_0_is_stored_once(client: httpx.AsyncClient) -> None:
    """Its taxes are kept, and the same bill again is the same bill."""
    body = {name: value for name, value in cdr_body().items() if name not in COSTS}
    body |= {"total_cost": TAXED, "tariffs": [_taxed_tariff()]}
    first, second = [await client.post(f"{E}/cdrs", json=body) for _ in range(2)]
    assert first.headers["location"] == second.headers["location"]
    assert (first.json()["status_code"], second.json()["status_code"]) == (1000, 1000)
    answer = await client.get(first.headers["location"].removeprefix("http://chargehand.test/ocpi"))
    _check(answer, "/cdrs/{cdr_id}")
    assert answer.json()["data"]["total_cost"] == TAXED


async def test_a_token_of_a_car_is_asked_about(world: World, client: httpx.AsyncClient) -> None:
    """EMAID is a kind of token; one that we never issued is unknown, not an error of the question."""
    answer = await client.post(f"{E}/tokens/NLCHHC1/authorize", params={"type": "EMAID"})
    assert (answer.status_code, answer.json()["status_code"]) == (404, 2004)
    async with world.client() as again:
        assert (await again.get("/2.3.0")).json()["data"]["version"] == "2.3.0"
