"""Versions and credentials as we initiate them (2.2.1 chapters 6 and 7). Only here tokens are called A, B and C.

Lives here: choosing a version, reading endpoints, exchanging credentials. Does not live here: storing any of it; a
failure at any step raises RegistrationFailed with that step and leaves nothing behind on our side.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from api.domain.roaming.partner import Endpoint, InterfaceRole, OurIdentity, Registration
from api.ports.roaming import PartnerAnsweredBadly, PartnerUnreachable, RegistrationFailed
from clients.ocpi.dialect import SUPPORTED, dialect_for
from clients.ocpi.transport import Caller, Transport
from clients.ocpi.unreadable import Unreadable
from clients.ocpi.url_guard import UrlGuard

MAX_ENDPOINTS = 200
_TOKEN = re.compile(r"[\x21-\x7e]{1,500}")
"""Printable ASCII without spaces (2.2.1 chapter 7.3.1), a little longer than the specification allows."""


async def register(
    transport: Transport, versions_url: str, token_a: str, *, ours: OurIdentity, token_b: str
) -> Registration:
    """Exchange credentials as initiator: token A opens the door once, B is ours for them, C theirs for us.

    Raises RegistrationFailed; its ``step`` is ``versions``, ``version``, ``details``, ``endpoints`` or ``credentials``.
    """
    found, caller = await _discover(transport, versions_url, token_a)
    dialect = dialect_for(found.version)
    url = _credentials_url(found)
    with _step("credentials"):
        reply = await transport.post(url, caller, dialect.write_credentials(token_b, ours))
        theirs = dialect.read_credentials(reply.answer.data)
        transport.guard.check(theirs.versions_url)
    return replace(found, their_token=theirs.token, versions_url=theirs.versions_url, roles=theirs.roles)


async def complete(transport: Transport, versions_url: str, token_b: str) -> Registration:
    """Read version and endpoints of a peer that is registering at us; its roles came in its own credentials.

    Raises RegistrationFailed, as ``register`` does.
    """
    found, _ = await _discover(transport, versions_url, token_b)
    return found


async def _discover(transport: Transport, versions_url: str, token: str) -> tuple[Registration, Caller]:
    if not _TOKEN.fullmatch(token):
        raise RegistrationFailed("registration_failed", step="versions", message="the token is no token")
    with _step("versions"):
        offered, caller = await _versions(transport, versions_url, Caller(token))
    version = next((each for each in reversed(SUPPORTED) if each in offered), None)
    if version is None:
        raise RegistrationFailed("registration_failed", step="version", message="no version in common")
    with _step("details"):
        reply = await transport.get(offered[version], caller)
        endpoints = _endpoints(reply.answer.data, transport.guard)
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


def _endpoints(data: object, guard: UrlGuard) -> tuple[Endpoint, ...]:
    """Return the endpoints we can read; one with an unknown role is left out, one with a bad URL is refused."""
    listed = data.get("endpoints") if isinstance(data, dict) else None
    if not isinstance(listed, list) or len(listed) > MAX_ENDPOINTS:
        raise Unreadable("endpoints: not a list of them")
    found = []
    for each in listed:
        if not isinstance(each, dict):
            raise Unreadable("endpoints: not a list of objects")
        module, role, url = (each.get(name) for name in ("identifier", "role", "url"))
        if not (isinstance(module, str) and isinstance(role, str) and isinstance(url, str)):
            continue
        if role.strip().lower() in list(InterfaceRole):
            guard.check(url)
            found.append(Endpoint(module.strip().lower(), InterfaceRole(role.strip().lower()), url.strip()))
    return tuple(found)


def _credentials_url(found: Registration) -> str:
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
