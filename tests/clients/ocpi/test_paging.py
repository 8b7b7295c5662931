"""Tests of ``clients.ocpi.paging``: lists that move, repeat, or never end."""

from urllib.parse import parse_qs

import httpx
import pytest
from starlette.responses import Response

from api.ports.roaming import PartnerAnsweredBadly
from clients.ocpi.paging import next_page, objects_of, pages_of
from clients.ocpi.transport import Caller
from tests.clients.ocpi.peer import Answering, Seen, a_transport, enveloped, partner

START = httpx.URL("https://cpo.example/ocpi/locations?limit=2")


async def _walk(answer: Answering, *, max_pages: int = 100) -> tuple[list[object], list[Seen]]:
    with partner(answer) as served:
        transport = a_transport()
        walk = objects_of(transport, f"{served.url}/list", Caller("t"), params={"limit": "2"}, max_pages=max_pages)
        try:
            return [item async for item in walk], served.seen
        finally:
            await transport.aclose()


def _link(seen: Seen, query: str) -> str:
    return f"http://{seen.headers['host']}/list?{query}"


async def test_one_object_a_page_is_walked_to_the_end() -> None:
    """A partner may page one by one whatever limit we ask for, and its total count is not trusted."""

    def answer(seen: Seen) -> Response:
        offset = int(parse_qs(seen.query).get("offset", ["0"])[0])
        return enveloped([offset], link=_link(seen, f"offset={offset + 1}&limit=1") if offset < 5 else None)

    items, requests = await _walk(answer)
    assert items == [0, 1, 2, 3, 4, 5]
    assert len(requests) == 6


async def test_the_link_is_followed_as_it_stands() -> None:
    """Key paging works: nothing of our own is added to the link."""
    pages = {"limit=2": (["a"], "after=%2Fx%3D&k=1"), "after=%2Fx%3D&k=1": (["b"], None)}

    def answer(seen: Seen) -> Response:
        items, following = pages[seen.query]
        return enveloped(items, link=_link(seen, following) if following else None)

    assert (await _walk(answer))[0] == ["a", "b"]


async def test_objects_that_move_between_pages_are_given_again_not_lost() -> None:
    """An object that slid to the next page while we walked appears twice; storing it twice is harmless."""

    def answer(seen: Seen) -> Response:
        second = "offset=2" in seen.query
        return enveloped(["b", "c"] if second else ["a", "b"], link=None if second else _link(seen, "offset=2"))

    assert (await _walk(answer))[0] == ["a", "b", "b", "c"]


async def test_empty_pages_and_absent_data_are_walked_through() -> None:
    """An empty page in the middle does not end the list."""

    def answer(seen: Seen) -> Response:
        if "offset=1" in seen.query:
            return enveloped(None, link=_link(seen, "offset=2"))
        return enveloped(["x"], link=None if "offset=2" in seen.query else _link(seen, "offset=1"))

    assert (await _walk(answer))[0] == ["x", "x"]


async def test_a_page_that_links_to_itself_ends_in_an_error() -> None:
    """A loop is not taken for a complete list, and each page is fetched once."""
    fetched: list[str] = []

    def answer(seen: Seen) -> Response:
        fetched.append(seen.query)
        return enveloped(["x"], link=_link(seen, seen.query))

    with pytest.raises(PartnerAnsweredBadly, match="links back"):
        await _walk(answer)
    assert fetched == ["limit=2"]


async def test_a_list_without_end_is_stopped() -> None:
    """Ever new pages are followed only so far."""

    def answer(seen: Seen) -> Response:
        offset = int(parse_qs(seen.query).get("offset", ["0"])[0])
        return enveloped(["x"], link=_link(seen, f"offset={offset + 1}"))

    with pytest.raises(PartnerAnsweredBadly, match="more pages"):
        await _walk(answer, max_pages=7)


async def test_a_list_that_goes_on_elsewhere_is_refused() -> None:
    """Our token is not carried to another host, however the link is put."""
    for elsewhere in ("http://169.254.169.254/latest", "https://evil.example/list", "http://127.0.0.1:1/list"):
        with pytest.raises(PartnerAnsweredBadly):
            await _walk(lambda seen, link=elsewhere: enveloped(["x"], link=link))  # type: ignore[misc]  # default binds


async def test_data_that_is_no_list_is_refused() -> None:
    """An object where a list belongs is a bad answer."""
    with pytest.raises(PartnerAnsweredBadly, match="not a list"):
        await _walk(lambda seen: enveloped({"id": "1"}))


def _counted(seen: Seen, items: list[object], total: int) -> Response:
    answer = enveloped(items)
    answer.headers["X-Total-Count"] = str(total)
    return answer


async def test_a_list_without_links_is_walked_by_its_count() -> None:
    """A partner that says how many there are and gives no link is asked for the rest by offset."""
    everything = [0, 1, 2, 3, 4]

    def answer(seen: Seen) -> Response:
        offset = int(parse_qs(seen.query).get("offset", ["0"])[0])
        return _counted(seen, everything[offset : offset + 2], 5)  # type: ignore[arg-type]  # a list of numbers

    items, requests = await _walk(answer)
    assert items == everything
    assert [each.query for each in requests] == ["limit=2", "limit=2&offset=2", "limit=2&offset=4"]


async def test_a_count_that_shrinks_or_lies_ends_with_the_objects() -> None:
    """Objects that went while we walked leave an empty page at the end, and no error."""

    def answer(seen: Seen) -> Response:
        return _counted(seen, [] if "offset=2" in seen.query else ["a", "b"], 9)

    assert (await _walk(answer))[0] == ["a", "b"]


async def test_a_count_is_not_trusted_against_links() -> None:
    """Where links were given, the page without one is the last, whatever the count says."""

    def answer(seen: Seen) -> Response:
        last = "offset=2" in seen.query
        page = enveloped(["b"] if last else ["a"], link=None if last else _link(seen, "offset=2"))
        page.headers["X-Total-Count"] = "50"
        return page

    items, requests = await _walk(answer)
    assert (items, len(requests)) == (["a", "b"], 2)


@pytest.mark.parametrize(
    "link", ["https://{host}/cpo/Version.v2/locations/?offset=2", "http://{host}/gone?offset=2", "http://[::1/"]
)
async def test_a_link_that_leads_nowhere_is_replaced_by_the_offset(link: str) -> None:
    """A partner that writes its links wrong but says how many there are is asked for the rest by offset, all of it."""
    everything = [0, 1, 2, 3, 4]

    def answer(seen: Seen) -> Response:
        if seen.path == "/gone":
            return enveloped(status=404, code=2000)
        offset = int(parse_qs(seen.query).get("offset", ["0"])[0])
        page = _counted(seen, everything[offset : offset + 2], 5)  # type: ignore[arg-type]  # a list of numbers
        page.headers["Link"] = f'<{link.format(host=seen.headers["host"])}>; rel="next"' if offset < 4 else ""
        return page

    items, requests = await _walk(answer)
    assert items == everything
    assert [each.query for each in requests if each.path != "/gone"] == [
        "limit=2",
        "limit=2&offset=2",
        "limit=2&offset=4",
    ]


async def test_a_list_is_not_cut_short_when_neither_link_nor_offset_works() -> None:
    """The first page again, in place of the second, is an error, also when the count would be reached with it."""

    def answer(seen: Seen) -> Response:
        if seen.path == "/gone":
            return enveloped(status=404, code=2000)
        page = _counted(seen, ["a", "b"], 3)
        page.headers["Link"] = f'<http://{seen.headers["host"]}/gone>; rel="next"'
        return page

    with pytest.raises(PartnerAnsweredBadly, match="offset is ignored"):
        await _walk(answer)


async def test_a_partner_that_ignores_the_offset_is_found_out() -> None:
    """The first page again and again is no list: neither by count nor by ever new links."""
    with pytest.raises(PartnerAnsweredBadly, match="offset is ignored"):
        await _walk(lambda seen: _counted(seen, ["a", "b"], 9))

    def answer(seen: Seen) -> Response:
        offset = int(parse_qs(seen.query).get("offset", ["0"])[0])
        return enveloped(["a", "b"], link=_link(seen, f"offset={offset + 2}"))

    with pytest.raises(PartnerAnsweredBadly, match="over and over"):
        await _walk(answer)


async def test_a_walk_is_taken_up_at_a_link_of_the_same_host_only() -> None:
    """A stored link leads back to where it came from, or nowhere; by offset the count still holds."""

    def answer(seen: Seen) -> Response:
        offset = int(parse_qs(seen.query).get("offset", ["0"])[0])
        return _counted(seen, [offset, offset + 1], 6)

    with partner(answer) as served:
        transport = a_transport()
        try:
            for begin_at in (f"{served.url}/list?limit=2&offset=2", "?limit=2&offset=2"):
                pages = pages_of(transport, f"{served.url}/list", Caller("t"), params={"limit": "2"}, begin_at=begin_at)
                assert [page.items async for page in pages] == [[2, 3], [4, 5]]
            elsewhere = pages_of(
                transport, f"{served.url}/list", Caller("t"), params={}, begin_at="http://evil.example/list"
            )
            with pytest.raises(PartnerAnsweredBadly, match="another host"):
                await anext(elsewhere)
        finally:
            await transport.aclose()


def _next(*values: str) -> str | None:
    return next_page(httpx.Headers([("Link", value) for value in values]), START)


def test_links_are_understood_in_their_usual_spellings() -> None:
    """Relative links, other relations, missing quotes and several headers are all understood."""
    page = "https://cpo.example/ocpi/locations?offset=2"
    assert _next(f'<{page}>; rel="next"') == page
    assert _next(f"<{page}>;rel=next") == page
    assert _next('<?offset=2>; rel="next"') == page
    assert _next(f'<https://cpo.example/first>; rel="first", <{page}>; rel="next"') == page
    assert _next('<https://cpo.example/first>; rel="first"', f'<{page}>; REL="next"') == page


def test_no_next_link_is_the_last_page() -> None:
    """Without a link to the next page the list is complete."""
    assert _next() is None
    assert _next('<https://cpo.example/first>; rel="prev"') is None


def test_a_link_over_http_is_followed_over_https() -> None:
    """Partners behind a TLS proxy write http into their links; our token never travels without TLS for it."""
    assert _next('<http://cpo.example/ocpi/locations?offset=2>; rel="next"') == (
        "https://cpo.example/ocpi/locations?offset=2"
    )


@pytest.mark.parametrize(
    "link",
    [
        "https://other.example/x",
        "https://cpo.example:8443/x",
        "http://cpo.example:8080/x",
        "https://user:pw@cpo.example/x",
        "ftp://cpo.example/x",
        "http://[::1/",
    ],
)
def test_links_to_other_origins_are_refused(link: str) -> None:
    """Another host, port or scheme, or credentials in the link, end the walk in an error."""
    with pytest.raises(PartnerAnsweredBadly):
        _next(f'<{link}>; rel="next"')
