"""Registration, in both roles: an eMSP registers with us, or we register with it. OCPI 2.2.1 `credentials`.

A peer exists only after its versions and endpoints were fetched with its own token; a failed attempt leaves nothing
behind.
"""

import secrets
from typing import Any

import httpx

from sandbox.cpo import wire_2_2_1 as wire
from sandbox.cpo.envelope import Answer, Call, OcpiProblem, read_json, require
from sandbox.cpo.model import Peer
from sandbox.cpo.outbox import bare_headers, from_bytes, to_bytes
from sandbox.cpo.world import World

Json = dict[str, Any]

NEEDED = (("sessions", "RECEIVER"), ("cdrs", "RECEIVER"))


async def get_versions(call: Call) -> Answer:
    """List the versions we speak."""
    url = f"{call.base}/ocpi/{wire.VERSION}"
    return Answer([{"version": wire.VERSION, "url": url}])


async def get_version(call: Call) -> Answer:
    """List the endpoints of our version."""
    return Answer(wire.version_details(call.base))


async def get_credentials(call: Call) -> Answer:
    """Show the credentials the caller uses with us."""
    return Answer(_ours(call, call.token))


async def post_credentials(call: Call) -> Answer:
    """Register the caller: the registration token dies, a new token is answered."""
    if call.peer is not None:
        raise OcpiProblem(2000, "already registered; use PUT", 405)
    peer = await _peer_from(call.world, await read_json(call.request))
    call.world.registration_tokens.discard(call.token)
    _welcome(call.world, peer)
    return Answer(_ours(call, peer.our_token))


async def put_credentials(call: Call) -> Answer:
    """Renew a registration: both tokens turn, sessions stay."""
    if call.peer is None:
        raise OcpiProblem(2000, "not registered; use POST", 405)
    fresh = await _peer_from(call.world, await read_json(call.request))
    peer = call.world.peers.pop(call.token)
    peer.versions_url, peer.their_token, peer.our_token = fresh.versions_url, fresh.their_token, fresh.our_token
    peer.country_code, peer.party_id, peer.endpoints = fresh.country_code, fresh.party_id, fresh.endpoints
    call.world.peers[peer.our_token] = peer
    return Answer(_ours(call, peer.our_token))


async def delete_credentials(call: Call) -> Answer:
    """Unregister the caller."""
    if call.peer is None:
        raise OcpiProblem(2000, "not registered", 405)
    del call.world.peers[call.token]
    return Answer()


async def register_at(world: World, our_base: str, versions_url: str, token: str) -> Peer:
    """Register ourselves at an eMSP with the token it gave us. Raises `OcpiProblem` when the peer fails us."""
    endpoints = await _endpoints(world, versions_url, token)
    credentials_url = endpoints.get(("credentials", "RECEIVER")) or endpoints.get(("credentials", "SENDER"))
    if credentials_url is None:
        raise OcpiProblem(3003, "the peer has no credentials endpoint")
    our_token = secrets.token_urlsafe(24)
    peer = Peer(versions_url, token, our_token, "", "", endpoints)
    world.peers[our_token] = peer  # the peer calls us back with this token before it answers
    try:
        offer = wire.credentials(our_token, f"{our_base}/ocpi/versions", world.feed)
        theirs = await _call(world, "POST", credentials_url, token, offer)
        require(theirs, wire.REQUIRED["credentials"])
    except OcpiProblem:
        del world.peers[our_token]
        raise
    peer.their_token, peer.versions_url = theirs["token"], theirs["url"]
    peer.country_code, peer.party_id = _party(theirs)
    _welcome(world, peer)
    return peer


def _welcome(world: World, peer: Peer) -> None:
    """Keep the peer; a registration that the same party had before is over."""
    same = [p for p in world.peers.values() if (p.country_code, p.party_id) == (peer.country_code, peer.party_id)]
    for old in same:
        del world.peers[old.our_token]
    world.peers[peer.our_token] = peer


async def _peer_from(world: World, body: Json) -> Peer:
    require(body, wire.REQUIRED["credentials"])
    endpoints = await _endpoints(world, body["url"], body["token"])
    missing = [module for module, role in NEEDED if (module, role) not in endpoints]
    if missing:
        raise OcpiProblem(3003, f"the peer does not receive {', '.join(missing)}")
    country_code, party_id = _party(body)
    return Peer(body["url"], body["token"], secrets.token_urlsafe(24), country_code, party_id, endpoints)


def _party(credentials: Json) -> tuple[str, str]:
    """Pick the eMSP role's party, else that of the first role."""
    roles = credentials["roles"]
    if not isinstance(roles, list) or not roles:
        raise OcpiProblem(2001, "credentials without roles")
    role = next((role for role in roles if role.get("role") == "EMSP"), roles[0])
    return role["country_code"], role["party_id"]


async def _endpoints(world: World, versions_url: str, token: str) -> dict[tuple[str, str], str]:
    versions = await _call(world, "GET", versions_url, token)
    details_url = next((v["url"] for v in versions if v.get("version") == wire.VERSION), None)
    if details_url is None:
        raise OcpiProblem(3002, f"the peer does not speak {wire.VERSION}")
    details = await _call(world, "GET", details_url, token)
    return {(e["identifier"], e["role"]): e["url"] for e in details["endpoints"]}


async def _call(world: World, method: str, url: str, token: str, body: Any = None) -> Any:
    content = None if body is None else to_bytes(body)
    try:
        answer = await world.outbox.client.request(method, url, content=content, headers=bare_headers(token))
        envelope = from_bytes(answer.content)
    except (httpx.HTTPError, ValueError) as error:
        raise OcpiProblem(3001, f"cannot use {url}: {error!r}") from error
    if not answer.is_success or envelope.get("status_code", 0) // 1000 != 1:
        raise OcpiProblem(3001, f"{url} answered HTTP {answer.status_code}, OCPI {envelope.get('status_code')}")
    return envelope.get("data")


def _ours(call: Call, token: str) -> Json:
    return wire.credentials(token, f"{call.base}/ocpi/versions", call.world.feed)
