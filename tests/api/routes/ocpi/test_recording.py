"""Every request is noted: who, what, how it went; ids are made up where the caller gave none; no secret is kept."""

import re
from typing import Any

import pytest

from api.domain.roaming.exchange import Exchange, masked_bodies
from api.ports.traffic import Taken
from api.services.roaming.traffic import TrafficBuffer
from tests.api.routes.ocpi.conftest import E, V, World
from tests.api.routes.ocpi.payloads import cdr_body, evse_body, location_body, session_body, tariff_body
from tests.api.services.roaming.builders import OUR_TOKEN

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def taken(world: World) -> Taken:
    """Return what was noted so far."""
    traffic = world.ports.traffic
    assert isinstance(traffic, TrafficBuffer)
    return traffic.take()


async def noted(world: World, method: str, path: str, *, token: str | None = OUR_TOKEN, **more: Any) -> Exchange:
    """Send one request and return what is noted of it."""
    async with world.client(token) as client:
        await client.request(method, path, **more)
    (exchange,) = taken(world).exchanges
    return exchange


async def test_an_exchange_is_noted_with_who_what_and_how_it_went(world: World) -> None:
    """Partner, module, both statuses and the ids under which the partner may ask about it."""
    headers = {"X-Request-ID": "req-1", "X-Correlation-ID": "cor-1"}
    exchange = await noted(world, "PUT", f"{E}/sessions/DE/CPO/SES1/", json=session_body(), headers=headers)
    assert (exchange.partner_id, exchange.direction, exchange.method) == ("prt_1", "inbound", "PUT")
    assert (exchange.path, exchange.module) == (f"{E}/sessions/DE/CPO/SES1", "sessions")
    assert (exchange.http_status, exchange.ocpi_status, exchange.failed) == (200, 1000, False)
    assert (exchange.request_id, exchange.correlation_id) == ("req-1", "cor-1")
    request, answer = masked_bodies(exchange)
    assert request is not None
    assert '"uid":"***"' in request
    assert answer is not None
    assert '"status_code":"1000"' in answer


@pytest.mark.parametrize(
    ("method", "path", "token", "expected"),
    [
        ("GET", "/versions", None, (None, "/versions", 401, 2000)),
        ("GET", "/versions", "wrong", (None, "/versions", 401, 2000)),
        ("GET", "/a/b/c/d?token=x", OUR_TOKEN, (None, "(no such path)", 404, 2000)),
        ("GET", "/9.9", OUR_TOKEN, ("prt_1", "/9.9", 404, 3002)),
        ("DELETE", f"{E}/sessions/DE/CPO/S", OUR_TOKEN, (None, "(no such path)", 405, 2000)),
        ("GET", f"{E}/sessions/DE/CPO/S", OUR_TOKEN, ("prt_1", f"{E}/sessions/DE/CPO/S", 404, 2003)),
        ("POST", f"{E}/tokens/UID-1/authorize", OUR_TOKEN, ("prt_1", f"{E}/tokens/{{uid}}/authorize", 404, 2004)),
        (
            "POST",
            f"{E}/commands/START_SESSION/hush",
            OUR_TOKEN,
            ("prt_1", f"{E}/commands/START_SESSION/{{secret}}", 400, 2001),
        ),
        ("GET", f"{E}/sessions/DE/CPO/a%0Ab", OUR_TOKEN, ("prt_1", f"{E}/sessions/DE/CPO/a?b", 200, 2001)),
    ],
)
async def test_failures_are_noted_without_what_opens_doors(
    world: World, method: str, path: str, token: str | None, expected: tuple[str | None, str, int, int]
) -> None:
    """Uids of tokens and secrets of commands stay names; unknown callers and paths are noted as such."""
    exchange = await noted(world, method, path, token=token)
    assert (exchange.partner_id, exchange.path, exchange.http_status, exchange.ocpi_status) == expected
    assert exchange.failed


async def test_ids_are_made_up_where_the_caller_gave_none(world: World) -> None:
    """The answer carries them, so that a partner's log and ours can be laid side by side."""
    async with world.client() as client:
        answers = [await client.get(path) for path in ("/versions", "/versions", "/nowhere/at/all")]
    ids = [answer.headers[name] for answer in answers for name in ("x-request-id", "x-correlation-id")]
    assert len(set(ids)) == 6
    assert all(UUID.fullmatch(each) for each in ids)
    assert [exchange.request_id for exchange in taken(world).exchanges] != []


@pytest.mark.parametrize(
    ("method", "path", "body", "module"),
    [
        ("PUT", f"{E}/sessions/DE/CPO/SES1", session_body(status="ACTIVE", kwh=1, country_code="de"), "sessions"),
        ("PUT", f"{E}/locations/DE/CPO/LOC1", location_body(), "locations"),
        ("PUT", f"{E}/tariffs/DE/CPO/T1", tariff_body(), "tariffs"),
        ("POST", f"{E}/cdrs", cdr_body(), "cdrs"),
    ],
)
async def test_what_a_partner_pushed_is_noted_and_looked_through(
    world: World, method: str, path: str, body: dict[str, Any], module: str
) -> None:
    """The moment by module, and the object, whose oddities the version's own rules name."""
    async with world.client() as client:
        answer = await client.request(method, path, json=body | {"extra": 1})
        assert answer.json()["status_code"] == 1000
        traffic = world.ports.traffic
        assert isinstance(traffic, TrafficBuffer)
        ((partner_id, seen, _, raw, _),) = traffic._objects
    assert (partner_id, seen, isinstance(raw, dict) and raw["id"]) == ("prt_1", module, body["id"])
    assert list(taken(world).pushes) == [("prt_1", module)]


async def test_an_odd_session_is_counted_under_its_id(world: World) -> None:
    """It is stored all the same; the health of the partner tells what was odd."""
    body = session_body(currency="EURO")
    async with world.client() as client:
        assert (await client.put(f"{E}/sessions/DE/CPO/SES1", json=body)).json()["status_code"] in (1000, 2001)
    found = taken(world).oddities
    assert found
    assert {key[:2] for key in found} == {("prt_1", "sessions")}


async def test_parts_of_objects_are_pushes_and_not_looked_through(world: World) -> None:
    """An EVSE alone is no location, so rules of a location would find nothing but gaps."""
    async with world.client() as client:
        await client.put(f"{E}/locations/DE/CPO/LOC1", json=location_body())
        taken(world)
        assert (await client.put(f"{E}/locations/DE/CPO/LOC1/EVSE1", json=evse_body())).json()["status_code"] == 1000
        await client.patch(f"{E}/sessions/DE/CPO/NONE", json={"last_updated": "2026-03-02T11:00:00Z"})
    notes = taken(world)
    assert list(notes.pushes) == [("prt_1", "locations")]
    assert notes.oddities == {}


async def test_an_object_that_cannot_be_read_is_counted_with_its_reason(world: World) -> None:
    """So that a partner's page can say which tariffs it sends in vain, and why."""
    async with world.client() as client:
        await client.put(f"{E}/tariffs/DE/CPO/T1", json=tariff_body(elements="none"))
        await client.put(f"{V}/credentials", json={})
    ((key, odd),) = taken(world).oddities.items()
    assert key == ("prt_1", "tariffs", "unreadable")
    assert odd.samples
    assert "elements" in odd.samples[0]
