"""Guard on URLs that others supply, so that nobody makes us call into our own network.

Lives here: the form a URL must have, which addresses are public, and a network backend that resolves a name once,
checks every address, and connects to the checked one while Host header and TLS name stay those of the URL. Does not
live here: the calls themselves. Source: OWASP API7:2023; IANA special-purpose address registries.
"""

import asyncio
import ipaddress
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

import httpcore
import httpx

from api.domain.errors import AppError, Upstream

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[list[str]]]

_REFUSED_V4 = [
    ipaddress.IPv4Network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    )
]
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
"""Everything outside is refused: loopback, link and site local, multicast, v4-mapped, NAT64 and what may come."""
_REFUSED_V6 = [
    ipaddress.IPv6Network(network)
    for network in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3ffe::/16", "3fff::/20")
]
_HOST = re.compile(rb"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
_SPELLED_OUT = re.compile(r"0x[0-9a-f]*|[0-9]+", re.ASCII)
"""The last part of a host that is an address in another spelling than the usual one: decimal, hexadecimal, octal."""
_NEVER = re.compile(r"[\x00-\x20\x7f\\]")


class AddressRefused(Upstream):
    """Somebody gave us a URL that we do not call. Facts: ``host``, ``message``."""


def is_public(address: IpAddress) -> bool:
    """Say whether an address belongs to a host on the public Internet."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _REFUSED_V4)
    return address in _GLOBAL_V6 and not any(address in network for network in _REFUSED_V6)


async def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host, as the operating system resolves it; raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


@dataclass(frozen=True, slots=True)
class UrlGuard:
    """What we agree to call. ``allow_loopback`` is for tests and the sandbox: any port, loopback addresses only."""

    allow_loopback: bool = False
    https_only: bool = False
    ports: frozenset[int] = frozenset({80, 443})

    def check(self, url: str) -> httpx.URL:
        """Return the parsed URL if we call its form, else raise ``refused``; addresses are checked on connect."""
        try:
            parsed = httpx.URL(url.strip())
            port = parsed.port
        except (httpx.InvalidURL, ValueError, TypeError):
            raise self.refused("?", "not a URL") from None
        if _NEVER.search(url.strip()) or "#" in url:
            raise self.refused(parsed.host, "holds a fragment or what no URL holds")
        if parsed.scheme not in ("http", "https"):
            raise self.refused(parsed.host, "not http or https")
        if not _HOST.fullmatch(parsed.raw_host):
            raise self.refused("?", "no host")
        if "@" in re.split(r"[/?]", url.partition("//")[2], maxsplit=1)[0]:
            raise self.refused(parsed.host, "holds credentials")
        if self.https_only and parsed.scheme != "https":
            raise self.refused(parsed.host, "not https")
        if port is not None and port not in self.ports and not self.allow_loopback:
            raise self.refused(parsed.host, "an unusual port")
        self._check_host(parsed.host)
        return parsed

    def _check_host(self, host: str) -> None:
        """Refuse a bad address spelled out in the URL, and names that only mean something inside a network."""
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            last = host.rstrip(".").rpartition(".")[2].lower()
            if not last or _SPELLED_OUT.fullmatch(last):
                raise self.refused(host, "not a name") from None
            if not self.allow_loopback and (last == "localhost" or "." not in host.rstrip(".")):
                raise self.refused(host, "not a public name") from None
            return
        if not self.accepts(address):
            raise self.refused(host, "not a public address")

    def refused(self, host: str, message: str) -> AppError:
        """Return the error that says why a URL or an address is not called."""
        return AddressRefused("url_refused", host=host, message=message)

    def accepts(self, address: IpAddress) -> bool:
        """Say whether we connect to this address."""
        return is_public(address) or (self.allow_loopback and address.is_loopback)


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects only to addresses that the guard accepts: a name is resolved once and that answer is used."""

    def __init__(self, guard: UrlGuard, *, resolve: Resolve = resolve) -> None:
        self._guard = guard
        self._resolve = resolve
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, check every address, connect to the first; raises what the guard makes, httpcore.ConnectError."""
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._resolve(host, port)
        except TimeoutError:
            raise httpcore.ConnectTimeout("name resolution took too long") from None
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from error
        for address in addresses:
            if not self._guard.accepts(ipaddress.ip_address(address)):
                raise self._guard.refused(host, "not a public address")
        return await self._connect_first(addresses, port, timeout, local_address, socket_options)

    async def _connect_first(
        self,
        addresses: list[str],
        port: int,
        timeout: float | None,  # noqa: ASYNC109  # as above
        local_address: str | None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None,
    ) -> httpcore.AsyncNetworkStream:
        failure: httpcore.ConnectError | httpcore.ConnectTimeout = httpcore.ConnectError("the host has no address")
        for address in addresses:
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def sleep(self, seconds: float) -> None:
        """Wait, as httpcore asks."""
        await asyncio.sleep(seconds)


class GuardedTransport(httpx.AsyncHTTPTransport):
    """The usual httpx transport over a guarded network: no proxy, no unix socket, no redirect of its own."""

    def __init__(
        self,
        guard: UrlGuard,
        *,
        limits: httpx.Limits,
        resolve: Resolve = resolve,
        certificates: ssl.SSLContext | None = None,
    ) -> None:
        trusted = certificates or httpx.create_ssl_context(trust_env=False)
        super().__init__(verify=trusted, trust_env=False)
        # httpx has no public way to hand a network backend to its pool, so the pool is replaced (httpx 0.28, pinned).
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=trusted,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=GuardedBackend(guard, resolve=resolve),
        )
