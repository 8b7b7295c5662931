"""Compressed answers (A25): large JSON only, to whoever takes it; conditional requests and streams go on as before."""

import gzip
import json
from collections.abc import AsyncIterator, Mapping

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from api.routes.app.compression import AT_LEAST, Compression
from tests.api.routes.app.asgi_client import streaming
from tests.api.routes.app.conftest import App, Someone
from tests.api.routes.app.happenings import POST

pytestmark = pytest.mark.capability("A25")
GZIP, PLAIN = {"Accept-Encoding": "gzip"}, {"Accept-Encoding": "identity"}
LARGE = json.dumps({"words": ["charge"] * 400}).encode()


async def raw(http: httpx.AsyncClient, url: str, headers: Mapping[str, str]) -> tuple[httpx.Response, bytes]:
    """Return an answer with its bytes as they were sent."""
    async with http.stream("GET", url, headers=headers) as answer:
        return answer, b"".join([part async for part in answer.aiter_raw()])


async def test_a_charge_goes_out_compressed_and_the_same(ada: Someone, places: dict[str, str]) -> None:
    """Far fewer bytes, the same JSON, the same ETag; who does not take gzip gets plain text."""
    url = (await ada.start(places[POST])).json()["url"]
    small, packed = await raw(ada.http, url, GZIP)
    large, plain = await raw(ada.http, url, PLAIN)
    assert len(plain) > AT_LEAST
    assert (small.headers["content-encoding"], small.headers["content-length"]) == ("gzip", str(len(packed)))
    assert "content-encoding" not in large.headers
    assert "accept-encoding" in small.headers["vary"].lower()
    assert gzip.decompress(packed) == plain
    assert len(packed) < len(plain) * 0.7
    assert small.headers["etag"] == large.headers["etag"]
    assert small.headers["etag"].startswith("W/")


@pytest.mark.parametrize("headers", [GZIP, PLAIN])
async def test_a_compressed_answer_is_asked_for_again(
    ada: Someone, places: dict[str, str], headers: dict[str, str]
) -> None:
    """The ETag that came with compressed bytes answers 304 with no body, compressed or not the next time."""
    started = (await ada.start(places[POST])).json()
    for url in (started["url"], "/v1/charging-sessions/active", "/v1/map?bbox=9.0,48.8,9.3,49.0&zoom=14"):
        first, _ = await raw(ada.http, url, GZIP)
        again, body = await raw(ada.http, url, headers | {"If-None-Match": first.headers["etag"]})
        assert (again.status_code, body) == (304, b"")
        assert "content-encoding" not in again.headers


async def test_the_stream_of_events_is_not_compressed(app: App, ada: Someone, places: dict[str, str]) -> None:
    """Each event arrives as it happens, whatever the phone accepts."""
    started = (await ada.start(places[POST])).json()
    async with streaming(app.app, started["events_url"], dict(ada.http.headers) | GZIP) as stream:
        assert await stream.status() == 200
        event = await stream.event()
    assert event is not None
    assert json.loads(event["data"])["id"] == started["id"]


async def test_small_answers_and_problems_stay_as_they_are(ada: Someone) -> None:
    """Less than a kilobyte is not worth it; HEAD is refused as it was, with a problem."""
    me, body = await raw(ada.http, "/v1/me", GZIP)
    assert len(body) < AT_LEAST
    assert (me.status_code, me.headers.get("content-encoding")) == (200, None)
    head = await ada.http.head("/v1/me", headers=GZIP)
    assert (head.status_code, head.headers.get("content-encoding")) == (405, None)


async def _answer(request: Request) -> Response:
    """Answer with the content type and the ETag that were asked for."""
    kind, etag = request.query_params["kind"], request.query_params.get("etag")
    return Response(LARGE, media_type=kind, headers={"ETag": etag} if etag else None)


async def _parts(_request: Request) -> Response:
    """Answer JSON in parts."""

    async def parts() -> AsyncIterator[bytes]:
        for start in range(0, len(LARGE), 500):
            yield LARGE[start : start + 500]

    return StreamingResponse(parts(), media_type="application/json")


@pytest.mark.parametrize(
    ("query", "accepted", "compressed"),
    [
        ("kind=application/json", "gzip", True),
        ("kind=application/problem%2Bjson", "br;q=1, gzip;q=0.5", True),
        ("kind=application/json", "*", True),
        ("kind=application/json&etag=W/%22weak%22", "gzip", True),
        ("kind=application/json&etag=%22strong%22", "gzip", False),
        ("kind=application/json", "gzip;q=0, identity", False),
        ("kind=application/json", "", False),
        ("kind=application/pdf", "gzip", False),
        ("kind=text/event-stream", "gzip", False),
    ],
)
async def test_what_is_compressed(query: str, accepted: str, compressed: bool) -> None:
    """JSON for callers that take gzip, unless a strong ETag names the very bytes."""
    app = Compression(Starlette(routes=[Route("/", _answer), Route("/parts", _parts)]))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app.test") as http:
        answer, body = await raw(http, f"/?{query}", {"Accept-Encoding": accepted})
        assert ("content-encoding" in answer.headers, body == LARGE) == (compressed, not compressed)
        assert answer.headers["content-length"] == str(len(body))
        _, parts = await raw(http, "/parts", {"Accept-Encoding": "gzip"})
        assert gzip.decompress(parts) == LARGE
