"""Version details of 2.2.1 read and written (chapter 6)."""

from collections.abc import Mapping

from api.domain.roaming.partner import Endpoint, InterfaceRole
from clients.ocpi import endpoints
from clients.ocpi.fields import write_as
from clients.ocpi.v2_2_1.wire import credentials as wire

SERVED: tuple[tuple[str, InterfaceRole], ...] = (
    ("credentials", InterfaceRole.SENDER),  # the role of credentials means nothing; the specification advises SENDER
    ("locations", InterfaceRole.RECEIVER),
    ("tariffs", InterfaceRole.RECEIVER),
    ("sessions", InterfaceRole.RECEIVER),
    ("cdrs", InterfaceRole.RECEIVER),
    ("tokens", InterfaceRole.SENDER),
    ("commands", InterfaceRole.SENDER),
    ("chargingprofiles", InterfaceRole.SENDER),
    ("hubclientinfo", InterfaceRole.RECEIVER),
)
"""The modules we serve and our side of each."""


def read_endpoints(raw: object) -> tuple[Endpoint, ...]:
    """Read a peer's endpoints; one whose side we do not know is left out. Raises Unreadable."""
    return endpoints.read_endpoints(raw, endpoints.stated_role)


def write_version(urls: Mapping[str, str]) -> dict[str, object]:
    """Write our version details; raises Unwritable."""
    return write_details("2.2.1", SERVED, urls)


def write_details(
    version: str, served: tuple[tuple[str, InterfaceRole], ...], urls: Mapping[str, str]
) -> dict[str, object]:
    """Write version details in the shape that 2.2.1 and 2.3.0 share; raises Unwritable."""
    listed = [wire.OurEndpoint(module, role.upper(), urls[module]) for module, role in served]
    return write_as(wire.OurVersion(version=version, endpoints=listed))
