"""No body that a partner can send is an error of ours (X6): every field of every object, spoiled in many ways."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.api.routes.ocpi import payloads
from tests.api.routes.ocpi.conftest import E, V

NASTY: list[Any] = [
    None,
    True,
    -1,
    10**30,
    "",
    " ",
    "x" * 5000,
    "\x00",
    "\ud800",
    "1e400",
    "2026-02-30T25:61:61Z",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00",
    [],
    {},
    [[[]]],
    {"a": {"b": []}},
    2_500_000_000,
    1e17,
    1e-17,
]
NUMBERS = [b"1e400", b"-1e-400", b"1e99999999999", b"0." + b"1" * 3000, b"9" * 5000]
"""Numbers that no database holds."""
STAMP = {"last_updated": "2026-03-02T11:00:00Z"}
LOCATION = f"{E}/locations/DE/CPO/LOC1"
TARGETS: list[tuple[str, str, dict[str, Any]]] = [
    ("PUT", f"{E}/sessions/DE/CPO/SES1", payloads.session_body(**STAMP)),
    ("PATCH", f"{E}/sessions/DE/CPO/SES1", payloads.session_body(**STAMP)),
    ("POST", f"{E}/cdrs", payloads.cdr_body()),
    ("PUT", LOCATION, payloads.location_body(**STAMP)),
    ("PATCH", LOCATION, payloads.location_body(**STAMP)),
    ("PUT", f"{LOCATION}/EVSE1", payloads.evse_body(**STAMP)),
    ("PATCH", f"{LOCATION}/EVSE1", payloads.evse_body(**STAMP)),
    ("PUT", f"{LOCATION}/EVSE1/1", payloads.connector_body(**STAMP)),
    ("PATCH", f"{LOCATION}/EVSE1/1", payloads.connector_body(**STAMP)),
    ("PUT", f"{E}/tariffs/DE/CPO/T1", payloads.tariff_body(**STAMP)),
    ("PUT", f"{V}/credentials", payloads.credentials_body()),
    (
        "POST",
        f"{E}/commands/START_SESSION/secret",
        {"result": "ACCEPTED", "message": [{"language": "en", "text": "x"}]},
    ),
    ("POST", f"{E}/tokens/UIDA1/authorize", {"location_id": "LOC1", "evse_uids": ["EVSE1"]}),
]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path to every value inside a JSON value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in inside:
        yield (*path, name)
        yield from places(child, (*path, name))


def spoiled(body: dict[str, Any]) -> Iterator[bytes]:
    """Yield the body with each value in turn replaced by some of the nasty ones, taking turns so that all are used."""
    for turn, path in enumerate(places(body)):
        for nasty in NASTY[turn % 4 :: 4]:
            copied = copy.deepcopy(body)
            parent: Any = copied
            for step in path[:-1]:
                parent = parent[step]
            parent[path[-1]] = nasty
            yield json.dumps(copied).encode()
        parent[path[-1]] = "@"
        yield json.dumps(copied).encode().replace(b'"@"', NUMBERS[turn % len(NUMBERS)])


@pytest.mark.parametrize(("method", "path", "body"), TARGETS, ids=[f"{m} {p}" for m, p, _ in TARGETS])
async def test_nothing_a_partner_sends_is_an_error_of_ours(
    client: httpx.AsyncClient, method: str, path: str, body: dict[str, Any]
) -> None:
    """Every spoiled body is answered in an envelope with a status below 500."""
    for put, url in (
        ("locations/DE/CPO/LOC1", payloads.location_body()),
        ("sessions/DE/CPO/SES1", payloads.session_body()),
    ):
        assert (await client.put(f"{E}/{put}", json=url)).json()["status_code"] == 1000
    for content in spoiled(body):
        answer = await client.request(method, path, content=content)
        assert answer.status_code < 500, (content, answer.text)
        assert answer.json()["status_code"] < 3000, (content, answer.text)


@pytest.mark.parametrize("nasty", ["%00", "%ED%A0%80", "x" * 4000, "%0A", "..%2F", "%FF", "%F0%9F%94%8C", "'", "%25"])
async def test_nothing_in_a_path_is_an_error_of_ours(client: httpx.AsyncClient, nasty: str) -> None:
    """Ids that nobody can mean are unknown or unreadable."""
    for path in (
        f"{E}/sessions/DE/CPO/{nasty}",
        f"{E}/sessions/{nasty}/CPO/S",
        f"{E}/locations/DE/{nasty}/L",
        f"{E}/locations/DE/CPO/{nasty}",
        f"{E}/locations/DE/CPO/L/{nasty}",
        f"{E}/locations/DE/CPO/L/E/{nasty}",
        f"{E}/tariffs/DE/CPO/{nasty}",
        f"{E}/cdrs/{nasty}",
        f"/{nasty}/credentials",
    ):
        answer = await client.get(path)
        assert answer.status_code < 500, (path, answer.text)
    for method, path in (
        ("POST", f"{E}/tokens/{nasty}/authorize"),
        ("POST", f"{E}/tokens/X/authorize?type={nasty}"),
        ("POST", f"{E}/commands/START_SESSION/{nasty}"),
        ("PATCH", f"{E}/sessions/DE/CPO/{nasty}"),
        ("DELETE", f"{E}/tariffs/DE/CPO/{nasty}"),
        ("GET", f"{E}/tokens?date_from={nasty}&offset={nasty}"),
    ):
        answer = await client.request(method, path, json={"result": "ACCEPTED", "location_id": "L"} | STAMP)
        assert answer.status_code < 500, (path, answer.text)
