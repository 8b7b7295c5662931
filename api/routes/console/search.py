"""Search by anything; what is the only hit is shown at once."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Work
from api.domain.staff.roles import Permission
from api.routes.console.links import path_of
from api.routes.console.render import page
from api.routes.console.signed_in import Staff, needs
from api.services.console.search import search

router = APIRouter(prefix="/search")


@router.get("", dependencies=[needs(Permission.SEE_CHARGES)])
async def show_search(
    request: Request, staff: Staff, work: Work, q: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """Show what is found, or go to the only thing that is."""
    books, cases = staff.may(Permission.SEE_BOOKS), staff.may(Permission.SEE_CASES)
    async with work() as db:
        groups = await search(db=db, typed=q, books=books, cases=cases)
    paths = {path_of(hit.target, hit.id) for group in groups for hit in group.hits}
    only = next(iter(paths)) if len(paths) == 1 and not any(group.more for group in groups) else None
    if only is not None:
        return RedirectResponse(only, 303)
    return page(request, "search.html", q=q, groups=groups, path_of=path_of)
