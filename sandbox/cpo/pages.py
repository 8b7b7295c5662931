"""Lists page by page: filtered by ``last_updated``, with the paging headers, and what faults make of them.

OCPI `transport_and_format`, "Pagination".
"""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from sandbox.cpo.clock import from_iso
from sandbox.cpo.disguise import AHEAD_S
from sandbox.cpo.envelope import Answer, Call, OcpiProblem

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Window:
    """The stretch of a list that one page shows."""

    offset: int
    limit: int
    most: int

    @property
    def end(self) -> int:
        """Offset of the next page."""
        return self.offset + self.limit


def page(call: Call, objects: list[Json]) -> Answer:
    """Answer one page of ``objects``, filtered by last_updated, with the paging headers."""
    found = _filtered(call, objects)
    window = _window(call)
    faults = call.world.faults
    if faults.take("moving_pages") and found:
        call.world.pages_served = call.world.pages_served + 1 if window.offset else 0
        shift = call.world.pages_served % len(found)
        found = found[shift:] + found[:shift]
    total = len(found) + (window.offset if faults.take("changing_total") else 0)
    headers = {"X-Total-Count": str(total), "X-Limit": str(window.most)}
    link = _link(call, window, len(found))
    if link is not None:
        headers["Link"] = f'<{link}>; rel="next"'
    shown = _shown(call, found, window)
    if shown and faults.take("bad_object_in_page"):
        shown = [shown[0], {"id": "broken", "last_updated": shown[0]["last_updated"]}, *shown[1:]]
    return Answer(shown, headers=headers)


def _filtered(call: Call, objects: list[Json]) -> list[Json]:
    begin, end = _moment(call.request, "date_from"), _moment(call.request, "date_to")
    if call.world.faults.take("ignores_date_from"):
        return objects
    ahead = call.world.faults.seconds("clock_ahead", None, AHEAD_S)  # a peer asks in terms of our own clock
    return [
        item
        for item in objects
        if (begin is None or from_iso(item["last_updated"]) + ahead >= begin)
        and (end is None or from_iso(item["last_updated"]) + ahead < end)
    ]


def _window(call: Call) -> _Window:
    most = 1 if call.world.faults.take("paging_one_by_one") else call.world.config.page_limit
    return _Window(_count(call.request, "offset", 0), min(_count(call.request, "limit", most), most), most)


def _shown(call: Call, found: list[Json], window: _Window) -> list[Json]:
    if call.world.faults.take("ignores_offset"):
        return found[: window.limit]
    return found[window.offset : window.end]


def _link(call: Call, window: _Window, total: int) -> str | None:
    """Return the URL of the next page, or nothing on the last one."""
    faults, path = call.world.faults, call.request.url.path
    if faults.take("self_link"):
        return f"{call.base}{path}?{call.request.url.query}".rstrip("?")
    if not window.limit or (window.end >= total and not faults.take("endless_link")):
        return None
    query = call.request.url.include_query_params(offset=window.end, limit=window.limit).query
    base = "" if faults.take("relative_link") else call.base
    if faults.take("http_link"):
        base = base.replace("https://", "http://", 1)
    return f"{base}{path}?{query}"


def _moment(request: Request, name: str) -> float | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        return from_iso(text.replace(" ", "+"))
    except ValueError as error:
        raise OcpiProblem(2001, f"{name} is no date") from error


def _count(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not text.isdecimal():
        raise OcpiProblem(2001, f"{name} is no number")
    return int(text)
