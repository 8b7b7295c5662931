"""Registration as initiator: we register with an eMSP, renew our tokens there, leave. OCPI `credentials`.

Our new token opens our doors before the peer answers, because it calls us back during its answer; when the peer
refuses, the token is gone again.
"""

import secrets
from typing import Any

from sandbox.cpo import peer_calls
from sandbox.cpo.envelope import OcpiProblem, require
from sandbox.cpo.handshake import welcome
from sandbox.cpo.model import Peer
from sandbox.cpo.wires import wire_of
from sandbox.cpo.world import World

Json = dict[str, Any]


async def register_at(world: World, our_base: str, versions_url: str, token: str, version: str | None = None) -> Peer:
    """Register with the token an eMSP gave us, in ``version``, else the newest that both speak."""
    wanted = (version,) if version is not None else world.versions
    urls = await peer_calls.versions(world, versions_url, token, wanted)
    newest = [name for name in world.versions if name in urls][-1]
    endpoints = await peer_calls.endpoints(world, urls, newest, token)
    peer = Peer(versions_url, token, secrets.token_urlsafe(24), "", "", endpoints, newest)
    world.peers[peer.our_token] = peer
    try:
        theirs = await _exchange(world, "POST", peer, peer.our_token, our_base)
    except OcpiProblem:
        del world.peers[peer.our_token]
        raise
    _take_over(world, peer, theirs)
    welcome(world, peer)
    return peer


async def rotate_at(world: World, our_base: str, peer: Peer) -> None:
    """Renew both tokens by PUT; until the peer has answered, both of ours open our doors."""
    fresh = secrets.token_urlsafe(24)
    world.peers[fresh] = peer
    try:
        theirs = await _exchange(world, "PUT", peer, fresh, our_base)
    except OcpiProblem:
        del world.peers[fresh]
        raise
    world.peers.pop(peer.our_token, None)
    peer.our_token = fresh
    _take_over(world, peer, theirs)


async def leave(world: World, peer: Peer) -> None:
    """End our registration by DELETE."""
    await peer_calls.call(world, "DELETE", _credentials_url(peer), peer.their_token, encoded=_encoded(peer))
    world.peers.pop(peer.our_token, None)


async def _exchange(world: World, method: str, peer: Peer, our_token: str, our_base: str) -> Json:
    wire = wire_of(peer.version)
    offer = wire.credentials(our_token, f"{our_base}/ocpi/versions", world.identity)
    url = _credentials_url(peer)
    theirs: Json = await peer_calls.call(world, method, url, peer.their_token, offer, encoded=wire.ENCODED)
    require(theirs, wire.REQUIRED["credentials"])
    return theirs


def _take_over(world: World, peer: Peer, theirs: Json) -> None:
    peer.country_code, peer.party_id = peer_calls.party(wire_of(peer.version), theirs)
    peer.versions_url = theirs["url"]
    if not world.faults.take("keeps_token_a"):
        peer.their_token = theirs["token"]


def _credentials_url(peer: Peer) -> str:
    url = peer.endpoint("credentials") or peer.endpoint("credentials", "SENDER")
    if url is None:
        raise OcpiProblem(3003, "the peer has no credentials endpoint")
    return url


def _encoded(peer: Peer) -> bool:
    return wire_of(peer.version).ENCODED
