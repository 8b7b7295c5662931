"""Versions and credentials as we initiate them (2.2.1 chapters 6 and 7). Only here tokens are called A, B and C.

Lives here: choosing a version, reading endpoints, exchanging credentials. Does not live here: storing any of it; a
failure at any step raises RegistrationFailed with that step and leaves nothing behind on our side.
"""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from api.domain.roaming.partner import InterfaceRole, OurIdentity, Peer, Registration
from api.ports.roaming import PartnerAnsweredBadly, PartnerUnreachable, RegistrationFailed
from clients.ocpi.dialect import SUPPORTED, dialect_for
from clients.ocpi.transport import Caller, Reply, Transport
from clients.ocpi.unreadable import Unreadable

Send = Callable[[str, Caller, Mapping[str, object]], Awaitable[Reply]]
_TOKEN = re.compile(r"[\x21-\x7e]{1,500}")
"""Printable ASCII without spaces (2.2.1 chapter 7.3.1), a little longer than the specification allows."""


async def register(
    transport: Transport, versions_url: str, token_a: str, *, ours: OurIdentity, token_b: str
) -> Registration:
    """Exchange credentials as initiator: token A opens the door once, B is ours for them, C theirs for us.

    Raises RegistrationFailed; its ``step`` is ``versions``, ``version``, ``details``, ``endpoints`` or ``credentials``.
    """
    found, caller = await _discover(transport, versions_url, token_a)
    return await _exchange(transport, transport.post, found, caller, ours, token_b)


async def rotate(transport: Transport, peer: Peer, *, ours: OurIdentity, token_b: str) -> Registration:
    """Hand out a new token to a registered peer by PUT, looking at its versions anew; it answers one of its own.

    Raises RegistrationFailed, as ``register`` does.
    """
    found, caller = await _discover(transport, peer.versions_url, peer.their_token)
    return await _exchange(transport, transport.put, found, caller, ours, token_b)


async def end(transport: Transport, peer: Peer) -> None:
    """Tell a peer by DELETE that we end the connection; raises RegistrationFailed."""
    url = _credentials_url(peer)
    with _step("credentials"):
        await transport.delete(url, Caller(peer.their_token, peer.raw_token_header))


async def complete(transport: Transport, versions_url: str, token_b: str, *, version: str) -> Registration:
    """Read the endpoints of a peer that is registering at us in ``version``; its roles came in its own credentials.

    Raises RegistrationFailed, as ``register`` does.
    """
    found, _ = await _discover(transport, versions_url, token_b, preferred=version)
    return found


async def _exchange(
    transport: Transport, send: Send, found: Registration, caller: Caller, ours: OurIdentity, token_b: str
) -> Registration:
    """Send our credentials and read the peer's."""
    dialect = dialect_for(found.version)
    url = _credentials_url(found)
    with _step("credentials"):
        reply = await send(url, caller, dialect.write_credentials(token_b, ours))
        theirs = dialect.read_credentials(reply.answer.data)
        transport.guard.check(theirs.versions_url)
    return replace(
        found, their_token=theirs.token, versions_url=theirs.versions_url, roles=theirs.roles, hub=theirs.hub
    )


async def _discover(
    transport: Transport, versions_url: str, token: str, *, preferred: str | None = None
) -> tuple[Registration, Caller]:
    """Return what a peer offers in the preferred version, else in the newest that both speak."""
    if not _TOKEN.fullmatch(token):
        raise RegistrationFailed("registration_failed", step="versions", message="the token is no token")
    with _step("versions"):
        offered, caller = await _versions(transport, versions_url, Caller(token))
    version = next((each for each in (preferred, *reversed(SUPPORTED)) if each in offered), None)
    if version is None:
        raise RegistrationFailed("registration_failed", step="version", message="no version in common")
    with _step("details"):
        reply = await transport.get(offered[version], caller)
        endpoints = dialect_for(version).read_endpoints(reply.answer.data)
        for endpoint in endpoints:
            transport.guard.check(endpoint.url)
    if not endpoints:
        raise RegistrationFailed("registration_failed", step="endpoints", message="no endpoint that we can use")
    registration = Registration(
        version=version,
        their_token=token,
        versions_url=versions_url,
        endpoints=endpoints,
        roles=(),
        raw_token_header=caller.raw_token_header,
    )
    return registration, caller


async def _versions(transport: Transport, url: str, caller: Caller) -> tuple[dict[str, str], Caller]:
    """Return the versions offered and how the peer wants to see its token: Base64 as 2.2.1 says, else raw."""
    try:
        reply = await transport.get(url, caller)
    except PartnerAnsweredBadly as error:
        if error.facts.get("http_status") != 401 or caller.raw_token_header:
            raise
        return await _versions(transport, url, replace(caller, raw_token_header=True))
    data = reply.answer.data
    if not isinstance(data, list):
        raise Unreadable("data: not a list of versions")
    offered = {}
    for each in data:
        version, where = (each.get("version"), each.get("url")) if isinstance(each, dict) else (None, None)
        if isinstance(version, str) and isinstance(where, str):
            offered[version.strip()] = where
    return offered, caller


def _credentials_url(found: Registration | Peer) -> str:
    """Return where to send credentials; the role beside it means nothing in 2.2.1, the receiver is preferred."""
    urls = {endpoint.role: endpoint.url for endpoint in found.endpoints if endpoint.module == "credentials"}
    url = urls.get(InterfaceRole.RECEIVER) or urls.get(InterfaceRole.SENDER)
    if url is None:
        raise RegistrationFailed("registration_failed", step="endpoints", message="no credentials endpoint")
    return url


@contextmanager
def _step(name: str) -> Iterator[None]:
    """Turn whatever breaks off the exchange into one error that names the step."""
    try:
        yield
    except (PartnerUnreachable, PartnerAnsweredBadly) as error:
        facts = {fact: error.facts.get(fact) for fact in ("http_status", "ocpi_status", "message", "problem")}
        raise RegistrationFailed("registration_failed", step=name, **facts) from error
    except Unreadable as error:
        raise RegistrationFailed("registration_failed", step=name, message=error.reason) from error
