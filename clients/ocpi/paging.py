"""Walking a partner's list page by page (2.2.1 chapter 4.1.4), without believing more than is needed.

Lives here: following ``Link: <...>; rel="next"``. The link is followed as it stands, because partners page by offset or
by key, but only to where the list began; ``X-Total-Count`` is ignored, because it moves while we walk. A walk that
cannot be finished raises: a list cut short must not pass for the whole truth.
"""

from collections.abc import AsyncIterator, Mapping

import httpx

from api.ports.roaming import PartnerAnsweredBadly
from clients.ocpi.transport import Caller, Reply, Transport

MAX_PAGES = 20_000
"""Far more than any list we know, also one that gives one object a page."""


async def objects_of(
    transport: Transport, url: str, caller: Caller, *, params: Mapping[str, str], max_pages: int = MAX_PAGES
) -> AsyncIterator[object]:
    """Yield the objects of a list as decoded JSON; raises PartnerUnreachable, PartnerAnsweredBadly."""
    start = transport.guard.check(url)
    reply = await transport.get(url, caller, params=params)
    seen = {str(start.copy_merge_params(params))}
    for _ in range(max_pages):
        for item in _items(reply):
            yield item
        following = next_page(reply.headers, start)
        if following is None:
            return
        if following in seen:
            raise _bad("the list links back to a page that was read already")
        seen.add(following)
        reply = await transport.get(following, caller)
    raise _bad("the list has more pages than we follow")


def next_page(headers: httpx.Headers, start: httpx.URL) -> str | None:
    """Return the next page's URL, None on the last page; raises PartnerAnsweredBadly when it leads elsewhere.

    A link to the same host over http is followed over https when that is how the list began.
    """
    link = _next_link(headers.get_list("link"))
    if link is None:
        return None
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


def _bad(message: str) -> PartnerAnsweredBadly:
    return PartnerAnsweredBadly("partner_answered_badly", http_status=200, ocpi_status=1000, message=message)
