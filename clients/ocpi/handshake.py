"""Versions and credentials as we initiate them (2.2.1 chapters 6 and 7). Only here tokens are called A, B and C.

Lives here: choosing a version, reading endpoints, exchanging credentials. Does not live here: storing any of it; a
failure at any step raises RegistrationFailed with that step and leaves nothing behind on our side.
"""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from api.domain.roaming.partner import MOST_ENDPOINTS, MOST_ROLES, InterfaceRole, OurIdentity, Peer, Registration
from api.ports.roaming import PartnerAnsweredBadly, PartnerUnreachable, RegistrationFailed
from clients.ocpi.dialect import SUPPORTED, dialect_for
from clients.ocpi.transport import Caller, Reply, Transport
from clients.ocpi.unreadable import Unreadable

Send = Callable[[str, Caller, Mapping[str, object]], Awaitable[Reply]]
_TOKEN = re.compile(r"[\x21-\x7e]{1,500}")
"""Printable ASCII without spaces (2.2.1 chapter 7.3.1), a little longer than the specification allows."""
_DENIED = frozenset({401, 403})
_NOT_THE_TOKEN = frozenset({404, 405, 429})
_FIRST_ERROR, _FIRST_FAILURE = 400, 2000
"""The lowest HTTP status and OCPI status code that mean no."""


async def register(
    transport: Transport, versions_url: str, token_a: str, *, ours: OurIdentity, token_b: str
) -> Registration:
    """Exchange credentials as initiator: token A opens the door once, B is ours for them, C theirs for us.

    Raises RegistrationFailed; its ``step`` is ``versions``, ``version``, ``details``, ``endpoints`` or ``credentials``.
    """
    found, caller = await _discover(transport, versions_url, Caller(token_a))
    return await _exchange(transport, transport.post, found, caller, ours, token_b)


async def rotate(transport: Transport, peer: Peer, *, ours: OurIdentity, token_b: str) -> Registration:
    """Hand out a new token to a registered peer by PUT, looking at its versions anew; it answers one of its own.

    The peer stays in its version while it offers that; one without a version is taken to the newest in common.
    Raises RegistrationFailed, as ``register`` does.
    """
    caller = Caller.plain(peer)
    found, caller = await _discover(transport, peer.versions_url, caller, preferred=peer.version, known=True)
    return await _exchange(transport, transport.put, found, caller, ours, token_b)


async def end(transport: Transport, peer: Peer) -> None:
    """Tell a peer by DELETE that we end the connection; raises RegistrationFailed."""
    url = _credentials_url(peer)
    with _step("credentials"):
        await transport.delete(url, Caller.plain(peer))


async def complete(transport: Transport, versions_url: str, token_b: str, *, version: str) -> Registration:
    """Read the endpoints of a peer that is registering at us in ``version``; its roles came in its own credentials.

    Raises RegistrationFailed, as ``register`` does.
    """
    found, _ = await _discover(transport, versions_url, Caller(token_b), preferred=version)
    return found


async def _exchange(
    transport: Transport, send: Send, found: Registration, caller: Caller, ours: OurIdentity, token_b: str
) -> Registration:
    """Send our credentials and read the peer's."""
    dialect = dialect_for(found.version)
    url = _credentials_url(found)
    with _step("credentials"):
        message = dialect.write_credentials(token_b, ours)
        reply, caller = await _in_its_spelling(lambda shown: send(url, shown, message), caller, write=True)
        theirs = dialect.read_credentials(reply.answer.single)
        transport.guard.check(theirs.versions_url)
        if len(theirs.roles) > MOST_ROLES:
            raise Unreadable(f"roles: more than {MOST_ROLES}")
    return replace(
        found,
        their_token=theirs.token,
        versions_url=theirs.versions_url,
        roles=theirs.roles,
        hub=theirs.hub,
        raw_token_header=caller.raw_token_header,
    )


async def _discover(
    transport: Transport, versions_url: str, caller: Caller, *, preferred: str | None = None, known: bool = False
) -> tuple[Registration, Caller]:
    """Return what a peer offers in the preferred version, else in the newest that both speak.

    2.1.1 wants its token as it is, later versions in Base64: unless it is ``known`` how this peer wants it, that is
    what its version details are asked with first, whatever its versions were content with.
    """
    if not _TOKEN.fullmatch(caller.token):
        raise RegistrationFailed("registration_failed", step="versions", message="the token is no token")
    with _step("versions"):
        offered, caller = await _versions(transport, versions_url, caller)
    version = next((each for each in (preferred, *reversed(SUPPORTED)) if each in offered), None)
    if version is None:
        raise RegistrationFailed("registration_failed", step="version", message="no version in common")
    if version == "2.1.1" and not known:
        caller = replace(caller, raw_token_header=True)
    with _step("details"):
        reply, caller = await _in_its_spelling(lambda shown: transport.get(offered[version], shown), caller)
        endpoints = dialect_for(version).read_endpoints(reply.answer.single)
        if len(endpoints) > MOST_ENDPOINTS:
            raise Unreadable(f"endpoints: more than {MOST_ENDPOINTS}")
        for endpoint in endpoints:
            transport.guard.check(endpoint.url)
    if not endpoints:
        raise RegistrationFailed("registration_failed", step="endpoints", message="no endpoint that we can use")
    registration = Registration(
        version=version,
        their_token=caller.token,
        versions_url=versions_url,
        endpoints=endpoints,
        roles=(),
        raw_token_header=caller.raw_token_header,
    )
    return registration, caller


async def _versions(transport: Transport, url: str, caller: Caller) -> tuple[dict[str, str], Caller]:
    """Return the versions offered, and how the peer wanted to see its token there."""
    reply, caller = await _in_its_spelling(lambda shown: transport.get(url, shown), caller)
    data = reply.answer.data
    if not isinstance(data, list):
        raise Unreadable("data: not a list of versions")
    offered = {}
    for each in data:
        version, where = (each.get("version"), each.get("url")) if isinstance(each, dict) else (None, None)
        if isinstance(version, str) and isinstance(where, str):
            offered[version.strip()] = where
    return offered, caller


async def _in_its_spelling(
    call: Callable[[Caller], Awaitable[Reply]], caller: Caller, *, write: bool = False
) -> tuple[Reply, Caller]:
    """Call with the token as it was shown last; where that is refused, once more the other way, raw or in Base64.

    Only 401 says plainly that it is the token. Some peers fall over one that they cannot decode (400, 422, 500, or a
    status code in HTTP 200), so a read is tried again after nearly anything, a write only after it was denied.
    """
    try:
        return await call(caller), caller
    except PartnerAnsweredBadly as error:
        if not _may_be_the_token(error, write=write):
            raise
        other = replace(caller, raw_token_header=not caller.raw_token_header)
        try:
            return await call(other), other
        except PartnerAnsweredBadly:
            raise error from None


def _may_be_the_token(error: PartnerAnsweredBadly, *, write: bool) -> bool:
    """Say whether a refusal may be about how the token was shown."""
    http_status, ocpi_status = error.facts.get("http_status"), error.facts.get("ocpi_status")
    if write or not isinstance(http_status, int):
        return http_status in _DENIED
    said_no = isinstance(ocpi_status, int) and ocpi_status >= _FIRST_FAILURE
    return http_status not in _NOT_THE_TOKEN and (http_status >= _FIRST_ERROR or said_no)


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
