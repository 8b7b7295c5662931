"""Tests of ``clients.ocpi.gateway``: the port, over real HTTP to a partner on loopback."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import pytest
from starlette.responses import Response

from api.domain.roaming.command import AnswerKind, CommandAnswer
from api.ports.places import Places, PulledPage
from api.ports.roaming import (
    PartnerAnsweredBadly,
    PartnerUnreachable,
    PulledObject,
    Roaming,
    UnreadableObject,
)
from clients.ocpi.dialect import SUPPORTED, Dialect, UnknownVersion, dialect_for
from clients.ocpi.gateway import OcpiGateway
from clients.ocpi.places import OcpiPlaces
from clients.ocpi.pulled import NotOffered
from tests.clients.ocpi.peer import Partner, Seen, a_transport, enveloped, partner
from tests.clients.ocpi.samples import a_cdr, a_location, a_session, a_tariff, an_evse
from tests.clients.ocpi.shared import assert_as_specified
from tests.clients.ocpi.v2_2_1.mapping.test_command import START, STOP

Result = TypeVar("Result")
SINCE = datetime.fromisoformat("2025-03-03T18:05:09.5+01:00")


async def _with_gateway(
    answer: Callable[[Seen], Response], act: Callable[[Roaming, Partner], Awaitable[Result]]
) -> Any:
    with partner(answer) as served:
        transport = a_transport()
        try:
            return await act(OcpiGateway(transport), served), served.seen
        finally:
            await transport.aclose()


async def _with_places(answer: Callable[[Seen], Response], act: Callable[[Places, Partner], Awaitable[Result]]) -> Any:
    with partner(answer) as served:
        transport = a_transport()
        try:
            return await act(OcpiPlaces(transport), served), served.seen
        finally:
            await transport.aclose()


async def _listed(pages: AsyncIterator[PulledPage[Result]]) -> list[PulledObject[Result] | UnreadableObject]:
    return [each async for page in pages for each in page.objects]


async def _all(pulled: AsyncIterator[Result]) -> list[Result]:
    return [each async for each in pulled]


async def test_an_answer_to_a_command_may_come_as_a_list_of_it() -> None:
    """Some libraries put every single object into a list: a start that was accepted must not end as unknown."""
    answer, _ = await _with_gateway(
        lambda seen: enveloped([{"result": "ACCEPTED", "timeout": 40, "message": []}]),
        lambda gateway, served: gateway.send_start(served.peer(), START),
    )
    assert answer == CommandAnswer(AnswerKind.ACCEPTED, 40)


async def test_a_start_is_posted_once_and_its_answer_read() -> None:
    """The command goes to the peer's commands endpoint, routed, as specified; the answer comes back in our words."""
    answer, seen = await _with_gateway(
        lambda seen: enveloped({"result": "ACCEPTED", "timeout": 40}),
        lambda gateway, served: gateway.send_start(served.peer(), START),
    )
    assert answer == CommandAnswer(AnswerKind.ACCEPTED, 40)
    assert [(each.method, each.path) for each in seen] == [("POST", "/commands/START_SESSION")]
    assert (seen[0].headers["ocpi-to-party-id"], seen[0].headers["ocpi-from-party-id"]) == ("WPX", "CHH")
    assert seen[0].headers["content-type"] == "application/json"
    assert_as_specified(json.loads(seen[0].body), "StartSession")


async def test_a_stop_is_posted_once() -> None:
    """A refusal is an answer, not an error."""
    answer, seen = await _with_gateway(
        lambda seen: enveloped({"result": "UNKNOWN_SESSION", "timeout": 0}),
        lambda gateway, served: gateway.send_stop(served.peer(raw_token_header=True), STOP),
    )
    assert answer.kind is AnswerKind.UNKNOWN_SESSION
    assert seen[0].path == "/commands/STOP_SESSION"
    assert seen[0].headers["authorization"] == "Token their-secret"
    assert_as_specified(json.loads(seen[0].body), "StopSession")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (lambda seen: Response(status_code=504), PartnerUnreachable),
        (lambda seen: enveloped({"result": "ACCEPTED", "timeout": 1}, code=2003), PartnerAnsweredBadly),
        (lambda seen: enveloped({"result": "ACCEPTED", "timeout": 1}, code=4002), PartnerAnsweredBadly),
        (lambda seen: enveloped({"result": "PERHAPS"}), PartnerAnsweredBadly),
        (lambda seen: enveloped(None), PartnerAnsweredBadly),
        (lambda seen: Response(b'{"data":{"result":"ACC'), PartnerAnsweredBadly),
    ],
)
async def test_a_command_without_a_clear_answer_is_an_error_and_not_repeated(
    answer: Callable[[Seen], Response], error: type[Exception]
) -> None:
    """Neither silence nor nonsense is taken for an answer, and the command is never sent again."""
    requests: list[Seen] = []

    def once(seen: Seen) -> Response:
        requests.append(seen)
        return answer(seen)

    with pytest.raises(error):
        await _with_gateway(once, lambda gateway, served: gateway.send_start(served.peer(), START))
    assert len(requests) == 1


async def test_each_list_is_pulled_from_its_module() -> None:
    """Objects come in our words with the JSON they came as; the time is sent in UTC."""
    objects = {"/locations": a_location(), "/tariffs": a_tariff(), "/sessions": a_session(), "/cdrs": a_cdr()}

    async def act(gateway: Roaming, served: Partner) -> list[Any]:
        peer = served.peer()
        return [
            *await _all(gateway.pull_sessions(peer, changed_since=SINCE)),
            *await _all(gateway.pull_cdrs(peer, changed_since=SINCE)),
        ]

    async def look(places: Places, served: Partner) -> list[Any]:
        peer = served.peer()
        return [
            *await _listed(places.location_pages(peer, changed_since=SINCE)),
            *await _listed(places.tariff_pages(peer, changed_since=SINCE)),
        ]

    pulled, seen = await _with_places(lambda seen: enveloped([objects[seen.path]]), look)
    more, seen_too = await _with_gateway(lambda seen: enveloped([objects[seen.path]]), act)
    pulled, seen = [*pulled, *more], [*seen, *seen_too]
    dialect = dialect_for("2.2.1")
    assert [each.value for each in pulled] == [
        dialect.read_location(a_location()),
        dialect.read_tariff(a_tariff()),
        dialect.read_session(a_session()),
        dialect.read_cdr(a_cdr()),
    ]
    assert [json.loads(each.raw)["id"] for each in pulled] == ["garage-1", "day", "s-88", "cdr-88"]
    assert '"excl_vat":5.945' in pulled[3].raw
    assert {each.query for each in seen} == {"limit=200&date_from=2025-03-03T17%3A05%3A09Z"}


async def test_a_full_pull_names_no_time() -> None:
    """Without ``changed_since`` the whole list is asked for."""
    _, seen = await _with_places(
        lambda seen: enveloped([]), lambda places, served: _listed(places.location_pages(served.peer()))
    )
    assert [each.query for each in seen] == ["limit=200"]


async def test_one_bad_object_never_loses_the_rest() -> None:
    """Unreadable objects come as such, in their place, with reason and JSON; good ones around them are read."""
    listed = [a_cdr(id="a"), a_cdr(id="b", total_cost=None), 7, a_cdr(id="c", total_energy=Decimal("1E+400")), a_cdr()]
    pulled, _ = await _with_gateway(
        lambda seen: enveloped(listed),
        lambda gateway, served: _all(gateway.pull_cdrs(served.peer(), changed_since=SINCE)),
    )
    kinds = [type(each) for each in pulled]
    assert kinds == [PulledObject, UnreadableObject, UnreadableObject, UnreadableObject, PulledObject]
    assert "total_cost" in pulled[1].reason
    assert [each.raw for each in pulled[2:3]] == ["7"]
    assert json.loads(pulled[1].raw)["id"] == "b"


async def test_tariffs_of_a_peer_without_that_module_come_from_its_locations() -> None:
    """Some feeds put tariffs on their EVSEs; they are given as tariffs of the location's owner."""
    tariff = a_tariff(id="embedded", party_id=None)
    del tariff["party_id"]
    location = a_location(evses=[an_evse(tariffs=[tariff, {"id": "odd"}])])
    pulled, seen = await _with_places(
        lambda seen: enveloped([location]),
        lambda places, served: _listed(places.tariff_pages(served.peer(modules=("locations",)))),
    )
    assert [each.path for each in seen] == ["/locations"]
    assert (pulled[0].value.id, pulled[0].value.party_id) == ("embedded", "WPX")
    assert isinstance(pulled[1], UnreadableObject)


async def test_what_a_peer_does_not_offer_is_said_before_anything_is_called() -> None:
    """A missing module is its own error, and a bad answer to those who do not ask closer."""

    async def act(gateway: Roaming, served: Partner) -> None:
        peer = served.peer(modules=("locations",))
        with pytest.raises(NotOffered):
            await _all(gateway.pull_cdrs(peer, changed_since=SINCE))
        with pytest.raises(PartnerAnsweredBadly):
            await gateway.send_stop(replace(peer, endpoints=()), STOP)

    _, seen = await _with_gateway(lambda seen: enveloped([]), act)
    assert seen == []


async def test_a_failure_on_a_later_page_is_raised_after_the_earlier_objects() -> None:
    """What was read before the failure is not lost, and the end of the list is not pretended."""
    got: list[str] = []

    def answer(seen: Seen) -> Response:
        if "page=2" in seen.query:
            return enveloped(code=3000)
        return enveloped([a_location()], link=f"http://{seen.headers['host']}/locations?page=2")

    async def act(places: Places, served: Partner) -> None:
        async for page in places.location_pages(served.peer()):
            got.extend(each.raw for each in page.objects)

    with pytest.raises(PartnerAnsweredBadly):
        await _with_places(answer, act)
    assert len(got) == 1


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (lambda seen: enveloped(a_location()), True),
        (lambda seen: enveloped([a_location()]), True),
        (lambda seen: enveloped(None), None),
        (lambda seen: enveloped(code=2003), None),
        (lambda seen: enveloped(status=404, code=2003), None),
        (lambda seen: Response(status_code=404), None),
        (lambda seen: enveloped({"id": 1}), False),
    ],
)
async def test_one_location_is_fetched_by_its_id(answer: Callable[[Seen], Response], found: bool | None) -> None:
    """Found, not there, or unreadable; the id is one part of the path, whatever is in it."""
    got, seen = await _with_places(answer, lambda places, served: places.fetch_location(served.peer(), "a/b c"))
    assert (None if got is None else isinstance(got, PulledObject)) is found
    assert [each.path for each in seen] == ["/locations/a%2Fb%20c"] or [each.path for each in seen] == [
        "/locations/a/b c"
    ]


async def test_one_evse_is_fetched_and_a_refusal_is_an_error() -> None:
    """An EVSE comes from below its location; an answer that says neither is no answer."""
    got, seen = await _with_places(
        lambda seen: enveloped(an_evse()), lambda places, served: places.fetch_evse(served.peer(), "L", "E")
    )
    assert (got.value, seen[0].path) == (dialect_for("2.2.1").read_evse(an_evse()), "/locations/L/E")
    with pytest.raises(PartnerAnsweredBadly):
        await _with_places(
            lambda seen: enveloped(code=3000), lambda places, served: places.fetch_evse(served.peer(), "L", "E")
        )


async def test_a_page_knows_the_clock_the_count_and_where_to_go_on() -> None:
    """A pull that broke off goes on at the link of the page it wrote last."""

    def answer(seen: Seen) -> Response:
        following = f"http://{seen.headers['host']}/locations?page=2" if "page=2" not in seen.query else None
        return enveloped([a_location()], link=following)

    async def act(places: Places, served: Partner) -> list[Any]:
        first = [page async for page in places.location_pages(served.peer())]
        again = [page async for page in places.location_pages(served.peer(), begin_at=first[0].next_link)]
        return [first, again]

    (first, again), seen = await _with_places(answer, act)
    assert [page.next_link is None for page in first] == [False, True]
    assert first[0].total == 1
    assert abs(datetime.now(UTC) - first[0].partner_at) < timedelta(minutes=1)
    assert [page.objects for page in again] == [page.objects for page in first[1:]]
    assert [each.query for each in seen] == ["limit=200", "page=2", "page=2"]


def test_only_versions_we_speak_have_a_dialect() -> None:
    """Every supported version has a dialect of that name; another is refused."""
    for version in SUPPORTED:
        dialect: Dialect = dialect_for(version)
        assert dialect.version == version
    with pytest.raises(UnknownVersion):
        dialect_for("2.0")
