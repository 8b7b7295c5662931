"""An owner's sites, their prices, and what the owner is paid (CN27, CN28, CN30); an agent sees sites."""

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Now, PortsDep, Work
from api.domain.money import exponent
from api.domain.pricing.rulebook import RetailTerms
from api.domain.staff.roles import Permission
from api.routes.console.own import HERE, OwnScope
from api.routes.console.render import page
from api.routes.console.signed_in import Form, Posted, Staff, needs
from api.routes.console.told import told_after
from api.routes.page_forms import FormUnreadable
from api.services.owners.prices import price_history, set_own_price
from api.services.owners.sites import own_sites
from api.services.owners.statement_view import read_statement, statement_csv, statements_of_owner

router = APIRouter(prefix="/own")
SITES = f"{HERE}/sites"
LocationKey = Annotated[str, Path(max_length=200)]
Number = Annotated[str, Path(max_length=64)]
_SEE, _PRICE = [needs(Permission.SEE_OWN_SITES)], [needs(Permission.SET_OWN_PRICES)]


@router.get("/sites", dependencies=_SEE)
async def show_sites(request: Request, own: OwnScope, work: Work, now: Now) -> Response:
    """List the sites in figures."""
    async with work() as db:
        sites = await own_sites(db=db, own=own, now=now)
    return page(request, "own_sites.html", sites=sites, owner=own.owner_id is not None)


@router.get("/sites/{location_key:path}", dependencies=_SEE)
async def show_site(request: Request, location_key: LocationKey, own: OwnScope, work: Work, now: Now) -> Response:
    """Show one site: chargers, cases, sales by month, prices."""
    async with work() as db:
        site = (await own_sites(db=db, own=own, now=now, location_key=location_key))[0]
        prices = await price_history(db=db, owner_id=own.owner_id, location_key=location_key)
    return page(
        request, "own_site.html", it=site, prices=prices, said=told_after(request), begins=f"{now:%Y-%m-%dT%H:%M}"
    )


@router.post("/prices/{location_key:path}", dependencies=_PRICE)
async def set_price(
    location_key: LocationKey, form: Posted, own: OwnScope, staff: Staff, work: Work, ports: PortsDep, now: Now
) -> Response:
    """Set the price of a site from now or later."""
    wish = _wish(form, location_key, now)
    async with work() as db:
        await set_own_price(db=db, ports=ports, now=now, owner_id=own.owner_id, wish=wish, by=staff.name)
    return RedirectResponse(f"{SITES}/{location_key}?told=price", 303)


@router.get("/statements", dependencies=_SEE)
async def show_statements(request: Request, own: OwnScope, work: Work) -> Response:
    """List an owner's statements."""
    async with work() as db:
        found = await statements_of_owner(db=db, owner_id=own.owner_id)
    return page(request, "own_statements.html", statements=found)


@router.get("/statements/{number}.csv", dependencies=_SEE)
async def send_statement(number: Number, own: OwnScope, work: Work) -> Response:
    """Send a statement as CSV."""
    async with work() as db:
        view = await read_statement(db=db, owner_id=own.owner_id, number=number)
    headers = {
        "Content-Disposition": f'attachment; filename="{view.statement.number}.csv"',
        "Cache-Control": "no-store",
    }
    return Response(statement_csv(view), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/statements/{number}", dependencies=_SEE)
async def show_statement(request: Request, number: Number, own: OwnScope, work: Work) -> Response:
    """Show one statement."""
    async with work() as db:
        view = await read_statement(db=db, owner_id=own.owner_id, number=number)
    return page(request, "own_statement.html", it=view)


def _wish(form: Form, location_key: str, now: datetime) -> RetailTerms:
    """Read what was typed; an empty moment is now. Raises FormUnreadable, CurrencyInvalid."""
    currency = form["currency"].upper() or "EUR"
    try:
        begins = datetime.fromisoformat(form["starts_at"]) if form["starts_at"] else now
    except ValueError:
        raise FormUnreadable("form_unreadable", field="starts_at") from None
    return RetailTerms(
        starts_at=begins if begins.tzinfo else begins.replace(tzinfo=UTC),
        currency=currency,
        location_key=location_key,
        markup_percent=_number(form, "markup_percent"),
        session_fee_minor=form.minor("session_fee", exponent(currency)) if form["session_fee"] else 0,
        minute_fee=_number(form, "minute_fee"),
        free_minutes=int(_number(form, "free_minutes")),
    )


def _number(form: Form, name: str) -> Decimal:
    try:
        number = Decimal(form[name].replace(",", ".") or "0")
    except InvalidOperation:
        raise FormUnreadable("form_unreadable", field=name) from None
    if not number.is_finite():
        raise FormUnreadable("form_unreadable", field=name)
    return number
