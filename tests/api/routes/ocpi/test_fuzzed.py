"""A seeded fuzzer over every route, method and version of the face: no request is an error of ours (X6)."""

import json
import os
import random
from collections.abc import Iterator
from typing import Any

import pytest

from api.routes.ocpi.app import _CONFIGURATION, _FUNCTIONAL
from clients.ocpi.dialect import SUPPORTED
from tests.api.routes.ocpi import payloads
from tests.api.routes.ocpi.conftest import World
from tests.api.routes.ocpi.test_old_partners import as_json
from tests.clients.ocpi.mutating import paths, with_change
from tests.clients.ocpi.v2_1_1 import samples as old

CASES = int(os.environ.get("FUZZ_CASES", "150"))
SEED = int(os.environ.get("FUZZ_SEED", "5"))
"""A version's share of requests; many more with ``FUZZ_CASES``."""
_STAMP = {"last_updated": "2026-03-02T11:00:00Z"}
_MODERN: list[dict[str, Any]] = [
    payloads.session_body(),
    payloads.cdr_body(),
    payloads.location_body(),
    payloads.evse_body(),
    payloads.connector_body(),
    payloads.tariff_body(),
    payloads.credentials_body(),
    {"result": "ACCEPTED", "message": [{"language": "en", "text": "x"}]},
    {
        "result": "ACCEPTED",
        "profile": {"start_date_time": "2026-03-02T09:00:00Z", "charging_profile": {"charging_rate_unit": "W"}},
    },
    {
        "start_date_time": "2026-03-02T09:00:00Z",
        "charging_profile": {"charging_rate_unit": "W", "charging_profile_period": [{"start_period": 0, "limit": 1.5}]},
    },
    {"location_id": "LOC1", "evse_uids": ["EVSE1"]},
    {"country_code": "DE", "party_id": "CPO", "role": "CPO", "status": "CONNECTED", **_STAMP},
    {
        "country_code": "DE",
        "party_id": "CPO",
        "id": "R1",
        "invoice_id": "I1",
        "cdr_ids": ["CDR1"],
        "cdrs": ["CDR1"],
        **_STAMP,
    },
]
_CLASSIC: list[dict[str, Any]] = [
    as_json(each)
    for each in (
        old.a_session(),
        old.a_cdr(),
        old.a_location(),
        old.an_evse(),
        old.a_connector(),
        old.a_tariff(),
        old.credentials(),
    )
]
_LEAVES: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    2**31,
    2**63,
    2**64,
    10**30,
    1.5,
    -0.0,
    1e17,
    "",
    " ",
    "x" * 300,
    "x" * 70000,
    "\x00",
    "a\x00b",
    "\u202e",
    "\ud800",
    "1e400",
    "NaN",
    "2026-02-30T25:61:61Z",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00",
    "2026-03-02T09:00:00Z",
    "2026-03-02T09:00:00.123456789+05:30",
    "-inf",
    "Infinity",
    "1E+9999",
    "SES1",
    "de",
    "ACTIVE",
    "COMPLETED",
    "ENERGY",
    "EUR",
    "XXX",
    [],
    {},
    [[]],
    [None],
    [{}],
    ["x"],
    {"a": None},
    "@@NUM@@",
    "Europe/Berlin",
    "../../etc/passwd",
    "24:00",
    "00:00",
]
_RAW_NUMBERS = [
    "1e400",
    "-1e-400",
    "1e99999999999",
    "9" * 5000,
    "0." + "1" * 3000,
    "-0",
    "1E+28",
    "1e-300",
    "123456789012345678901.123456",
]
_SPOILED = [
    b"",
    b"null",
    b"[]",
    b"{}",
    b'"x"',
    b"1",
    b"{",
    b'{"a":',
    b"\xff\xfe",
    b"\xef\xbb\xbf{}",
    b"[" * 100_000,
    b'{"a":' * 2000 + b"1" + b"}" * 2000,
    b"NaN",
    b'{"\\u0000":1}',
    b'{"id":1,"id":2}',
    b" " * 1000,
    b'{"last_updated":"2026-03-02T11:00:00Z"}',
]
_SEGMENTS = [
    "DE",
    "CPO",
    "de",
    "OTH",
    "LOC1",
    "EVSE1",
    "1",
    "SES1",
    "T1",
    "UIDA1",
    "%00",
    "%0A",
    "..%2F",
    "%FF",
    "%25",
    "x" * 300,
    "x" * 3000,
    "%F0%9F%94%8C",
    "%C3%9F" * 90,
    "START_SESSION",
    "guess",
    " ",
    "'",
    "%ED%A0%80",
    "R1",
    "%C4%B0",
]
_QUERIES = [
    "",
    "?type=RFID",
    "?type=%00",
    "?offset=99999999999",
    "?offset=-1&limit=0",
    "?limit=0",
    "?limit=1&after=2026-01-01T00:00:00Z~%00",
    "?date_from=9999-12-31T23:59:59-14:00",
    "?date_from=%00",
    "?date_to=0001-01-01T00:00:00%2B14:00",
    "?after=~",
    "?after=2026-01-01~%ED%A0%80",
    "?offset=2147483648",
    "?country_code=%00",
]
_HEADERS: list[dict[str, str]] = [
    {},
    {},
    {},
    {"X-Request-ID": "x" * 5000},
    {"OCPI-from-country-code": "\xff", "OCPI-from-party-id": "\x7f"},
    {"OCPI-to-party-id": "x" * 2000},
    {"Content-Type": "text/plain"},
    {"Content-Encoding": "gzip"},
    {"Content-Length": "99999999999999999999999"},
    {"X-Correlation-ID": "\xe9\xff"},
]


def _routes(version: str) -> list[tuple[str, str]]:
    """Return every method and path of a version."""
    found = [
        (method, path.replace("{version}", version)) for path, methods in _CONFIGURATION.items() for method in methods
    ]
    found += [
        (method, f"/{version}/emsp/{module}{path}")
        for module, tail in _FUNCTIONAL
        for path, methods in tail.items()
        for method in methods
    ]
    return [*found, *((method, path) for method in ("HEAD", "OPTIONS", "TRACE") for _, path in found[:3])]


def _body(rng: random.Random, version: str) -> bytes:
    """Return a body: a good one with some of it spoiled, or no good one at all."""
    if rng.random() < 0.1:
        return rng.choice(_SPOILED)
    value: Any = rng.choice(_CLASSIC if version == "2.1.1" else _MODERN)
    value = {**value, **_STAMP} if rng.random() < 0.5 else value
    for _ in range(rng.choice((0, 1, 1, 1, 2, 5))):
        value = with_change(value, rng.choice(paths(value)[1:] or [()]), rng.choice(_LEAVES))
    text = json.dumps(value, ensure_ascii=rng.random() < 0.7)
    text = text.replace('"@@NUM@@"', rng.choice(_RAW_NUMBERS))
    content = text.encode("utf-8", "surrogatepass")
    if rng.random() < 0.03:
        content = content[: rng.randrange(len(content) + 1)]
    return content


def _requests(version: str, cases: int) -> Iterator[tuple[str, str, bytes, dict[str, str]]]:
    """Yield requests."""
    rng = random.Random(f"{SEED}/{version}")
    routes = _routes(version)
    good = {
        "country_code": "DE",
        "party_id": "CPO",
        "location_id": "LOC1",
        "evse_uid": "EVSE1",
        "connector_id": "1",
        "session_id": "SES1",
        "tariff_id": "T1",
        "uid": "UIDA1",
        "kind": "START_SESSION",
        "secret": "s",
        "public_id": "cdr_1",
        "report_id": "R1",
    }
    for _ in range(cases):
        method, path = rng.choice(routes)
        for name, value in good.items():
            path = path.replace(f"{{{name}}}", value if rng.random() < 0.85 else rng.choice(_SEGMENTS))
        if rng.random() < 0.05:
            path = path.rsplit("/", 1)[0] + "/" + rng.choice(_SEGMENTS)
        yield (
            method,
            path + (rng.choice(_QUERIES) if rng.random() < 0.3 else ""),
            _body(rng, version),
            rng.choice(_HEADERS),
        )


@pytest.mark.parametrize("version", SUPPORTED)
async def test_no_request_is_an_error_of_ours(world: World, version: str) -> None:
    """Every answer has a status below 500, and where it has a body, it is an envelope."""
    bad: list[str] = []
    async with world.client() as client:
        for number, (method, path, content, headers) in enumerate(_requests(version, CASES)):
            encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
            answer = await client.request(method, path, content=content, headers=encoded)
            if answer.status_code >= 500 or (answer.content and answer.json()["status_code"] == 3000):
                bad.append(
                    f"{number} {method} {path} {headers} {content[:600]!r} -> {answer.status_code} {answer.text[:200]}"
                )
    assert not bad, f"{len(bad)}:\n" + "\n".join(bad[:10])
