"""A corpus of addresses that lead into our own network (X1), against every place where a partner names one.

Connections are noted where they would be made: none may go to anything but the partner's one public address.
"""

import contextlib
import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpcore
import httpx
import pytest
from starlette.responses import Response

from api.domain.ids import PartyId
from api.domain.roaming.partner import Endpoint, InterfaceRole, OurIdentity, Peer
from api.ports.roaming import PartnerAnsweredBadly, PartnerUnreachable, RegistrationFailed
from clients.ocpi import handshake
from clients.ocpi.places import OcpiPlaces
from clients.ocpi.transport import Caller, Limits, Transport
from clients.ocpi.url_guard import UrlGuard, UrlRefused
from tests.clients.ocpi.peer import Seen, enveloped, partner

OURS = OurIdentity(PartyId("DE", "CHH"), "Chargehand", None, "https://us.example/ocpi/versions")
ROLE = {"role": "CPO", "party_id": "CPO", "country_code": "DE", "business_details": {"name": "An operator"}}
BAD = [
    # Loopback, spelled in many ways.
    *("http://127.0.0.1/", "http://127.1/", "http://127.0.1/", "http://2130706433/", "http://0x7f000001/"),
    *("http://0x7f.0.0.1/", "http://0177.0.0.1/", "http://017700000001/", "http://127.0.0.1./", "http://0/"),
    *("http://localhost/", "http://LOCALHOST./", "http://[::1]/", "http://[::]/", "http://0.0.0.0/"),
    *("http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[::127.0.0.1]/"),
    # Private, shared, link local, and where clouds keep their secrets.
    *("http://10.0.0.1/", "http://172.16.0.1/", "http://192.168.0.1/", "http://100.64.0.1/"),
    *("http://169.254.169.254/latest/meta-data/", "http://2852039166/", "http://0xa9fea9fe/", "http://[fe80::1]/"),
    *("http://[fd00:ec2::254]/", "http://100.100.100.200/", "http://192.0.0.192/", "http://[fc00::1]/"),
    # An IPv4 address inside an IPv6 one.
    *("http://[64:ff9b::7f00:1]/", "http://[64:ff9b::a9fe:a9fe]/", "http://[64:ff9b:1::1]/"),
    *("http://[2002:7f00:1::]/", "http://[2002:a9fe:a9fe::1]/", "http://[2001:0:7f00:1::]/"),
    # Nobody's, everybody's.
    *("http://255.255.255.255/", "http://224.0.0.1/", "http://[ff02::1]/", "http://198.18.0.1/", "http://192.0.2.1/"),
    # Forms that are read differently by different readers.
    *("http://user:pass@8.8.8.8/", "http://8.8.8.8@127.0.0.1/", "http://8.8.8.8:80@127.0.0.1/", "http://@8.8.8.8/"),
    *("http://127.0.0.1#@8.8.8.8/", "http://127.0.0.1?@8.8.8.8/", "http://127.0.0.1\\@8.8.8.8/", "http://8.8.8.8\\@x/"),
    *("http://127。0。0。1/", "http://①②⑦.⓪.⓪.①/", "http://１２７.0.0.1/", "http://localhost%00.example/"),
    *("http://127.0.0.1%2f@8.8.8.8/", "http:///127.0.0.1/", "http:127.0.0.1", "http://[::1%25lo]/", "http://[::1"),
    # Ports and schemes of other services.
    *("http://8.8.8.8:22/", "http://8.8.8.8:6379/", "http://8.8.8.8:0/", "http://8.8.8.8:65536/", "ftp://8.8.8.8/"),
    *("file:///etc/passwd", "gopher://8.8.8.8:70/", "dict://8.8.8.8/", "unix:///var/run/x.sock", "//8.8.8.8/"),
    *(
        "javascript:1",
        "http://8.8.8.8/#x",
        "http://router/",
        "http://8.8.8.8/\r\nX: y",
        "ht tp://8.8.8.8/",
        "",
        " ",
        "http://",
        "http://.",
    ),
]
GOOD = [
    *("https://8.8.8.8/ocpi", "http://8.8.8.8:80/ocpi", "https://8.8.8.8:443/ocpi", "https://[2606:4700::1111]/ocpi"),
    *("https://partner.example/ocpi/versions", "https://PARTNER.example/ocpi?key=1", "https://münchen.example/ocpi"),
]


@dataclass
class Network:
    """A network in which the partner is at 8.8.8.8 port 80; every connection is noted."""

    answer: Callable[[Seen], Response] = lambda seen: enveloped()
    connected: list[tuple[str, int]] = field(default_factory=list)
    answers: list[list[str]] = field(default_factory=list)
    """What names lead to, one look-up after the other; then always 8.8.8.8."""

    async def resolve(self, host: str, port: int) -> list[str]:
        """Return where a name leads."""
        return self.answers.pop(0) if self.answers else ["8.8.8.8"]


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Iterator[Network]:
    """Yield a network whose one public host is served by a partner on loopback."""
    network = Network()
    real = httpcore.AnyIOBackend.connect_tcp
    with partner(lambda seen: network.answer(seen)) as served:
        port = httpx.URL(served.url).port or 0

        async def connect(self: Any, host: str, at: int, *rest: Any, **more: Any) -> Any:
            network.connected.append((host, at))
            if (host, at) != ("8.8.8.8", 80):
                raise httpcore.ConnectError("nobody")
            return await real(self, "127.0.0.1", port, *rest, **more)

        monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect)
        yield network


@pytest.fixture
async def transport(network: Network) -> AsyncIterator[Transport]:
    """Yield a transport as in production, but for its name server and plain http."""
    limits = Limits(connect_seconds=1, read_seconds=1, total_seconds=3, retry_pauses_seconds=())
    transport = Transport(new_id=lambda: "id", limits=limits, resolve=network.resolve)
    yield transport
    await transport.aclose()


@pytest.mark.parametrize("url", BAD)
async def test_a_bad_address_is_refused_before_anything_is_connected(
    network: Network, transport: Transport, url: str
) -> None:
    """All of them by their form alone: no name server is asked either."""
    network.answers = [["127.0.0.1"]]
    with pytest.raises(UrlRefused):
        await transport.get(url, Caller("t"))
    assert (network.connected, len(network.answers)) == ([], 1)


def test_the_corpus_is_large_enough() -> None:
    """As many bad addresses as the bar asks for, each once, and good ones beside them."""
    assert len(set(BAD)) == len(BAD) >= 38
    guard = UrlGuard()
    assert [guard.check(url).host for url in GOOD if "8.8.8.8" in url] == ["8.8.8.8"] * 3
    assert all(guard.check(url) for url in GOOD)


def _peer(base: str, bad: str, place: str) -> Callable[[Seen], Response]:
    """Return a partner whose answers are all in order but for one address."""

    def named(here: str, good: str) -> str:
        return bad if place == here else good

    def answer(seen: Seen) -> Response:
        if seen.path == "/versions":
            return enveloped([{"version": "2.2.1", "url": named("version", f"{base}/2.2.1")}])
        if seen.path == "/2.2.1":
            modules = {"credentials": named("credentials endpoint", f"{base}/credentials")}
            modules["locations"] = named("functional endpoint", f"{base}/locations")
            return enveloped(
                {"endpoints": [{"identifier": each, "role": "SENDER", "url": url} for each, url in modules.items()]}
            )
        if seen.path == "/credentials":
            return enveloped({"token": "c", "url": named("credentials.url", f"{base}/versions"), "roles": [ROLE]})
        return enveloped([], link=bad.translate({13: None, 10: None}).encode("ascii", "ignore").decode() or None)

    return answer


@pytest.mark.parametrize("place", ["version", "credentials endpoint", "functional endpoint", "credentials.url"])
async def test_no_place_of_a_handshake_leads_us_astray(network: Network, transport: Transport, place: str) -> None:
    """Whatever stands where the partner names an address: only the partner itself is connected to, nothing is kept."""
    base = "http://partner.example"
    for bad in BAD:
        network.answer = _peer(base, bad, place)
        try:
            found = await handshake.register(transport, f"{base}/versions", "a", ours=OURS, token_b="b")
        except RegistrationFailed:
            continue
        assert bad not in {found.versions_url, *(endpoint.url for endpoint in found.endpoints)}
    assert set(network.connected) == {("8.8.8.8", 80)}


async def test_a_good_handshake_goes_through(network: Network, transport: Transport) -> None:
    """The same partner with nothing bad about it is registered: the test above does not pass by refusing all."""
    base = "http://partner.example"
    network.answer = _peer(base, "", "nowhere")
    found = await handshake.register(transport, f"{base}/versions", "a", ours=OURS, token_b="b")
    assert len(found.endpoints) == 2


async def test_a_registering_partner_cannot_name_a_bad_address(network: Network, transport: Transport) -> None:
    """``credentials.url`` of a POST to us is looked at before anything else, and refused."""
    for bad in BAD:
        with pytest.raises(RegistrationFailed):
            await handshake.complete(transport, bad, "b", version="2.2.1")
    assert network.connected == []


async def test_a_next_page_leads_nowhere_else(network: Network, transport: Transport) -> None:
    """A ``Link`` is followed only to where the list began."""
    base = "http://partner.example"
    peer = Peer(
        partner_id="prt_1",
        version="2.2.1",
        their_token="t",
        endpoints=(Endpoint("locations", InterfaceRole.SENDER, f"{base}/locations"),),
        our_party=PartyId("DE", "CHH"),
        their_party=PartyId("DE", "CPO"),
    )
    for bad in BAD:
        network.answer = _peer(base, bad, "next page")
        with contextlib.suppress(PartnerAnsweredBadly):
            pages = [page async for page in OcpiPlaces(transport).location_pages(peer)]
            assert [each for page in pages for each in page.objects] == []
    assert set(network.connected) == {("8.8.8.8", 80)}


async def test_a_name_that_changes_its_mind_is_refused(network: Network, transport: Transport) -> None:
    """Good when it was registered, ours when it is called: every connection is judged by the address it goes to."""
    network.answer = lambda seen: enveloped(status=503)
    network.answers = [["8.8.8.8"], ["127.0.0.1"], ["8.8.8.8", "10.0.0.1"]]
    with pytest.raises(PartnerUnreachable):
        await transport.get("http://partner.example/x", Caller("t"))
    for _ in range(2):
        await transport.aclose()
        with pytest.raises(UrlRefused):
            await transport.get("http://partner.example/x", Caller("t"))
    assert network.connected == [("8.8.8.8", 80)]


async def test_a_redirect_is_not_followed_anywhere(network: Network, transport: Transport) -> None:
    """Neither to a bad address nor to a good one."""
    for target in (*BAD, *GOOD):
        location = target.translate({13: None, 10: None}).encode("ascii", "ignore").decode()
        network.answer = lambda seen, location=location: Response(status_code=307, headers={"Location": location})  # type: ignore[misc]  # a default that binds the loop's value
        with pytest.raises(PartnerAnsweredBadly):
            await transport.get("http://partner.example/x", Caller("t"))
    assert set(network.connected) == {("8.8.8.8", 80)}


def test_logos_and_websites_are_nobodys_business() -> None:
    """Nothing but the transport calls an address, and only these modules use it: pictures are never fetched."""
    root = Path(__file__).resolve().parents[3]
    users = {
        path.name
        for path in (root / "clients" / "ocpi").rglob("*.py")
        if re.search(r"transport\.(get|post|put|patch|delete)\b", path.read_text())
    }
    callers = {"gateway.py", "gateway_smart.py", "handshake.py", "paging.py", "pass_sync.py", "places.py"}
    assert users <= callers | {"gateway_invoices.py", "hub_directory.py", "stay.py"}
    fetching = [path.name for path in (root / "clients" / "ocpi").rglob("*.py") if "AsyncClient(" in path.read_text()]
    assert fetching == ["transport.py"]
