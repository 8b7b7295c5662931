"""How the face answers: envelope, headers, and what each kind of trouble becomes."""

import asyncio
import gzip
import json
import time
from datetime import datetime
from typing import Any

import pytest

from api.routes.ocpi import body, versions
from tests.api.routes.ocpi.conftest import E, V, World
from tests.api.routes.ocpi.payloads import session_body

SESSION = f"{E}/sessions/DE/CPO/SES1"
IDS = {"X-Request-ID": "req-1", "X-Correlation-ID": "cor-1"}
ROUTES = {
    "OCPI-from-country-code": "DE",
    "OCPI-from-party-id": "CPO",
    "OCPI-to-country-code": "NL",
    "OCPI-to-party-id": "CHH",
}


async def test_an_answer_has_status_and_a_timestamp_in_utc(world: World) -> None:
    """Every answer is an envelope; its timestamp is the present moment with ``Z``."""
    async with world.client() as client:
        body = (await client.get("/versions")).json()
    assert set(body) == {"data", "status_code", "timestamp"}
    assert body["timestamp"].endswith("Z")
    assert datetime.fromisoformat(body["timestamp"]) == world.clock.now()


@pytest.mark.parametrize(
    ("method", "path", "token"),
    [
        ("GET", "/versions", True),
        ("GET", "/versions", False),
        ("GET", "/no/such/path", True),
        ("DELETE", SESSION, True),
        ("GET", SESSION, True),
    ],
)
async def test_request_ids_come_back_on_every_answer(world: World, method: str, path: str, token: bool) -> None:
    """Success or failure, the ids by which the partner finds its request are echoed."""
    async with world.client() as client:
        headers = IDS if token else IDS | {"Authorization": "Token wrong"}
        answer = await client.request(method, path, headers=headers)
    assert (answer.headers["x-request-id"], answer.headers["x-correlation-id"]) == ("req-1", "cor-1")
    assert "status_code" in answer.json()


async def test_routing_headers_come_back_swapped_on_functional_modules_only(world: World) -> None:
    """The receiver of the request is the sender of the answer; configuration modules know no routing."""
    async with world.client(**ROUTES) as client:
        answer = await client.put(SESSION, json=session_body())
        plain = await client.get("/versions")
    assert answer.headers["ocpi-from-country-code"] == "NL"
    assert answer.headers["ocpi-from-party-id"] == "CHH"
    assert answer.headers["ocpi-to-country-code"] == "DE"
    assert answer.headers["ocpi-to-party-id"] == "CPO"
    assert not [name for name in plain.headers if name.startswith("ocpi-")]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"id": }',
        b"\xff\xfe",
        b'{"kwh": NaN}',
        b'{"kwh": Infinity}',
        b"[" * 100_000,
        b'{"a":' * 500 + b"1" + b"}" * 500,
    ],
)
async def test_what_is_no_json_is_400(world: World, body: bytes) -> None:
    """Truncated, empty, wrongly encoded, absurdly nested JSON and numbers that are none: HTTP 400 with 2001."""
    async with world.client() as client:
        answer = await client.put(SESSION, content=body)
    assert (answer.status_code, answer.json()["status_code"]) == (400, 2001)


@pytest.mark.parametrize(
    "body",
    [
        [],
        "text",
        {},
        session_body(kwh="much"),
        session_body(status="HAPPY"),
        session_body(last_updated="yesterday"),
        session_body(kwh=None),
        session_body(id="SES\x001"),
    ],
)
async def test_json_that_is_no_session_is_200_with_2001(world: World, body: Any) -> None:
    """What reached OCPI and cannot be read is answered in OCPI's own way, never with 422."""
    async with world.client() as client:
        answer = await client.put(SESSION, json=body)
    assert (answer.status_code, answer.json()["status_code"]) == (200, 2001)


async def test_a_body_above_the_limit_is_413(world: World) -> None:
    """Announced or streamed, more than the limit is refused; up to the limit it is read."""
    async with world.client() as client:
        announced = await client.put(SESSION, content=b" " * 200_001)

        async def stream() -> Any:
            for _ in range(30):
                yield b" " * 10_000

        streamed = await client.put(SESSION, content=stream())
        padded = json.dumps(session_body()).encode().ljust(200_000)
        fits = await client.put(SESSION, content=padded)
    assert (announced.status_code, announced.json()["status_code"]) == (413, 2001)
    assert (streamed.status_code, streamed.json()["status_code"]) == (413, 2001)
    assert (fits.status_code, fits.json()["status_code"]) == (200, 1000)


async def test_numbers_stay_exact_from_body_to_answer(world: World) -> None:
    """A number with more digits than a binary fraction holds comes back as it went in."""
    text = json.dumps(session_body()).replace('"kwh": 1.5', '"kwh": 0.1234567890123456789')
    async with world.client() as client:
        assert (await client.put(SESSION, content=text)).json()["status_code"] == 1000
        assert '"kwh":0.1234567890123456789' in (await client.get(SESSION)).text


async def test_a_body_that_trickles_is_given_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that does not arrive in time is 408, and its partner's place is free again."""
    monkeypatch.setattr(body, "PATIENCE_SECONDS", 0.05)

    async def trickle() -> Any:
        yield b"{"
        await asyncio.sleep(30)

    async with world.client() as client:
        answer = await client.put(SESSION, content=trickle())
        assert (answer.status_code, answer.json()["status_code"]) == (408, 2001)
        assert (await client.put(SESSION, json=session_body())).status_code == 200


@pytest.mark.parametrize(
    "content",
    [
        b"[" + b"1," * 90_000 + b"1]",
        b"{" + b",".join(b'"k%d":1' % number for number in range(15_000)) + b"}",
        b'{"kwh":' + b"9" * 150_000 + b"}",
        b'{"kwh":1e400}',
        gzip.compress(b" " * 50_000_000),
    ],
    ids=["array", "keys", "digits", "exponent", "bomb"],
)
async def test_what_is_made_to_cost_is_answered_soon(world: World, content: bytes) -> None:
    """Bodies within the limit that are absurd inside: 4xx or 2001, within a second, compressed ones unopened (X7)."""
    async with world.client() as client:
        began = time.monotonic()
        answer = await client.put(SESSION, content=content, headers={"Content-Encoding": "gzip"})
        assert time.monotonic() - began < 5  # a second on a machine that has nothing else to do
    assert answer.status_code in (200, 400)
    assert answer.json()["status_code"] == 2001


async def test_an_unexpected_error_tells_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug of ours is 500 with 3000 in an envelope, with the ids and without a word of what happened."""

    def explode(*_: object) -> str:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(versions, "version_url", explode)
    async with world.client(**IDS) as client:
        answer = await client.get("/versions")
    assert (answer.status_code, answer.json()["status_code"]) == (500, 3000)
    assert "secret" not in answer.text
    assert answer.headers["x-request-id"] == "req-1"


@pytest.mark.parametrize("path", ["/versions", V, f"{V}/credentials", f"{E}/tokens"])
async def test_a_slash_at_the_end_is_the_same_path(world: World, path: str) -> None:
    """Both spellings are answered at once, without a redirect."""
    async with world.client() as client:
        plain, slashed = await client.get(path), await client.get(path + "/")
    assert (plain.status_code, slashed.status_code) == (200, 200)
    assert plain.json() == slashed.json()


async def test_partners_may_put_ids_behind_an_endpoint_in_any_way(world: World) -> None:
    """Right behind it or with a slash of their own: both are the same object, so our endpoints end with a slash."""
    async with world.client() as client:
        details = (await client.get("/2.2.1")).json()["data"]
        listed = {each["identifier"]: each["url"] for each in details["endpoints"]}
        base = listed["sessions"].removeprefix("http://chargehand.test/ocpi")
        answers = [await client.get(f"{base}{between}DE/CPO/NONE") for between in ("", "/")]
    assert [(each.status_code, each.json()["status_message"]) for each in answers] == [(404, "session_unknown")] * 2


async def test_paths_and_methods_we_do_not_serve(world: World) -> None:
    """Unknown paths and versions are 404 and unknown methods 405, each in an envelope."""
    async with world.client() as client:
        assert (await client.get("/2.2.1/cpo/locations")).status_code == 404
        version = await client.get("/9.9")
        assert (version.status_code, version.json()["status_code"]) == (404, 3002)
        delete = await client.delete(f"{E}/locations/DE/CPO/LOC1")
        assert (delete.status_code, delete.json()["status_code"]) == (405, 2000)
        assert (await client.patch(f"{E}/tariffs/DE/CPO/T1", json={})).status_code == 405
