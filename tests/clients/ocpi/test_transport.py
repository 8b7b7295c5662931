"""Tests of ``clients.ocpi.transport`` and ``body`` against a partner on loopback."""

import asyncio
import base64
import gzip
import itertools
import zlib

import pytest
from starlette.responses import Response, StreamingResponse

from api.domain.ids import PartyId
from api.ports.roaming import PartnerAnsweredBadly, PartnerUnreachable
from clients.ocpi.transport import Caller, Limits, Transport
from clients.ocpi.url_guard import UrlGuard, UrlRefused
from tests.clients.ocpi.peer import Answering, Seen, a_transport, enveloped, partner

CALLER = Caller("s3cret/=")


def _failing_then(failures: int, status: int, answer: Response) -> Answering:
    count = itertools.count()
    return lambda seen: Response(status_code=status) if next(count) < failures else answer


async def test_the_token_is_sent_in_base64_or_raw() -> None:
    """2.2.1 wants Base64; a peer that was found to want the raw token gets it raw."""
    with partner(lambda seen: enveloped()) as served:
        transport = a_transport()
        await transport.get(f"{served.url}/x", CALLER)
        await transport.get(f"{served.url}/x", Caller("s3cret/=", raw_token_header=True))
        await transport.aclose()
    encoded = base64.b64encode(b"s3cret/=").decode()
    assert [seen.headers["authorization"] for seen in served.seen] == [f"Token {encoded}", "Token s3cret/="]


async def test_every_request_has_its_own_id_and_a_retry_keeps_the_correlation() -> None:
    """Request ids are never repeated; the tries of one call share the correlation id."""
    with partner(_failing_then(1, 503, enveloped())) as served:
        transport = a_transport()
        await transport.get(f"{served.url}/x", CALLER)
        await transport.post(f"{served.url}/x", CALLER, {})
        await transport.aclose()
    requests = [seen.headers["x-request-id"] for seen in served.seen]
    correlations = [seen.headers["x-correlation-id"] for seen in served.seen]
    assert len(set(requests)) == 3
    assert correlations[0] == correlations[1] != correlations[2]


async def test_routing_headers_are_sent_only_when_parties_are_given() -> None:
    """Functional modules are routed, versions and credentials are not (2.2.1 chapter 4.2.1)."""
    with partner(lambda seen: enveloped()) as served:
        transport = a_transport()
        await transport.get(f"{served.url}/x", CALLER)
        await transport.get(f"{served.url}/x", Caller("t", sender=PartyId("nl", "chh"), receiver=PartyId("DE", "HUB")))
        await transport.aclose()
    plain, routed = ({k: v for k, v in seen.headers.items() if k.startswith("ocpi-")} for seen in served.seen)
    assert plain == {}
    assert routed == {
        "ocpi-from-country-code": "NL",
        "ocpi-from-party-id": "CHH",
        "ocpi-to-country-code": "DE",
        "ocpi-to-party-id": "HUB",
    }


async def test_a_read_is_tried_three_times() -> None:
    """Two failures of something in front of the partner are forgiven for a GET, a third is not."""
    with partner(_failing_then(2, 503, enveloped("here"))) as served:
        transport = a_transport()
        assert (await transport.get(f"{served.url}/x", CALLER)).answer.data == "here"
        await transport.aclose()
    with partner(_failing_then(9, 502, enveloped())) as served:
        transport = a_transport()
        with pytest.raises(PartnerUnreachable):
            await transport.get(f"{served.url}/x", CALLER)
        await transport.aclose()
    assert len(served.seen) == 3


@pytest.mark.parametrize("method", ["post", "put"])
async def test_a_write_is_sent_once(method: str) -> None:
    """A write whose outcome is unknown is never repeated by us: the partner may have acted."""
    with partner(_failing_then(1, 504, enveloped())) as served:
        transport = a_transport()
        with pytest.raises(PartnerUnreachable):
            await getattr(transport, method)(f"{served.url}/x", CALLER, {"a": 1})
        await transport.aclose()
    assert len(served.seen) == 1


async def test_an_error_of_the_partner_itself_is_not_retried() -> None:
    """HTTP 500 with or without an envelope is an answer, and a bad one."""
    with partner(lambda seen: Response("oops", status_code=500)) as served:
        transport = a_transport()
        with pytest.raises(PartnerAnsweredBadly) as failure:
            await transport.get(f"{served.url}/x", CALLER)
        await transport.aclose()
    assert (len(served.seen), failure.value.facts["http_status"]) == (1, 500)


async def test_nobody_listening_is_unreachable() -> None:
    """A refused connection is PartnerUnreachable after the retries."""
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    transport = Transport(new_id=lambda: "id", guard=UrlGuard(allow_loopback=True), sleep=sleep)
    with pytest.raises(PartnerUnreachable):
        await transport.get("http://127.0.0.1:9/x", CALLER)
    await transport.aclose()
    assert pauses == [0.2, 0.6]


async def test_a_partner_that_is_silent_or_trickles_is_unreachable() -> None:
    """Neither silence nor one byte at a time holds us longer than the limits say."""

    async def trickle() -> object:
        while True:
            yield b" "
            await asyncio.sleep(0.05)

    limits = Limits(connect_seconds=0.5, read_seconds=0.3, total_seconds=0.6, retry_pauses_seconds=())
    with partner(lambda seen: StreamingResponse(trickle())) as served:  # type: ignore[arg-type]  # an async generator
        transport = a_transport(limits)
        with pytest.raises(PartnerUnreachable):
            await transport.get(f"{served.url}/x", CALLER)
        await transport.aclose()


async def test_redirects_are_not_followed() -> None:
    """A redirect is a bad answer: it could lead anywhere with our token."""
    with partner(lambda seen: Response(status_code=302, headers={"Location": "/elsewhere"})) as served:
        transport = a_transport()
        with pytest.raises(PartnerAnsweredBadly):
            await transport.get(f"{served.url}/x", CALLER)
        await transport.aclose()
    assert [seen.path for seen in served.seen] == ["/x"]


def _moves_to(location: str, status: int = 307) -> Answering:
    def answer(seen: Seen) -> Response:
        if seen.path.endswith("/"):
            return enveloped("here")
        return Response(status_code=status, headers={"Location": location.format(host=seen.headers["host"])})

    return answer


@pytest.mark.parametrize("location", ["/x/", "http://{host}/x/", "https://{host}/x/", "http://{host}/x/?a=1&token=2"])
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
async def test_a_redirect_to_the_same_path_with_a_slash_is_followed(location: str, method: str) -> None:
    """Web frameworks answer so by themselves: everything but the slash stays ours, body and all, once."""
    with partner(_moves_to(location, 308 if method == "put" else 307)) as served:
        transport = a_transport()
        messages = ({"a": 1},) if method in ("post", "put", "patch") else ()
        reply = await getattr(transport, method)(f"{served.url}/x?a=1", CALLER, *messages)
        await transport.aclose()
    assert reply.answer.data == "here"
    assert [(seen.path, seen.query) for seen in served.seen] == [("/x", "a=1"), ("/x/", "a=1")]
    assert len({(seen.method, seen.body, seen.headers["authorization"]) for seen in served.seen}) == 1
    assert len({seen.headers["x-request-id"] for seen in served.seen}) == 2


@pytest.mark.parametrize(
    ("location", "status"),
    [
        ("/y/", 307),
        ("/x//", 307),
        ("/x", 307),
        ("//evil.example/x/", 307),
        ("http://127.0.0.2/x/", 307),
        ("http://[::1/x/", 307),
        ("/x/", 303),
        ("/x/", 300),
    ],
)
async def test_no_other_redirect_is_followed(location: str, status: int) -> None:
    """Another path, another host, another kind of redirect: one request was made, and its answer is a bad one."""
    with partner(_moves_to(location, status)) as served:
        transport = a_transport()
        with pytest.raises(PartnerAnsweredBadly):
            await transport.post(f"{served.url}/x", CALLER, {})
        await transport.aclose()
    assert len(served.seen) == 1


async def test_a_redirect_is_followed_once_and_a_write_never_becomes_a_read() -> None:
    """Two spellings that point at each other end; 301 and 302 keep a GET only."""
    with partner(lambda seen: Response(status_code=307, headers={"Location": f"{seen.path}/"})) as served:
        transport = a_transport()
        with pytest.raises(PartnerAnsweredBadly):
            await transport.get(f"{served.url}/x", CALLER)
        await transport.aclose()
    assert [seen.path for seen in served.seen] == ["/x", "/x/"]
    with partner(_moves_to("/x/", 301)) as served:
        transport = a_transport()
        await transport.get(f"{served.url}/x", CALLER)
        with pytest.raises(PartnerAnsweredBadly):
            await transport.put(f"{served.url}/x", CALLER, {})
        await transport.aclose()
    assert [seen.method for seen in served.seen] == ["GET", "GET", "PUT"]


async def test_compressed_answers_are_read_and_bombs_are_not() -> None:
    """The size limit holds for what a body unpacks to."""
    small = gzip.compress(b'{"status_code":1000,"data":[1]}')
    bomb = gzip.compress(b" " * 5_000_000)
    bodies = {
        "/small": small,
        "/bomb": bomb,
        "/cut": small[:-9],
        "/broken": b"no gzip",
        "/deflate": zlib.compress(b"x"),
    }

    def answer(seen: Seen) -> Response:
        coding = "br" if seen.path == "/other" else "deflate" if seen.path == "/deflate" else "gzip"
        return Response(bodies.get(seen.path, b""), headers={"Content-Encoding": coding})

    with partner(answer) as served:
        transport = a_transport(Limits(body_bytes=1_000_000, retry_pauses_seconds=()))
        assert (await transport.get(f"{served.url}/small", CALLER)).answer.data == [1]
        for path in ("bomb", "cut", "broken", "other", "deflate"):
            with pytest.raises(PartnerAnsweredBadly):
                await transport.get(f"{served.url}/{path}", CALLER)
        await transport.aclose()


async def test_a_large_plain_answer_is_cut_off() -> None:
    """An answer larger than the limit is refused while it arrives."""
    with partner(lambda seen: Response(b" " * 2_000_000)) as served:
        transport = a_transport(Limits(body_bytes=1_000_000, retry_pauses_seconds=()))
        with pytest.raises(PartnerAnsweredBadly, match="larger"):
            await transport.get(f"{served.url}/x", CALLER)
        await transport.aclose()


@pytest.mark.parametrize("body", [b'{"data":[', b'{"status_code":1000,"data":NaN}', b'{"a":"\xff"}', b"", b"<html/>"])
async def test_broken_bodies_are_bad_answers(body: bytes) -> None:
    """Truncated JSON, NaN, bad UTF-8, nothing and HTML are all PartnerAnsweredBadly."""
    with partner(lambda seen: Response(body)) as served:
        transport = a_transport()
        with pytest.raises(PartnerAnsweredBadly):
            await transport.get(f"{served.url}/x", CALLER)
        await transport.aclose()


async def test_connections_are_kept_per_partner() -> None:
    """One pool serves all calls to a host, another host has its own."""
    with partner(lambda seen: enveloped()) as one, partner(lambda seen: enveloped()) as other:
        transport = a_transport()
        for url in (one.url, one.url, other.url):
            await transport.get(f"{url}/x", CALLER)
        assert len(transport._hosts._pools) == 2
        await transport.aclose()


async def test_loopback_is_refused_by_default() -> None:
    """Without the allowance for tests even our own machine is not called."""
    transport = Transport(new_id=lambda: "id")
    with pytest.raises(UrlRefused):
        await transport.get("http://127.0.0.1:80/", CALLER)
    with pytest.raises(UrlRefused):
        await transport.get("http://localhost/", CALLER)
    await transport.aclose()
