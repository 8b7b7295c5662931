"""Tests of ``clients.ocpi.handshake``: new tokens for a registered peer, and the end of a connection."""

import base64
import json

import pytest
from starlette.responses import Response

from api.domain.ids import PartyId
from api.domain.roaming.partner import Endpoint, InterfaceRole, Peer
from api.ports.roaming import RegistrationFailed
from clients.ocpi import handshake
from tests.clients.ocpi.peer import Seen, a_transport, enveloped, partner
from tests.clients.ocpi.test_handshake import OURS, answering, base_of, versions_of


def _peer(url: str, *, raw: bool = False, version: str = "2.2.1") -> Peer:
    """Return the partner as one that is registered."""
    return Peer(
        partner_id="prt_1",
        version=version,
        their_token="token-c",
        endpoints=(Endpoint("credentials", InterfaceRole.SENDER, f"{url}/2.2.1/credentials"),),
        our_party=PartyId("NL", "CHH"),
        their_party=PartyId("NL", "WPX"),
        raw_token_header=raw,
        versions_url=f"{url}/versions",
    )


@pytest.mark.parametrize(("version", "kept"), [("2.2.1", "2.2.1"), ("", "2.3.0"), ("9.9", "2.3.0")])
async def test_a_rotation_stays_in_the_version_that_was_agreed(version: str, kept: str) -> None:
    """As long as the peer offers it; without one the newest in common is taken."""

    def details(seen: Seen) -> Response:
        endpoint = {"identifier": "credentials", "role": "SENDER", "url": f"{base_of(seen)}{seen.path}/credentials"}
        return enveloped({"endpoints": [endpoint]})

    def versions(seen: Seen) -> Response:
        return versions_of(seen, ("2.2.1", "2.3.0"))

    with partner(answering(**{"versions": versions, "2.2.1": details, "2.3.0": details})) as served:
        transport = a_transport()
        found = await handshake.rotate(transport, _peer(served.url, version=version), ours=OURS, token_b="token-d")
        await transport.aclose()
    assert (found.version, found.their_token) == (kept, "token-c")
    assert [(seen.method, seen.path) for seen in served.seen][-1] == ("PUT", f"/{kept}/credentials")
    assert json.loads(served.seen[-1].body)["token"] == "token-d"


@pytest.mark.parametrize("raw", [False, True])
async def test_a_peer_that_changed_how_it_wants_its_token_is_found_out(raw: bool) -> None:
    """The way that worked last comes first; when it is refused the other one is tried once, and kept."""
    wanted = f"Token {base64.b64encode(b'token-c').decode()}" if raw else "Token token-c"

    def strict(seen: Seen) -> Response:
        right = seen.headers["authorization"] == wanted
        return answering()(seen) if right else enveloped(status=401, code=2000)

    with partner(strict) as served:
        transport = a_transport()
        found = await handshake.rotate(transport, _peer(served.url, raw=raw), ours=OURS, token_b="token-d")
        await transport.aclose()
    assert found.raw_token_header is not raw
    assert len([seen for seen in served.seen if seen.path == "/versions"]) == 2


async def test_the_end_is_told_with_the_token_in_use() -> None:
    """DELETE goes to the credentials endpoint; a peer that refuses is a failure with its step."""
    answers = [enveloped(), enveloped(status=405, code=2000)]
    with partner(lambda seen: answers.pop(0)) as served:
        transport = a_transport()
        await handshake.end(transport, _peer(served.url, raw=True))
        with pytest.raises(RegistrationFailed):
            await handshake.end(transport, _peer(served.url))
        await transport.aclose()
    assert [(seen.method, seen.path) for seen in served.seen] == [("DELETE", "/2.2.1/credentials")] * 2
    assert served.seen[0].headers["authorization"] == "Token token-c"
