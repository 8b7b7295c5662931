"""A 2.1.1 peer over real HTTP, from the first look at its versions to a command: no roles, no routing, a raw token."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest
from starlette.responses import Response

from api.domain.ids import PartyId
from api.domain.roaming.command import AnswerKind, CommandAnswer
from api.domain.roaming.partner import InterfaceRole, MarketRole, OurIdentity, PartyRole, Peer, Registration
from api.ports.roaming import PartnerAnsweredBadly, PulledObject, UnreadableObject
from clients.ocpi.dialect import dialect_for
from clients.ocpi.gateway import OcpiGateway
from tests.clients.ocpi.peer import Seen, a_transport, enveloped, partner
from tests.clients.ocpi.v2_1_1.mapping.test_command import START, STOP
from tests.clients.ocpi.v2_1_1.samples import (
    OWNER,
    a_cdr,
    a_connector,
    a_location,
    a_session,
    a_tariff,
    an_evse,
    credentials,
)
from tests.clients.ocpi.v2_1_1.schemas import assert_as_specified

DIALECT = dialect_for("2.1.1")
OURS = OurIdentity(PartyId("NL", "CHH"), "Chargehand", None, "https://us.example/ocpi/versions")
SINCE = datetime(2025, 4, 1, tzinfo=UTC)
OPENER = "b25jZQ=="
"""A raw token that could as well be Base64, as the specification's own sample of one is."""
LASTING = "lasting-secret"
MODULES = ("credentials", "locations", "tariffs", "sessions", "cdrs", "tokens", "commands")
OBJECTS: dict[str, list[Any]] = {
    "locations": [a_location(), a_location(id=None), a_location(id="Kaj-5", country_code="SE", party_id="HUB")],
    "tariffs": [a_tariff()],
    "sessions": [a_session()],
    "cdrs": [a_cdr()],
}
Result = TypeVar("Result")


def _old_peer(seen: Seen) -> Response:
    """Answer as an operator that speaks 2.0 and 2.1.1 and knows nothing of Base64."""
    base = f"http://{seen.headers['host']}/ocpi/cpo"
    if seen.headers["authorization"] not in (f"Token {OPENER}", f"Token {LASTING}"):
        return enveloped(status=401, code=2000)
    last = seen.path.rstrip("/").rpartition("/")[2]
    if last == "versions":
        return enveloped([{"version": version, "url": f"{base}/{version}/"} for version in ("2.0", "2.1.1")])
    if last == "2.1.1":
        listed = [{"identifier": module, "url": f"{base}/2.1.1/{module}/"} for module in MODULES]
        return enveloped({"version": "2.1.1", "endpoints": listed})
    if last == "credentials":
        theirs = credentials(token=LASTING, url=f"{base}/versions")
        return enveloped(None if seen.method == "DELETE" else theirs, status=200)
    if seen.method == "POST":
        return enveloped({"result": "TIMEOUT" if last == "STOP_SESSION" else "ACCEPTED"})
    return enveloped(OBJECTS[last])


async def _with_peer(
    act: Callable[[OcpiGateway, str], Awaitable[Result]], answer: Callable[[Seen], Response] = _old_peer
) -> tuple[Result, list[Seen]]:
    with partner(answer) as served:
        transport = a_transport()
        try:
            return await act(OcpiGateway(transport), f"{served.url}/ocpi/cpo/versions"), served.seen
        finally:
            await transport.aclose()


def _as_peer(found: Registration) -> Peer:
    """Return the registered peer as the services make it of what they stored."""
    return Peer(
        partner_id="prt_1",
        version=found.version,
        their_token=found.their_token,
        endpoints=found.endpoints,
        our_party=OURS.party,
        their_party=found.roles[0].party,
        raw_token_header=found.raw_token_header,
        versions_url=found.versions_url,
    )


async def _all(pulled: AsyncIterator[Result]) -> list[Result]:
    return [each async for each in pulled]


async def test_a_registration_end_to_end() -> None:
    """Base64 is tried once and answered with 401; then the raw token opens versions, details and credentials."""
    found, seen = await _with_peer(lambda gateway, url: gateway.register(url, OPENER, ours=OURS, our_token="token-b"))
    assert (found.version, found.their_token, found.raw_token_header) == ("2.1.1", LASTING, True)
    assert found.roles == (PartyRole(MarketRole.CPO, OWNER, "Kajladdning", "https://kaj.example"),)
    assert {each.module: each.role for each in found.endpoints} == {
        **dict.fromkeys(("locations", "tariffs", "sessions", "cdrs"), InterfaceRole.SENDER),
        **dict.fromkeys(("credentials", "tokens", "commands"), InterfaceRole.RECEIVER),
    }
    assert [(each.method, each.path.removeprefix("/ocpi/cpo")) for each in seen] == [
        ("GET", "/versions"),
        ("GET", "/versions"),
        ("GET", "/2.1.1/"),
        ("POST", "/2.1.1/credentials/"),
    ]
    posted = json.loads(seen[-1].body)
    assert (posted["token"], posted["party_id"], posted["country_code"]) == ("token-b", "CHH", "NL")
    assert_as_specified(posted, "credentials", "token", "url", "business_details")


async def test_rotating_and_leaving() -> None:
    """A registered peer gets a new token by PUT, and the end by DELETE, under the same credentials endpoint."""

    async def act(gateway: OcpiGateway, url: str) -> Registration:
        peer = _as_peer(await gateway.register(url, OPENER, ours=OURS, our_token="token-b"))
        rotated = await gateway.rotate(peer, ours=OURS, our_token="token-c")
        await gateway.end_registration(_as_peer(rotated))
        return rotated

    rotated, seen = await _with_peer(act)
    assert (rotated.version, rotated.raw_token_header) == ("2.1.1", True)
    changes = [each for each in seen if each.method in ("PUT", "DELETE")]
    assert [(each.method, each.path) for each in changes] == [
        ("PUT", "/ocpi/cpo/2.1.1/credentials/"),
        ("DELETE", "/ocpi/cpo/2.1.1/credentials/"),
    ]
    assert json.loads(changes[0].body)["token"] == "token-c"


async def test_each_list_is_pulled_as_the_peers_own() -> None:
    """What names no owner is the peer's; what a hub marks as another's is that one's; one bad object loses nothing."""

    async def act(gateway: OcpiGateway, url: str) -> list[Any]:
        peer = _as_peer(await gateway.register(url, OPENER, ours=OURS, our_token="token-b"))
        return [
            *await _all(gateway.pull_locations(peer)),
            *await _all(gateway.pull_tariffs(peer)),
            *await _all(gateway.pull_sessions(peer, changed_since=SINCE)),
            *await _all(gateway.pull_cdrs(peer, changed_since=SINCE)),
        ]

    pulled, seen = await _with_peer(act)
    assert [type(each) for each in pulled] == [PulledObject, UnreadableObject, *[PulledObject] * 4]
    values = [each.value for each in pulled if isinstance(each, PulledObject)]
    assert values == [
        DIALECT.read_location(a_location(), OWNER),
        DIALECT.read_location(a_location(id="Kaj-5"), PartyId("SE", "HUB")),
        DIALECT.read_tariff(a_tariff(), OWNER),
        DIALECT.read_session(a_session(), OWNER),
        DIALECT.read_cdr(a_cdr(), OWNER),
    ]
    assert not [header for each in seen for header in each.headers if header.startswith("ocpi-")]


async def test_tariffs_inside_locations_are_the_peers_own() -> None:
    """A peer without a tariffs module that puts tariffs on its EVSEs owns them."""
    location = a_location(evses=[an_evse(tariffs=[a_tariff(id="inuti")], connectors=[a_connector(tariff_id=None)])])

    def answer(seen: Seen) -> Response:
        if seen.path.endswith("/2.1.1/"):
            url = f"http://{seen.headers['host']}/ocpi/cpo/2.1.1"
            listed = [{"identifier": module, "url": f"{url}/{module}"} for module in ("credentials", "locations")]
            return enveloped({"version": "2.1.1", "endpoints": listed})
        return enveloped([location]) if seen.path.endswith("/locations") else _old_peer(seen)

    async def act(gateway: OcpiGateway, url: str) -> list[Any]:
        peer = _as_peer(await gateway.register(url, OPENER, ours=OURS, our_token="token-b"))
        return await _all(gateway.pull_tariffs(peer))

    (pulled,), _ = await _with_peer(act, answer)
    assert (pulled.value.id, pulled.value.party_id) == ("inuti", "KAJ")


async def test_commands_go_out_without_routing_and_a_timeout_is_no_answer() -> None:
    """ACCEPTED is read; after a TIMEOUT nobody knows whether the charger acted, which is not an answer."""

    async def act(gateway: OcpiGateway, url: str) -> CommandAnswer:
        peer = _as_peer(await gateway.register(url, OPENER, ours=OURS, our_token="token-b"))
        with pytest.raises(PartnerAnsweredBadly):
            await gateway.send_stop(peer, STOP)
        return await gateway.send_start(peer, START)

    answer, seen = await _with_peer(act)
    assert answer == CommandAnswer(AnswerKind.ACCEPTED, 30)
    sent = seen[-1]
    assert sent.path == "/ocpi/cpo/2.1.1/commands/START_SESSION"
    assert sent.headers["authorization"] == f"Token {LASTING}"
    assert not [header for header in sent.headers if header.startswith("ocpi-")]
    assert json.loads(sent.body)["token"]["auth_id"] == START.token.uid
