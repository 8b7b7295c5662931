"""What a handshake asks of a peer: its versions, its endpoints, whose credentials it shows.

Raises `OcpiProblem` with the codes that the specification has for it: 3001 unusable, 3002 version, 3003 endpoints.
"""

from typing import Any

import httpx

from sandbox.cpo.envelope import OcpiProblem
from sandbox.cpo.outbox import bare_headers, from_bytes, to_bytes
from sandbox.cpo.wires import Wire, wire_of
from sandbox.cpo.world import World

Json = dict[str, Any]
Versions = dict[str, str]
"""A peer's versions and the URLs of their details."""


async def versions(world: World, url: str, token: str, wanted: tuple[str, ...]) -> Versions:
    """Read which of ``wanted`` a peer speaks; a peer of old may want its token as it stands."""
    styles = [True, False] if any(wire_of(name).ENCODED for name in wanted) else [False, True]
    for last, encoded in enumerate(styles):
        try:
            listed = await call(world, "GET", url, token, encoded=encoded)
            break
        except OcpiProblem:
            if last or "2.1.1" not in wanted:
                raise
    found = {entry["version"]: entry["url"] for entry in listed if entry.get("version") in wanted}
    if not found:
        raise OcpiProblem(3002, f"the peer does not speak {', '.join(wanted)}")
    return found


async def endpoints(world: World, versions: Versions, version: str, token: str) -> dict[tuple[str, str], str]:
    """Read a peer's endpoints in one version."""
    wire = wire_of(version)
    details = await call(world, "GET", versions[version], token, encoded=wire.ENCODED)
    try:
        return wire.endpoints(details)
    except (KeyError, TypeError) as error:
        raise OcpiProblem(3001, f"{versions[version]} lists no endpoints") from error


def party(wire: Wire, credentials: Json) -> tuple[str, str]:
    """Read whose credentials these are."""
    found = wire.party(credentials)
    if found is None:
        raise OcpiProblem(2001, "credentials without roles")
    return found


async def call(world: World, method: str, url: str, token: str, body: Any = None, *, encoded: bool) -> Any:
    """Call a module that needs no registration and return the data of a successful answer."""
    content = None if body is None else to_bytes(body)
    sender = bare_headers(token, world.faults, encoded=encoded)
    try:
        answer = await world.outbox.client.request(method, url, content=content, headers=sender)
        envelope = from_bytes(answer.content)
    except (httpx.HTTPError, ValueError) as error:
        raise OcpiProblem(3001, f"cannot use {url}: {error!r}") from error
    if not answer.is_success or not isinstance(envelope, dict) or envelope.get("status_code", 0) // 1000 != 1:
        told = envelope.get("status_code") if isinstance(envelope, dict) else None
        raise OcpiProblem(3001, f"{url} answered HTTP {answer.status_code}, OCPI {told}")
    return envelope.get("data")
