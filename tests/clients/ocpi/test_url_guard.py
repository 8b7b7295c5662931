"""Tests of ``clients.ocpi.url_guard``: partners must not make us call into our own network."""

import asyncio
import contextlib
import ipaddress
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from clients.ocpi.transport import Caller, Transport
from clients.ocpi.url_guard import GuardedTransport, UrlGuard, UrlRefused, is_public
from tests.serving import serve

BAD_FORMS = [
    "",
    "example.com/ocpi",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "https://",
    "https:///versions",
    "https://user:secret@example.com/",
    "https://user@example.com/",
    "https://example.com:22/",
    "https://example.com:99999/",
    "http://[::1/",
    "http://exa mple.com/",
    "javascript:alert(1)",
    "//example.com/",
]
NOT_PUBLIC = [
    "0.0.0.0",  # noqa: S104  # an address to refuse, not to bind to
    *("10.1.2.3", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.8.8.8", "169.254.169.254"),
    *("172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1"),
    *("198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1"),
    *("100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "fc00::1", "fd12::1", "fe80::1", "fec0::1"),
    *("ff02::1", "5f00::1"),
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "93.184.216.34", "100.63.255.255", "172.32.0.1", "2606:4700::1111", "2a00:1450::5"]


def _transport(guard: UrlGuard, addresses: list[str]) -> GuardedTransport:
    async def resolve(host: str, port: int) -> list[str]:
        return addresses

    return GuardedTransport(guard, limits=httpx.Limits(), resolve=resolve)


async def _get(transport: GuardedTransport, url: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=transport, trust_env=False) as client:
        return await client.get(url)


@pytest.mark.parametrize("url", BAD_FORMS)
def test_bad_forms_are_refused(url: str) -> None:
    """Only http and https, with a host, without credentials, on the usual ports."""
    with pytest.raises(UrlRefused):
        UrlGuard().check(url)


@pytest.mark.parametrize(
    "url", ["https://example.com/ocpi/versions", "http://example.com:80/", "https://8.8.8.8/x?y=1"]
)
def test_good_forms_are_accepted(url: str) -> None:
    """An ordinary partner URL passes and keeps its spelling."""
    assert UrlGuard().check(url).host in ("example.com", "8.8.8.8")


def test_plain_http_can_be_forbidden() -> None:
    """In production a partner without TLS is refused."""
    with pytest.raises(UrlRefused):
        UrlGuard(https_only=True).check("http://example.com/")


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_addresses_that_are_not_public_are_refused_in_the_url(address: str) -> None:
    """Private, shared, special, multicast, translated and mapped addresses are never called."""
    host = f"[{address}]" if ":" in address else address
    assert not is_public(ipaddress.ip_address(address))
    with pytest.raises(UrlRefused):
        UrlGuard().check(f"https://{host}/")


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_accepted(address: str) -> None:
    """Addresses of hosts on the Internet pass, also those right beside a refused range."""
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", NOT_PUBLIC)
async def test_a_name_that_leads_to_a_bad_address_is_refused_on_connect(address: str) -> None:
    """What counts is the address connected to, not the name."""
    with pytest.raises(UrlRefused):
        await _get(_transport(UrlGuard(), [address]), "http://partner.example/")


async def test_one_bad_address_among_good_ones_is_enough() -> None:
    """A name with a public and a private address is refused as a whole."""
    with pytest.raises(UrlRefused):
        await _get(_transport(UrlGuard(), ["8.8.8.8", "10.0.0.1"]), "http://partner.example/")


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost"])
async def test_other_spellings_of_loopback_are_refused(host: str) -> None:
    """Decimal, hexadecimal, octal and short spellings are no URL or resolve to loopback: refused either way."""
    transport = Transport(new_id=lambda: "id")
    with pytest.raises(UrlRefused):
        await transport.get(f"http://{host}/", Caller("t"))
    await transport.aclose()


async def test_the_allowance_for_tests_opens_loopback_only() -> None:
    """With ``allow_loopback`` other private networks stay closed."""
    guard = UrlGuard(allow_loopback=True)
    assert guard.check("http://127.0.0.1:8000/").port == 8000
    with pytest.raises(UrlRefused):
        guard.check("http://10.0.0.1/")


async def test_the_checked_address_is_connected_to_and_the_host_header_kept() -> None:
    """The name is resolved once; the partner still sees the name it was called by."""
    hosts: list[str] = []
    lookups: list[str] = []

    async def app(scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
        if scope["type"] == "http":
            hosts.append(dict(scope["headers"])[b"host"].decode())
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body"})

    async def resolve(host: str, port: int) -> list[str]:
        lookups.append(host)
        return ["127.0.0.1"]

    with serve(app) as url:
        port = httpx.URL(url).port
        transport = GuardedTransport(UrlGuard(allow_loopback=True), limits=httpx.Limits(), resolve=resolve)
        assert (await _get(transport, f"http://partner.example:{port}/")).status_code == 204
    assert hosts == [f"partner.example:{port}"]
    assert lookups == ["partner.example"]


async def test_tls_asks_for_the_name_not_the_address() -> None:
    """The TLS handshake names the host of the URL, so certificates are checked against it."""
    names: list[bytes] = []

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        names.append(await reader.read(4096))
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with contextlib.suppress(httpx.TransportError, ssl.SSLError):
            await _get(_transport(UrlGuard(allow_loopback=True), ["127.0.0.1"]), f"https://partner.example:{port}/")
    assert b"partner.example" in names[0]
