"""Reading objects that partners list: each on its own, so that one bad object never loses the rest.

Shared by the gateway and by ``places.py``: which endpoint, which parameters, whose objects.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import quote

import msgspec

from api.domain.ids import PartyId
from api.domain.roaming.partner import InterfaceRole, Peer
from api.ports.roaming import PartnerAnsweredBadly, PulledObject, UnreadableObject
from clients.ocpi.dialect import dialect_for
from clients.ocpi.exact_json import compact, dump
from clients.ocpi.fields import write_instant
from clients.ocpi.transport import Transport
from clients.ocpi.unreadable import Unreadable

Read = TypeVar("Read")
PAGE_SIZE = 200
"""How many objects a page we ask for; partners give fewer when they like."""


class NotOffered(PartnerAnsweredBadly):
    """The peer does not offer the module this needs. Facts: ``module``, ``message``."""


def owned(read: Callable[[object, PartyId | None], Read], peer: Peer) -> Callable[[object], Read]:
    """Return ``read`` for objects that are the peer's own where they name no owner."""
    return lambda raw: read(raw, peer.their_party)


def pulled(raw: object, read: Callable[[object], Read]) -> PulledObject[Read] | UnreadableObject:
    """Return one listed object as read, or what is wrong with it."""
    try:
        text = dump(raw)
    except Unreadable as error:
        return UnreadableObject(reason=error.reason, raw="")
    try:
        return PulledObject(value=read(raw), raw=text)
    except Unreadable as error:
        return UnreadableObject(reason=error.reason, raw=text)


def pulled_from(
    transport: Transport, peer: Peer, module: str, raw: object, read: Callable[[object], Read]
) -> PulledObject[Read] | UnreadableObject:
    """Return one listed object as ``pulled`` does, and note what is odd about it or why it cannot be read."""
    found = pulled(raw, read)
    _note(transport, peer, module, found, raw)
    return found


def pulled_text(
    transport: Transport, peer: Peer, module: str, raw: msgspec.Raw, read: Callable[[str], Read]
) -> PulledObject[Read] | UnreadableObject:
    """Return one listed object that is still JSON as ``pulled_from`` does; ``read`` reads its text."""
    text = ""
    try:
        text = compact(raw)
        found: PulledObject[Read] | UnreadableObject = PulledObject(value=read(text), raw=text)
    except Unreadable as error:
        found = UnreadableObject(reason=error.reason, raw=text)
    _note(transport, peer, module, found, text)
    return found


def _note(
    transport: Transport, peer: Peer, module: str, found: PulledObject[Read] | UnreadableObject, raw: object
) -> None:
    """Note what is odd about an object or why it cannot be read; one that is given as text is parsed when looked at."""
    if (traffic := transport.traffic) is None:
        return
    at = datetime.now(UTC)
    if isinstance(found, UnreadableObject):
        traffic.odd(peer.partner_id, module, "unreadable", at, found.reason)
    else:
        traffic.received(peer.partner_id, module, at, raw, dialect_for(peer.version).oddities)


def list_params(changed_since: datetime | None) -> dict[str, str]:
    """Return the parameters with which a list is asked for."""
    params = {"limit": str(PAGE_SIZE)}
    if changed_since is not None:
        params["date_from"] = write_instant(changed_since)
    return params


def below(url: str, *parts: str) -> str:
    """Return the address of an object below an endpoint; an id never reaches out of its place in the path."""
    return "/".join((url.rstrip("/"), *(quote(part, safe="") for part in parts)))


def endpoint_of(peer: Peer, module: str, role: InterfaceRole) -> str:
    """Return the peer's URL for one side of a module; raises NotOffered."""
    url = peer.endpoint(module, role)
    if url is None:
        message = f"the peer offers no {module} as {role}"
        raise NotOffered("partner_offers_no_module", module=module, message=message, http_status=None, ocpi_status=None)
    return url
