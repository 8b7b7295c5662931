"""Who acts, as services want to know it: the name, the roles, and the request of the page in which it was asked."""

import re
from typing import Annotated

from fastapi import Depends

from api.deps import PortsDep
from api.domain.finance.finding import Actor
from api.routes.console.signed_in import Posted, Staff

REQUEST = "request_id"
"""The field of forms that tells two clicks on one page from two pages."""
PREFIX = "req"
_OURS = re.compile(rf"{PREFIX}_[A-Za-z0-9]{{1,64}}")


async def _acting(staff: Staff, form: Posted, ports: PortsDep) -> Actor:
    told = form[REQUEST]
    request_id = told if _OURS.fullmatch(told) else ports.randomness.new_id(PREFIX)
    return Actor(staff.name, frozenset(staff.roles), request_id)


Acting = Annotated[Actor, Depends(_acting)]
"""Who sends a form."""


async def _looking(staff: Staff) -> Actor:
    return Actor(staff.name, frozenset(staff.roles))


Looking = Annotated[Actor, Depends(_looking)]
"""Who looks at a page."""
