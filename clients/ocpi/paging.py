"""Walking a partner's list page by page (2.2.1 chapter 4.1.4), without believing more than is needed.

Lives here: following ``Link: <...>; rel="next"``. The link is followed as it stands, because partners page by offset or
by key, but only to where the list began; ``X-Total-Count`` moves while we walk, and counts only where a partner that
gives no link at all, or one that leads nowhere, has more than it gave: then we ask by offset. A walk that cannot be
finished raises: a list cut short must not pass for the whole truth.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

import httpx

from api.ports.roaming import PartnerAnsweredBadly
from clients.ocpi.transport import Caller, Reply, Transport

MAX_PAGES = 20_000
"""Far more than any list we know, also one that gives one object a page."""
SAME_PAGES = 10
"""After so many pages in a row with the same objects in them, the partner is not listening to where we are."""

EMPTY_PAGES = 5
"""A page may be empty because of what was filtered out of it; after so many in a row nothing will follow."""


class Page(NamedTuple):
    """One page: its objects, where the list goes on, how long it is said to be, the partner's clock.

    Objects are decoded JSON or, where slices were asked for, as they came (``envelope.py``).
    """

    items: list[object]
    next_link: str | None
    total: int | None
    partner_at: datetime | None


async def objects_of(
    transport: Transport, url: str, caller: Caller, *, params: Mapping[str, str], max_pages: int = MAX_PAGES
) -> AsyncIterator[object]:
    """Yield the objects of a list as decoded JSON; raises PartnerUnreachable, PartnerAnsweredBadly.

    Objects that shift between pages come twice and push others out. Where some came twice and fewer are here than the
    list is said to have, it was not read whole, and that is raised after all that came.
    """
    seen: set[object] = set()
    given, total = 0, None
    async for page in pages_of(transport, url, caller, params=params, max_pages=max_pages):
        total = page.total if total is None or page.total is None else min(total, page.total)
        for item in page.items:
            given += 1
            seen.add(_name(item) or given)
            yield item
    if total is not None and len(seen) < min(given, total):
        raise _bad("the list moved while it was read")


async def pages_of(
    transport: Transport,
    url: str,
    caller: Caller,
    *,
    params: Mapping[str, str],
    begin_at: str | None = None,
    max_pages: int = MAX_PAGES,
    sliced: bool = False,
) -> AsyncIterator[Page]:
    """Yield the pages of a list, from the link ``begin_at`` on; raises PartnerUnreachable, PartnerAnsweredBadly."""
    walk = _Walk(transport.guard.check(url), params, begin_at)
    following = walk.first
    for _ in range(max_pages):
        try:
            reply = await transport.get(following, caller, sliced=sliced)
        except PartnerAnsweredBadly:
            instead = walk.instead_of_first_link()
            if instead is None:
                raise
            following, reply = instead, await transport.get(instead, caller, sliced=sliced)
        items = _items(reply)
        link = walk.after(following, items, reply.headers)
        yield Page(items, link, _count(reply.headers), _date(reply.headers))
        if link is None:
            return
        following = link
    raise _bad("the list has more pages than we follow")


def _name(item: object) -> tuple[str, ...] | None:
    """Return what tells an object from the others of its list, None where it does not say."""
    if not isinstance(item, dict) or not isinstance(item.get("id"), str):
        return None
    return tuple(str(item.get(part, "")).upper() for part in ("country_code", "party_id", "id"))


class _Walk:
    """Where a walk has been: so that it notices when it goes round in a circle, or nowhere."""

    def __init__(self, start: httpx.URL, params: Mapping[str, str], begin_at: str | None) -> None:
        self.start = start
        self.first = str(start.copy_merge_params(params)) if begin_at is None else _same_origin(start, begin_at)
        self._params = params
        self._seen: set[str] = set()
        offset = httpx.URL(self.first).params.get("offset", "")
        self._given = int(offset) if offset.isascii() and offset.isdigit() and len(offset) < 10 else 0
        self._linked = begin_at is not None and not offset
        self._page: tuple[object, ...] = ()
        self._repeated = 0
        self._empty = 0
        self._total = 0
        self._by_ourselves = False

    def after(self, url: str, items: list[object], headers: httpx.Headers) -> str | None:
        """Return the link to the page after the one at ``url``, None when that was the last."""
        self._seen.add(url)
        self._note_repetition(items)
        self._given += len(items)
        self._total = _count(headers) or 0
        link = self._link(headers)
        self._linked = self._linked or link is not None
        if link is None and items and not self._linked:
            link = self._by_offset()
        if link is not None and self._leads_nowhere(items):
            return None
        if link in self._seen:
            raise _bad("the list links back to a page that was read already")
        return link

    def instead_of_first_link(self) -> str | None:
        """Return where the second page may be had when its link leads nowhere, None for any other page.

        Only that one: whoever ignores the offset answers the first page again, and is found out by it.
        """
        if len(self._seen) != 1 or self._by_ourselves:
            return None
        self._linked = False
        return self._by_offset()

    def _link(self, headers: httpx.Headers) -> str | None:
        """Return where the partner says the list goes on; its links mean nothing once the first has led nowhere."""
        if self._by_ourselves:
            return None
        try:
            return next_page(headers, self.start)
        except PartnerAnsweredBadly:
            if len(self._seen) != 1 or self._total <= self._given:
                raise
            return None

    def _by_offset(self) -> str | None:
        """Return the page after what was given, None when the list is not said to be longer than that."""
        if self._by_ourselves and self._repeated:
            raise _bad("the list has no link to its next page, and the offset is ignored")
        if self._total <= self._given:
            return None
        self._by_ourselves = True
        return str(self.start.copy_merge_params({**self._params, "offset": str(self._given)}))

    def _leads_nowhere(self, items: list[object]) -> bool:
        """Say whether all was given and only empty pages follow; raises PartnerAnsweredBadly where it was not all."""
        self._empty = 0 if items else self._empty + 1
        if self._empty < EMPTY_PAGES:
            return False
        if self._total > self._given:
            raise _bad("the list gives empty pages over and over")
        return True

    def _note_repetition(self, items: list[object]) -> None:
        page = (len(items), items[0], items[-1]) if items else ()
        self._repeated = self._repeated + 1 if page and page == self._page else 0
        self._page = page
        if self._repeated >= SAME_PAGES:
            raise _bad("the list gives the same page over and over")


def next_page(headers: httpx.Headers, start: httpx.URL) -> str | None:
    """Return the next page's URL, None on the last page; raises PartnerAnsweredBadly when it leads elsewhere.

    A link to the same host over http is followed over https when that is how the list began.
    """
    link = _next_link(headers.get_list("link"))
    if link is None:
        return None
    return _same_origin(start, link)


def _same_origin(start: httpx.URL, link: str) -> str:
    try:
        target = start.join(link)
        if start.scheme == "https" and target.scheme == "http" and target.port is None:
            target = target.copy_with(scheme="https")
    except (httpx.InvalidURL, ValueError):
        raise _bad("the link to the next page is no URL") from None
    if (target.scheme, target.host, target.port) != (start.scheme, start.host, start.port) or target.userinfo:
        raise _bad("the list goes on at another host")
    return str(target)


def _next_link(values: list[str]) -> str | None:
    for value in values:
        for part in value.split(", <"):
            target, _, rest = part.strip().removeprefix("<").partition(">")
            relations = [p.partition("=")[2].strip().strip('"').lower() for p in rest.split(";") if "rel" in p.lower()]
            if target and any("next" in relation.split() for relation in relations):
                return target
    return None


def _items(reply: Reply) -> list[object]:
    data = reply.answer.data
    if data is None:
        return []
    if not isinstance(data, list):
        raise _bad("data: not a list")
    return data


def _count(headers: httpx.Headers) -> int | None:
    """Return how many objects the list is said to have, None when that is not said or nonsense."""
    said = headers.get("x-total-count", "").strip()
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None


def _date(headers: httpx.Headers) -> datetime | None:
    """Return what the partner's clock said, None when that is not said or nonsense."""
    try:
        at = parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, IndexError, TypeError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _bad(message: str) -> PartnerAnsweredBadly:
    return PartnerAnsweredBadly("partner_answered_badly", http_status=200, ocpi_status=1000, message=message)
