"""Sessions and CDRs as their partner wrote them: kept letter by letter, shown without loss."""

import httpx
from sqlalchemy import text

from api.services.roaming.messages import messages_about
from tests.api.routes.ocpi.conftest import E, World
from tests.api.routes.ocpi.payloads import cdr_body, session_body

SESSION = f"{E}/sessions/DE/CPO/SES1"
KEY = "prt_1/DE/CPO/SES1"
STRANGE = """
{"country_code":"DE","party_id":"CPO","id":"SES1","start_date_time":"2026-03-02T09:00:00Z","kwh":1.5000,
 "cdr_token":{"country_code":"DE","party_id":"CHH","uid":"UIDA1","type":"TELEPATHY","contract_id":"C","x":null},
 "auth_method":"GUESSED","location_id":"LOC1","evse_uid":"EVSE1","connector_id":"1","currency":"EUR",
 "x_vendor":{"register":123456789.000100,"nested":[[1e3]]},"charging_periods":[],
 "status":"ACTIVE","last_updated":"2026-03-02T09:01:00Z"}
"""


async def test_unknown_fields_words_and_digits_are_shown_as_sent(world: World, client: httpx.AsyncClient) -> None:
    """What we do not know stays, through PUT and PATCH, and numbers keep their digits."""
    assert (await client.put(SESSION, content=STRANGE)).json()["status_code"] == 1000
    change = '{"kwh":2.50,"x_more":0.10,"total_cost":{"excl_vat":1.00},"last_updated":"2026-03-02T09:02:00Z"}'
    assert (await client.patch(SESSION, content=change)).json()["status_code"] == 1000
    shown = (await client.get(SESSION)).text
    for told in ("TELEPATHY", "GUESSED", "123456789.000100", '"kwh":2.50', '"x_more":0.10', '"excl_vat":1.00'):
        assert told in shown
    async with world.work() as db:
        assert [each.raw for each in await messages_about(db, KEY)] == [STRANGE, change]


async def test_behavior_5_null_clears_what_is_optional(client: httpx.AsyncClient) -> None:
    """A cleared field is gone when the session is shown."""
    await client.put(SESSION, json=session_body())
    change = {"total_cost": None, "last_updated": "2026-03-02T09:02:00Z"}
    assert (await client.patch(SESSION, json=change)).json()["status_code"] == 1000
    assert "total_cost" not in (await client.get(SESSION)).json()["data"]


async def test_what_is_refused_is_on_file_too(world: World, client: httpx.AsyncClient) -> None:
    """A PATCH of an unknown session and one that clears a required field change nothing and are kept."""
    change = {"kwh": 2, "last_updated": "2026-03-02T09:02:00Z"}
    assert (await client.patch(SESSION, json=change)).status_code == 404
    await client.put(SESSION, json=session_body())
    assert (await client.patch(SESSION, json=change | {"status": None})).json()["status_code"] == 2001
    assert (await client.patch(SESSION, json={"kwh": 2})).json()["status_code"] == 2001
    async with world.work() as db:
        found = [(each.how, each.refusal) for each in await messages_about(db, KEY)]
    assert found[:2] == [("patch", "unknown_session"), ("put", None)]
    assert found[-1] == ("patch", "refused")


async def test_objects_are_shown_in_their_own_version_only(world: World, client: httpx.AsyncClient) -> None:
    """What came in another version has another shape: there is no such object in this one."""
    await client.put(SESSION, json=session_body())
    where = (
        (await client.post(f"{E}/cdrs", json=cdr_body()))
        .headers["location"]
        .removeprefix("http://chargehand.test/ocpi")
    )
    async with world.work() as db:
        for statement in ("UPDATE partner_session SET version = '2.1.1'", "UPDATE cdr SET version = '2.1.1'"):
            await (await db.connection()).execute(text(statement))
    for path in (SESSION, where):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["status_code"]) == (404, 2003)


async def test_behavior_6_every_conflicting_cdr_is_on_file(world: World, client: httpx.AsyncClient) -> None:
    """The first counts, each other one is kept, finance is told, and a repetition of the first is a success."""
    bodies = [cdr_body(), cdr_body(total_cost={"excl_vat": 99}), cdr_body(total_cost={"excl_vat": 98}), cdr_body()]
    answers = [await client.post(f"{E}/cdrs", json=body) for body in bodies]
    assert [(each.status_code, each.json()["status_code"]) for each in answers] == [
        (201, 1000),
        (200, 2001),
        (200, 2001),
        (200, 1000),
    ]
    assert answers[0].headers["location"] == answers[3].headers["location"]
    async with world.work() as db:
        kept = await messages_about(db, "prt_1/DE/CPO/CDR1")
        assert [(each.module, each.refusal) for each in kept] == [("cdrs", "conflict")] * 2
        found = await (await db.connection()).execute(text("SELECT reason FROM mismatch"))
        assert "cdr_conflict" in {row.reason for row in found}
