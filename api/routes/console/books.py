"""The books: journal, wallets, refunds and disputes as lists, a journal with its entries, partners' settlements."""

from types import MappingProxyType

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.deps import Now, PortsDep, Work
from api.domain.errors import NotFound
from api.domain.staff.roles import Permission
from api.routes.console.list_pages import list_page
from api.routes.console.render import page
from api.routes.console.signed_in import needs
from api.services.closing.lists import DISPUTES, REFUNDS
from api.services.closing.lists_books import CUT_OFF, JOURNAL, WALLETS
from api.services.closing.periods import month_of
from api.services.closing.settlement import SETTLEMENT_COLUMNS, partner_settlement, settlement_rows
from api.services.finance.ledger_queries import journal_with_sides

router = APIRouter(prefix="/books")
_SHOWN = MappingProxyType({each.name: each for each in (JOURNAL, WALLETS, REFUNDS, DISPUTES, CUT_OFF)})


class UnknownList(NotFound):
    """There is no list of this name."""


@router.get("/settlement", dependencies=[needs(Permission.SEE_BOOKS)])
async def show_settlement(request: Request, work: Work, ports: PortsDep, now: Now, period: str = "") -> Response:
    """Show what partners billed in a month, what they invoiced, and what was earned on it."""
    month = month_of(ports, period or ports.policy.issuer.month_of(now)).name
    async with work() as db:
        found = await partner_settlement(db=db, ports=ports, period=month)
    return page(
        request,
        "settlement.html",
        period=month,
        settlements=found,
        columns=SETTLEMENT_COLUMNS,
        rows=settlement_rows(month, found),
    )


@router.get("/journal/{journal_id}", dependencies=[needs(Permission.SEE_BOOKS)])
async def show_journal(request: Request, journal_id: str, work: Work) -> Response:
    """Show a journal with its entries, what it undoes, and what undid it."""
    async with work() as db:
        booked = await journal_with_sides(db=db, journal_id=journal_id)
    return page(request, "journal.html", booked=booked, journal=booked.journal)


@router.get("/{name}", dependencies=[needs(Permission.SEE_BOOKS)])
async def show_list(request: Request, name: str, work: Work, ports: PortsDep) -> Response:
    """Show a list, filtered."""
    if name not in _SHOWN:
        raise UnknownList("unknown_list", name=name)
    return await list_page(request, work=work, ports=ports, listing=_SHOWN[name])
