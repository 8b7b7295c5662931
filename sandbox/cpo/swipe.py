"""A card is held to the post: the CPO asks the eMSP in real time and starts when it may. OCPI `mod_tokens`.

A token that was pushed with whitelist ALWAYS, or ALLOWED while the eMSP cannot be reached, starts without asking.
"""

from typing import Any

import httpx

from sandbox.cpo import commands
from sandbox.cpo.feed import Place
from sandbox.cpo.model import Peer
from sandbox.cpo.outbox import from_bytes, to_bytes
from sandbox.cpo.wires import wire_of
from sandbox.cpo.world import World

Json = dict[str, Any]


async def swipe(world: World, peer: Peer, evse_uid: str, token_uid: str, kind: str) -> Json:
    """Hold a card to an EVSE and return what became of it: ``allowed``, and the session when one starts.

    Raises `KeyError` for an unknown EVSE and `ValueError` when a token is allowed that the eMSP never told us.
    """
    place = world.feed.places[evse_uid]
    known = next((t for key, t in world.tokens.items() if key[2:] == (token_uid, kind)), None)
    listed = known.get("whitelist") if known is not None else None
    info = None if listed == "ALWAYS" else await _authorize(world, peer, place, token_uid, kind)
    if info is None and listed in ("ALWAYS", "ALLOWED", "ALLOWED_OFFLINE"):
        return _begun(world, peer, place, known, None, "WHITELIST")
    if info is None or info.get("allowed") != "ALLOWED":
        return {"allowed": None if info is None else info.get("allowed"), "session_id": None}
    reference = info.get("authorization_reference")
    return _begun(world, peer, place, info.get("token") or known, reference, "AUTH_REQUEST")


def _begun(world: World, peer: Peer, place: Place, token: Json | None, reference: str | None, method: str) -> Json:
    if token is None:
        raise ValueError("the eMSP allows a token that it never told us")
    live = commands.begin_at_the_post(world, peer, place, token, reference, method)
    return {"allowed": "ALLOWED", "session_id": None if live is None else live.id}


async def _authorize(world: World, peer: Peer, place: Place, token_uid: str, kind: str) -> Json | None:
    """Return the eMSP's AuthorizationInfo, nothing when it is out of reach or does not know the token."""
    url = peer.endpoint("tokens", "SENDER") or peer.endpoint("tokens")
    if url is None:
        return None
    query = "type" if wire_of(peer.version).ROUTED else "token_type"
    where = {"location_id": place.location["id"], "evse_uids": [place.evse["uid"]]}
    try:
        answer = await world.outbox.client.request(
            "POST",
            f"{url}/{token_uid}/authorize?{query}={kind}",
            content=to_bytes(where),
            headers=world.outbox.headers(peer, place.owner),
        )
        envelope = from_bytes(answer.content)
    except (httpx.HTTPError, ValueError):
        return None
    found = envelope.get("data") if answer.is_success and isinstance(envelope, dict) else None
    return found if isinstance(found, dict) else None
