"""Endpoints of version details, read the same way in every version but for the side they are on (2.2.1 chapter 6).

Lives here: the list. Does not live here: whether the URLs may be called (``handshake.py`` asks the guard), and which
side a module of 2.1.1 is on, which that version does not say (``v2_1_1``).
"""

from collections.abc import Callable

from api.domain.roaming.partner import Endpoint, InterfaceRole
from clients.ocpi.unreadable import Unreadable

MAX_ENDPOINTS = 200
RoleOf = Callable[[str, object], InterfaceRole | None]
"""Tells the side of a module (lower case) from what the endpoint says of its role; None leaves the endpoint out."""


def read_endpoints(raw: object, role_of: RoleOf) -> tuple[Endpoint, ...]:
    """Return the endpoints that we can read; raises Unreadable when there is no list of objects."""
    listed = raw.get("endpoints") if isinstance(raw, dict) else None
    if not isinstance(listed, list) or len(listed) > MAX_ENDPOINTS:
        raise Unreadable("endpoints: not a list of them")
    found = []
    for each in listed:
        if not isinstance(each, dict):
            raise Unreadable("endpoints: not a list of objects")
        module, url = each.get("identifier"), each.get("url")
        if not (isinstance(module, str) and isinstance(url, str)):
            continue
        role = role_of(module.strip().lower(), each.get("role"))
        if role is not None:
            found.append(Endpoint(module.strip().lower(), role, url.strip()))
    return tuple(found)


def stated_role(module: str, role: object) -> InterfaceRole | None:  # noqa: ARG001 - the shape of RoleOf
    """Return the side that an endpoint of 2.2 and later states, None for one we do not know."""
    word = role.strip().lower() if isinstance(role, str) else ""
    return InterfaceRole(word) if word in set(InterfaceRole) else None
