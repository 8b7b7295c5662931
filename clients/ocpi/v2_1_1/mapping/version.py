"""Version details of 2.1.1 read and written (version_information_endpoint): endpoints do not say which side they are.

The side follows from the module, since a peer of ours is a CPO: it has the objects, and receives tokens and commands.
"""

from collections.abc import Mapping

from api.domain.roaming.partner import Endpoint, InterfaceRole
from clients.ocpi import endpoints
from clients.ocpi.fields import write_as
from clients.ocpi.v2_1_1.wire import credentials as wire

SERVED = (
    ("credentials", InterfaceRole.SENDER),  # the role of credentials means nothing
    ("locations", InterfaceRole.RECEIVER),
    ("tariffs", InterfaceRole.RECEIVER),
    ("sessions", InterfaceRole.RECEIVER),
    ("cdrs", InterfaceRole.RECEIVER),
    ("tokens", InterfaceRole.SENDER),
    ("commands", InterfaceRole.SENDER),
)
"""The modules we serve and our side of each."""

_OTHER_SIDE = {InterfaceRole.SENDER: InterfaceRole.RECEIVER, InterfaceRole.RECEIVER: InterfaceRole.SENDER}
_SIDE_OF_A_CPO = {module: _OTHER_SIDE[ours] for module, ours in SERVED}


def read_endpoints(raw: object) -> tuple[Endpoint, ...]:
    """Read a peer's endpoints; modules this version does not have are left out. Raises Unreadable."""
    return endpoints.read_endpoints(raw, _role)


def _role(module: str, stated: object) -> InterfaceRole | None:
    """Return the side of a module; a peer that states it, as later versions do, is believed."""
    if module not in _SIDE_OF_A_CPO:
        return None
    return endpoints.stated_role(module, stated) or _SIDE_OF_A_CPO[module]


def write_version(urls: Mapping[str, str]) -> dict[str, object]:
    """Write our version details; raises Unwritable."""
    listed = [wire.OurEndpoint(module, urls[module]) for module, _ in SERVED]
    return write_as(wire.OurVersion(version="2.1.1", endpoints=listed))
