"""What pages of lists share: the filter form, the place where a page begins, cells, and the links to its export."""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from api.ports import Ports
from api.routes.console.render import moment, page
from api.services.closing.listing import FilterUnreadable, Kind, Listing, Part, part_of, shown, wanted_of
from api.services.work import Work

ROWS = 100
_LABELS = {
    "since": "From day", "until": "To day", "partner_id": "Partner", "driver_id": "Driver", "search": "Id",
    "period": "Month",
}  # fmt: skip


async def list_page(
    request: Request, *, work: Work, ports: Ports, listing: Listing, template: str = "list.html", **facts: Any
) -> Response:
    """Return the page of a list, filtered as its address says; its exports have the same filter."""
    given = dict(request.query_params)
    behind = _behind(given.pop("behind", ""))
    wanted = wanted_of(given)
    async with work() as db:
        part = await part_of(
            db=db, issuer=ports.policy.issuer, listing=listing, wanted=wanted, behind=behind, at_once=ROWS
        )
    query = {name: str(value) for name, value in wanted.given().items()}
    return page(
        request,
        template,
        listing=listing,
        head=[(each.name.replace("_", " "), each.kind in {Kind.MONEY, Kind.NUMBER}) for each in listing.columns],
        rows=[_cells(listing, row) for row in part.rows],
        filters=_filters(listing, query),
        query=f"?{urlencode(query)}" if query else "",
        next_page=_next(query, part),
        is_first=behind is None,
        **facts,
    )


def _filters(listing: Listing, query: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the fields of the filter form."""
    return [
        {
            "name": name,
            "label": _LABELS.get(name, name.replace("_", " ").capitalize()),
            "value": query.get(name, ""),
            "choices": listing.choices.get(name, ()),
            "type": "date" if name in {"since", "until"} else "text",
        }
        for name in listing.conditions
    ]


def _cells(listing: Listing, row: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a row as its cells: text, and how it is set."""
    return [
        {"text": _text(value), "kind": column.kind.value, "name": column.name}
        for column, value in zip(listing.columns, shown(listing, row), strict=True)
    ]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')} {each}" for name, each in value.items() if each is not None)
    return str(value)


def _next(query: Mapping[str, str], part: Part) -> str | None:
    """Return the query of the next page, None on the last one."""
    if part.behind is None:
        return None
    at, key = part.behind
    place = base64.urlsafe_b64encode(f"{at.isoformat()}|{key}".encode()).decode()
    return f"?{urlencode({**query, 'behind': place})}"


def _behind(place: str) -> tuple[datetime, str] | None:
    if not place:
        return None
    try:
        told, _, key = base64.urlsafe_b64decode(place.encode()).decode().partition("|")
        at = datetime.fromisoformat(told)
        if at.tzinfo is None or "\0" in key:
            raise ValueError(told)
        return at, key
    except (binascii.Error, ValueError) as error:
        raise FilterUnreadable("filter_unreadable", filter="behind") from error
