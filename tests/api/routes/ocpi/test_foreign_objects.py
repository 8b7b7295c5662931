"""Every route of the functional modules, asked by another partner for the objects of the first (reliability.md X4, X5).

Generated from the table of routes: a new one that forgets whose objects it serves fails here.
"""

import re

import pytest
from sqlalchemy import text

from api.domain.ids import PartyId
from api.routes.ocpi.app import _FUNCTIONAL
from tests.api.routes.ocpi.conftest import E, V, World
from tests.api.routes.ocpi.payloads import cdr_body, session_body
from tests.api.routes.ocpi.test_invoices import RECORD
from tests.api.services.roaming.builders import UID, a_partner

OBJECTS = {"location_id": "LOC1", "evse_uid": "EVSE1", "connector_id": "1", "tariff_id": "T1", "session_id": "SES1"}
ROUTES = [
    (method, f"/{module}{path}")
    for module, paths in _FUNCTIONAL
    for path, methods in paths.items()
    for method in methods
]
ONLY_IN = {"invoicereconciliation": "/2.3.0"}
"""Modules that not every version has, with one that has them."""
PATCHED_TARIFF = ("PATCH", "/tariffs/{country_code}/{party_id}/{tariff_id}")
"""A method that only 2.1.1 has."""
OWN_LISTS = {("GET", "/tokens")}
"""What every partner may ask and is answered only with its own."""


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=lambda each: each)
@pytest.mark.parametrize("party", [("DE", "CPO"), ("de", "cpo"), ("DE", "OTH")], ids=lambda each: "-".join(each))
async def test_another_partner_neither_reads_nor_writes(
    world: World, method: str, path: str, party: tuple[str, str]
) -> None:
    """Under the owner's party, however spelled, or its own: the objects of the first are not there and stay as is."""
    async with world.work() as db:
        await a_partner(db, partner_id="prt_2", token="other", party=PartyId("DE", "OTH"))
    base = "/2.1.1/emsp" if (method, path) == PATCHED_TARIFF else f"{ONLY_IN.get(path.split('/')[1], V)}/emsp"
    async with world.client() as owner:
        assert (await owner.put(f"{E}/sessions/DE/CPO/SES1", json=session_body())).json()["status_code"] == 1000
        where = (await owner.post(f"{E}/cdrs", json=cdr_body())).headers["location"]
        before = await _session(world)
    values = OBJECTS | {"country_code": party[0], "party_id": party[1], "public_id": where.rsplit("/", 1)[1]}
    values |= {"uid": UID, "kind": "START_SESSION", "secret": "guessed", "report_id": "REC1"}
    url = base + re.sub(r"\{(\w+)\}", lambda name: values[name[1]], path)
    body = _body(path) | {"country_code": "DE", "party_id": "CPO"}
    async with world.client("other") as other:
        answer = await other.request(method, url, json=None if method == "GET" else body, params=_query(path))
    code = answer.json()["status_code"]
    if (method, path) in OWN_LISTS:
        assert (code, answer.json()["data"]) == (1000, [])
    else:
        assert code in {2001, 2003, 2004}, answer.text
        assert "data" not in answer.json()
    assert await _session(world) == before


def _body(path: str) -> dict[str, object]:
    """Return a body that the owner could send to a path."""
    if path.startswith("/cdrs"):
        return cdr_body()
    if path.startswith("/invoicereconciliation"):
        return RECORD
    return session_body() if path.startswith("/sessions") else {"result": "ACCEPTED"}


def _query(path: str) -> dict[str, str]:
    return {"type": "APP_USER"} if path.endswith("/authorize") else {}


async def _session(world: World) -> list[tuple[object, ...]]:
    """Return what is stored of sessions and CDRs, to see that nothing moved."""
    async with world.work() as db:
        connection = await db.connection()
        stored = (
            "SELECT partner_id, id, status, raw FROM partner_session UNION ALL SELECT partner_id, id, '', raw FROM cdr"
        )
        return sorted(tuple(row) for row in await connection.execute(text(stored)))
