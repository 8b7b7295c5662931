"""Owners of sites for our finance: who they are, and the statements that we write for them."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Now, PortsDep, Work
from api.domain.staff.roles import Permission
from api.routes.console.render import page
from api.routes.console.signed_in import Posted, Staff, needs
from api.routes.console.told import told_after
from api.services.owners.owners import all_owners
from api.services.owners.statement_view import statements_of_owner
from api.services.owners.statements import issue_owner_statements

router = APIRouter(prefix="/owners")
HERE = "/console/owners"
OwnerId = Annotated[str, Path(max_length=64)]


@router.get("", dependencies=[needs(Permission.SEE_BOOKS)])
async def show_owners(request: Request, work: Work) -> Response:
    """List owners with their statements."""
    async with work() as db:
        owners = [(each, await statements_of_owner(db=db, owner_id=each.id)) for each in await all_owners(db=db)]
    return page(request, "owners.html", owners=owners, said=told_after(request))


@router.post("/{owner_id}/statements", dependencies=[needs(Permission.CLOSE_BOOKS)])
async def issue(owner_id: OwnerId, form: Posted, staff: Staff, work: Work, ports: PortsDep, now: Now) -> Response:
    """Write an owner's statements of a month, once."""
    async with work() as db:
        written = await issue_owner_statements(
            db=db, ports=ports, now=now, owner_id=owner_id, period=form["period"], by=staff.name
        )
    return RedirectResponse(f"{HERE}?told={'stated' if written else 'nothing_sold'}", 303)
