"""The everyday look at the map, answered past the framework: a map is asked for at every movement of a thumb.

Plain ASGI in front of the routes, which cost more than the statement itself (performance.md B6). It answers only when
the access token is good and every parameter is plainly right; whatever is odd, words to search for included, goes on
to ``map_view.py``, which knows all answers. A test holds the two together.
"""

import re
from collections.abc import Callable
from datetime import datetime
from urllib.parse import parse_qsl

from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.access_tokens import AccessTokens
from api.db import UnitOfWork
from api.domain.errors import Invalid
from api.domain.roaming.ways import Availability
from api.ports.policy import ServicePolicy
from api.routes.app.map_filters import NETWORK_PATTERN, STANDARD_PATTERN, box_of
from api.routes.app.map_view import answer_map
from api.services.finding.filters import Filters
from api.services.finding.grid import DEEPEST, frame_of
from api.services.finding.map_view import View
from api.services.work import StatementFailed

_BOOLEANS = {"app_charging": "app_charging", "pass_charging": "with_pass", "ad_hoc": "ad_hoc"}
_NUMBERS = {"zoom", "min_power_w", "max_power_w"}
_LISTS = {
    "standard": re.compile(STANDARD_PATTERN),
    "network": re.compile(NETWORK_PATTERN),
    "availability": re.compile("^(" + "|".join(Availability) + ")$"),
}
_NUMBER = re.compile("[1-9][0-9]{0,6}", re.ASCII)
_MOST_PARAMETERS = 12
_SAID = {"true": True, "false": False}


class MapShortcut:
    """Answers plain questions about the map."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        work: UnitOfWork,
        policy: ServicePolicy,
        access_tokens: AccessTokens,
        now: Callable[[], datetime],
    ) -> None:
        """Wrap ``app``."""
        self._app, self._work, self._policy = app, work, policy
        self._access_tokens, self._now = access_tokens, now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from the database at once, or pass the request on."""
        is_map = scope["type"] == "http" and scope["method"] == "GET" and scope["path"].endswith("/map")
        if is_map and scope["path"].removeprefix(scope.get("root_path", "")) == "/map":
            headers = Headers(scope=scope)
            driver_id = self._access_tokens.driver_of(headers.get("authorization", ""), now=self._now())
            view = view_of(scope["query_string"])
            if driver_id is not None and view is not None:
                answer = await self._answer(driver_id, view, headers.get("if-none-match"))
                await (answer or self._app)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _answer(self, driver_id: str, view: View, if_none_match: str | None) -> Response | None:
        """Return the answer, or None where the database gives none: the route says what is wrong."""
        try:
            return await answer_map(self._work, self._policy, driver_id, view, if_none_match)
        except (StatementFailed, SQLAlchemyError, OSError):
            return None


def view_of(query: bytes) -> View | None:
    """Return the view that a query plainly asks for, or None."""
    pairs = parse_qsl(query.decode("ascii", "replace"), keep_blank_values=True)
    values: dict[str, object] = {}
    lists: dict[str, list[str]] = {name: [] for name in _LISTS}
    for name, value in pairs:
        if name in lists and _LISTS[name].match(value):
            lists[name].append(value)
        elif name in values or not _plain(name, value):
            return None
        else:
            values[name] = _SAID[value] if name in _BOOLEANS else int(value) if name in _NUMBERS else value
    zoom = values.pop("zoom", None)
    if len(pairs) > _MOST_PARAMETERS or "bbox" not in values or (isinstance(zoom, int) and zoom > DEEPEST):
        return None
    try:
        frame = frame_of(box_of(str(values.pop("bbox"))))
    except Invalid:
        return None
    return View(frame, zoom if isinstance(zoom, int) else None, _filters(values, lists))


def _plain(name: str, value: str) -> bool:
    if name in _BOOLEANS:
        return value in _SAID
    return _NUMBER.fullmatch(value) is not None if name in _NUMBERS else name == "bbox"


def _filters(values: dict[str, object], lists: dict[str, list[str]]) -> Filters:
    asked = {_BOOLEANS.get(name, name): value for name, value in values.items()}
    return Filters(
        app_charging=bool(asked.get("app_charging")),
        with_pass=bool(asked.get("with_pass")),
        ad_hoc=bool(asked.get("ad_hoc")),
        min_power_w=_watts(asked.get("min_power_w")),
        max_power_w=_watts(asked.get("max_power_w")),
        standards=tuple(lists["standard"]),
        availability=tuple(Availability(each) for each in lists["availability"]),
        networks=tuple(lists["network"]),
    )


def _watts(value: object) -> int | None:
    return value if isinstance(value, int) else None
