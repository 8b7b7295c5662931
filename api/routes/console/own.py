"""Whose chargers the pages of agents and owners are about, and how their lists are called in the address."""

from typing import Annotated

from fastapi import Depends, Path

from api.domain.errors import NotFound
from api.routes.console.signed_in import Staff
from api.services.owners.scope import Own, own_of

HERE = "/console/own"
UnlockId = Annotated[str, Path(max_length=64)]


class NotYours(NotFound):
    """Somebody without a partner has no chargers to act on."""


async def _own(staff: Staff) -> Own:
    return own_of(staff)


OwnScope = Annotated[Own, Depends(_own)]
"""What is theirs of who looks at a page."""


async def _own_partner(staff: Staff) -> str:
    """Return whose chargers an agent may act on; somebody without a partner has none."""
    partner_id = own_of(staff).partner_id
    if partner_id is None:
        raise NotYours("not_yours")
    return partner_id


OwnPartner = Annotated[str, Depends(_own_partner)]
"""The partner of an operator's agent; nobody else has one."""
