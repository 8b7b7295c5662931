"""Registration as responder: an eMSP registers with us, renews its tokens, leaves. OCPI `credentials`.

A peer exists only after its versions and endpoints were fetched with its own token; a failed attempt leaves nothing
behind. We register with an eMSP in `register.py`.
"""

import secrets
from typing import Any

from sandbox.cpo import peer_calls
from sandbox.cpo.envelope import Answer, Call, OcpiProblem, read_json, require
from sandbox.cpo.model import Peer
from sandbox.cpo.world import World

Json = dict[str, Any]

NEEDED = (("sessions", "RECEIVER"), ("cdrs", "RECEIVER"))


async def get_versions(call: Call) -> Answer:
    """List the versions we speak."""
    return Answer([{"version": name, "url": f"{call.base}/ocpi/{name}"} for name in call.world.versions])


async def get_version(call: Call) -> Answer:
    """List the endpoints of one version."""
    return Answer(call.wire.version_details(call.base, hub=call.world.hub is not None))


async def get_credentials(call: Call) -> Answer:
    """Show the credentials the caller uses with us."""
    return Answer(_ours(call, call.token))


async def post_credentials(call: Call) -> Answer:
    """Register the caller: the registration token dies, a new token is answered."""
    if call.peer is not None:
        raise OcpiProblem(2000, "already registered; use PUT", 405)
    peer = await _peer_from(call, await read_json(call.request))
    if call.world.faults.take("handshake_refused"):
        raise OcpiProblem(3001, "we could not use your API")
    call.world.registration_tokens.discard(call.token)
    welcome(call.world, peer)
    if call.world.faults.take("handshake_lost"):
        raise OcpiProblem(3000, "the answer got lost", 500)
    return Answer(_ours(call, peer.our_token))


async def put_credentials(call: Call) -> Answer:
    """Renew a registration: both tokens turn, sessions stay."""
    if call.peer is None:
        raise OcpiProblem(2000, "not registered; use POST", 405)
    fresh = await _peer_from(call, await read_json(call.request))
    peer = call.world.peers.pop(call.token)
    peer.versions_url, peer.their_token, peer.our_token = fresh.versions_url, fresh.their_token, fresh.our_token
    peer.country_code, peer.party_id, peer.endpoints = fresh.country_code, fresh.party_id, fresh.endpoints
    peer.version = fresh.version
    call.world.peers[peer.our_token] = peer
    return Answer(_ours(call, peer.our_token))


async def delete_credentials(call: Call) -> Answer:
    """Unregister the caller."""
    if call.peer is None:
        raise OcpiProblem(2000, "not registered", 405)
    del call.world.peers[call.token]
    return Answer()


def welcome(world: World, peer: Peer) -> None:
    """Keep the peer; a registration that the same party had before is over."""
    same = [p for p in world.peers.values() if (p.country_code, p.party_id) == (peer.country_code, peer.party_id)]
    for old in same:
        del world.peers[old.our_token]
    world.peers[peer.our_token] = peer


async def _peer_from(call: Call, body: Json) -> Peer:
    wire, world = call.wire, call.world
    require(body, wire.REQUIRED["credentials"])
    versions = await peer_calls.versions(world, body["url"], body["token"], (wire.VERSION,))
    endpoints = await peer_calls.endpoints(world, versions, wire.VERSION, body["token"])
    missing = [module for module, role in NEEDED if (module, role) not in endpoints]
    if missing:
        raise OcpiProblem(3003, f"the peer does not receive {', '.join(missing)}")
    country_code, party_id = peer_calls.party(wire, body)
    our_token = secrets.token_urlsafe(24)
    return Peer(body["url"], body["token"], our_token, country_code, party_id, endpoints, wire.VERSION)


def _ours(call: Call, token: str) -> Json:
    return call.wire.credentials(token, f"{call.base}/ocpi/versions", call.world.identity)
