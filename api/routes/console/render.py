"""Pages of the console: Jinja templates from ``api/templates/console`` filled in for who looks at them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from api.domain.money import Money, format_money
from api.domain.staff.roles import Permission
from api.domain.support.article_text import blocks_of
from api.ports import Ports
from api.services.staff.signin import SignedInStaff, Step
from api.settings import Settings

HERE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation, shown to whoever may go there."""

    path: str
    title: str
    needs: Permission
    key: str
    """Pressed after ``g`` it goes there."""


PLACES: tuple[Place, ...] = (
    Place("/console/overview", "Overview", Permission.SEE_OVERVIEW, "v"),
    Place("/console/cases", "Cases", Permission.SEE_CASES, "c"),
    Place("/console/holds", "Holds", Permission.SEE_CHARGES, "h"),
    Place("/console/unlocks", "Unlock requests", Permission.APPROVE_UNLOCK, "u"),
    Place("/console/own/sites", "Sites", Permission.SEE_OWN_SITES, "i"),
    Place("/console/own/statements", "Statements", Permission.SET_OWN_PRICES, "l"),
    Place("/console/own/charges", "Charges", Permission.SEE_OWN_SITES, "g"),
    Place("/console/own/unlocks", "Unlock requests", Permission.ACT_ON_OWN_SITES, "u"),
    Place("/console/findings", "Findings", Permission.SEE_FINDINGS, "f"),
    Place("/console/requests", "Requests", Permission.SEE_FINDINGS, "q"),
    Place("/console/complaints", "Complaints", Permission.SEE_CASES, "b"),
    Place("/console/books/refunds", "Refunds", Permission.SEE_BOOKS, "r"),
    Place("/console/books/disputes", "Disputes", Permission.SEE_BOOKS, "d"),
    Place("/console/payouts", "Payouts", Permission.SEE_BOOKS, "p"),
    Place("/console/books/settlement", "Settlement", Permission.SEE_BOOKS, "s"),
    Place("/console/books/wallets", "Wallets", Permission.SEE_BOOKS, "w"),
    Place("/console/books/journal", "Journal", Permission.SEE_BOOKS, "j"),
    Place("/console/close", "Close", Permission.SEE_BOOKS, "m"),
    Place("/console/close/reopenings", "Reopenings", Permission.MANAGE_STAFF, "o"),
    Place("/console/directory", "Directory", Permission.SEE_CASES, "y"),
    Place("/console/articles", "Articles", Permission.WRITE_ARTICLES, "k"),
    Place("/console/case-report", "SLA report", Permission.SEE_CASES, "e"),
    Place("/console/starts", "Starts", Permission.SEE_CHARGES, "n"),
    Place("/console/status", "Status page", Permission.TELL_STATUS, "x"),
    Place("/console/owners", "Owners", Permission.SEE_BOOKS, "z"),
    Place("/console/audit", "Audit log", Permission.SEE_AUDIT, "a"),
    Place("/console/staff", "Staff", Permission.SEE_STAFF, "t"),
)


def money(amount_minor: int | None, currency: str | None) -> str:
    """Return an amount for people, a dash where there is none."""
    return "–" if amount_minor is None or not currency else format_money(Money(int(amount_minor), currency))


def moment(at: datetime | None) -> str:
    """Return a moment, in UTC and to the minute."""
    return "–" if at is None else f"{at:%Y-%m-%d %H:%M}"


def span(length: timedelta | None) -> str:
    """Return a length of time in its two largest units; a minus says that it is over."""
    if length is None:
        return "–"
    minutes = abs(int(length.total_seconds())) // 60
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    told = f"{days} d {hours} h" if days else f"{hours} h {rest} min" if hours else f"{rest} min"
    return f"−{told}" if length < timedelta(0) else told


def number(value: Decimal | str | None, places: int = 3) -> str:
    """Return an exact number rounded as people read it; what is no number is shown as it is."""
    try:
        exact = Decimal(str(value))
        return f"{exact.quantize(Decimal(1).scaleb(-places)).normalize() + 0:f}" if exact.is_finite() else str(value)
    except InvalidOperation:
        return "–" if value in {None, ""} else str(value)


_TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "templates" / "console"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_FILTERS: dict[str, Callable[..., Any]] = {"moment": moment, "number": number, "span": span, "blocks": blocks_of}
_TEMPLATES.filters.update(_FILTERS)
_TEMPLATES.globals["money"] = money


def page(request: Request, template: str, *, status: int = 200, **facts: Any) -> HTMLResponse:
    """Return a filled-in page; it is kept by nobody."""
    settings: Settings = request.app.state.settings
    ports: Ports = request.app.state.ports
    staff: SignedInStaff | None = getattr(request.state, "staff", None)
    signed_in = staff if staff is not None and staff.step == Step.FULL else None
    text = _TEMPLATES.get_template(template).render(
        staff=signed_in,
        may=signed_in.may if signed_in else lambda _: False,
        P=Permission,
        csrf=getattr(request.state, "token", ""),
        places=[place for place in PLACES if signed_in and signed_in.may(place.needs)],
        here=request.scope.get("root_path", "")
        + request.scope["path"].removeprefix(request.scope.get("root_path", "")),
        now=ports.clock.now(),
        our_name=ports.policy.our_name,
        sandbox=not settings.livemode,
        **facts,
    )
    return HTMLResponse(text, status, {"Cache-Control": "no-store"})
