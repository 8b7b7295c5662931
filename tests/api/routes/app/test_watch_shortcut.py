"""Watching past the framework: the same answers as the routes give, to nobody else, and never an old one."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx
import pytest
import uvicorn
from sqlalchemy import text

from api.services.charging.quick_look import Looks
from api.services.work import StatementFailed
from tests.api.routes.app.asgi_client import streaming
from tests.api.routes.app.conftest import App, Someone
from tests.api.routes.app.happenings import POST, change, charging, heard, statements

_OWN = {"x-request-id": "mine-1"}


async def by_route(app: App, someone: Someone, url: str, **headers: str) -> httpx.Response:
    """Ask the route itself, as if nothing stood before it."""
    transport = httpx.ASGITransport(app.app, root_path="")
    async with httpx.AsyncClient(transport=transport, base_url="http://app.test") as http:
        return await http.get(f"{url}?wait=0", headers=dict(someone.http.headers) | headers)


@pytest.mark.capability("A10")
@pytest.mark.parametrize("coding", ["identity", "gzip"])
async def test_the_short_way_answers_as_the_route_does(
    app: App, ada: Someone, places: dict[str, str], coding: str
) -> None:
    """Status, body and headers are the same, byte for byte, in every language and however it travels."""
    started = (await ada.start(places[POST])).json()
    await charging(app, started["id"])
    for language in ("de", "fr-CH, de;q=0.5", "xx"):
        headers = {"accept-language": language, "accept-encoding": coding} | _OWN
        short = await ada.http.get(started["url"], headers=headers)
        route = await by_route(app, ada, started["url"], **headers)
        assert short.status_code == route.status_code == 200
        assert short.content == route.content
        assert dict(short.headers) == dict(route.headers)
    known = {"if-none-match": short.headers["etag"]} | _OWN
    short = await ada.http.get(started["url"], headers=known)
    route = await by_route(app, ada, started["url"], **known)
    assert short.status_code == route.status_code == 304
    assert dict(short.headers) == dict(route.headers)


@pytest.mark.capability("A10", "DC2")
async def test_news_are_read_once_for_all_who_ask(app: App, ada: Someone, places: dict[str, str]) -> None:
    """A second phone that has an old version gets the text of the first, with the seconds that passed since."""
    started = (await ada.start(places[POST])).json()
    await charging(app, started["id"])
    async with app.work() as db:
        await (await db.connection()).execute(text("UPDATE charging_session SET metered_at = charging_at"))
    await asyncio.sleep(0.1)
    fresh = await ada.http.get(started["url"])
    old = {"if-none-match": f'W/"{started["id"]}-1"'}
    app.clock.advance(7)
    with statements(app) as seen, _Counted(app) as read:
        told = await ada.http.get(started["url"], headers=old)
    assert (seen, read) == ([], [])
    assert told.json() == fresh.json() | {
        "metering_age_s": fresh.json()["metering_age_s"] + 7,
        "duration_s": fresh.json()["duration_s"] + 7,
    }
    assert told.content == (await by_route(app, ada, started["url"])).content


@pytest.mark.capability("A10")
async def test_what_was_heard_of_is_never_told_as_it_was(app: App, ada: Someone, places: dict[str, str]) -> None:
    """After the news an old version is answered with the new state, also to an app that heard of it before us."""
    started = (await ada.start(places[POST])).json()
    await asyncio.sleep(0.1)
    first = await ada.http.get(started["url"])
    old = {"if-none-match": f'W/"{started["id"]}-1"'}
    await change(app, started["id"])
    await heard(app, started["id"])
    assert (await ada.http.get(started["url"], headers=old)).json()["version"] == first.json()["version"] + 1
    ahead = {"if-none-match": f'W/"{started["id"]}-{first.json()["version"] + 5}"'}
    with _Counted(app) as read:
        assert (await ada.http.get(started["url"], headers=ahead)).status_code == 200
        plain = await ada.http.get(started["url"])
    assert plain.status_code == 200
    assert len(read) == 2, "who is ahead of us, and who says nothing of what it has, is told what is read now"


async def test_a_hint_that_comes_with_time_is_not_missed(app: App, ada: Someone, places: dict[str, str]) -> None:
    """Where the mere passing of time changes more than seconds, the text made before is not used any more."""
    started = (await ada.start(places[POST])).json()
    await charging(app, started["id"])
    async with app.work() as db:
        await (await db.connection()).execute(text("UPDATE charging_session SET kwh = 0"))
    await asyncio.sleep(0.1)
    assert (await ada.http.get(started["url"])).json()["hints"] == []
    app.clock.advance(timedelta(minutes=10, seconds=1).total_seconds())
    late = await ada.http.get(started["url"], headers={"if-none-match": f'W/"{started["id"]}-1"'})
    assert [hint["code"] for hint in late.json()["hints"]] == ["vehicle_schedule"]


async def test_no_driver_is_told_of_anothers_charge(
    app: App, ada: Someone, bob: Someone, places: dict[str, str]
) -> None:
    """Bob gets 404 for Ada's charge, whatever version he claims to have and whatever was just made for her."""
    started = (await ada.start(places[POST])).json()
    await asyncio.sleep(0.1)
    etag = (await ada.http.get(started["url"])).headers["etag"]
    for had in (etag, f'W/"{started["id"]}-1"', "*"):
        assert (await bob.http.get(started["url"], headers={"if-none-match": had})).status_code == 404
    assert (await bob.http.get(started["url"])).status_code == 404
    assert (await bob.http.get(started["events_url"])).status_code == 404
    asked = await asyncio.gather(*(who.http.get(started["url"]) for who in (ada, bob, ada, bob)))
    assert [answer.status_code for answer in asked] == [200, 404, 200, 404]
    assert app.app.state.changes.waiting == 0


async def test_each_listener_hears_in_its_language(app: App, ada: Someone, places: dict[str, str]) -> None:
    """One change is read once and told to all who listen, to each in the language that it asked for."""
    started = (await ada.start(places[POST])).json()
    headers = [dict(ada.http.headers) | {"accept-language": each} for each in ("de", "sv", "de")]
    first, second, third = (streaming(app.app, started["events_url"], each) for each in headers)
    async with first as one, second as two, third as three:
        for stream in (one, two, three):
            assert await stream.status() == 200
            await stream.event()
        with _Counted(app) as read:
            await charging(app, started["id"])
            told = [await stream.event() for stream in (one, two, three)]
        assert len(read) == 1
    for event, asked in zip(told, headers, strict=True):
        assert event is not None
        assert event["data"] == (await by_route(app, ada, started["url"], **asked)).text


async def test_who_asks_after_a_failure_is_answered(app: App) -> None:
    """A statement that fails is told to all who waited for it, and to nobody who asks afterwards."""
    looks = Looks(app.work)
    failing: Any = _Failing(app.work)
    looks._work = failing
    told = await asyncio.gather(looks.of("chs_1"), looks.of("chs_2"), looks.of("chs_1"), return_exceptions=True)
    assert all(isinstance(each, StatementFailed) for each in told)
    looks._work = app.work
    assert await asyncio.wait_for(looks.of("chs_1"), 5) is None


@pytest.mark.capability("A13")
async def test_a_server_that_is_told_to_stop_ends_its_streams(
    app: App, ada: Someone, places: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """uvicorn waits for answers before it stops, so streams look for themselves, and end in good order."""
    monkeypatch.setattr("api.routes.app.live_streams.PING_S", 3.0)
    started = (await ada.start(places[POST])).json()
    config = uvicorn.Config(app.app, port=0, lifespan="off", log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells by a flag
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    address = f"http://127.0.0.1:{port}{started['events_url']}"
    async with httpx.AsyncClient() as http, http.stream("GET", address, headers=dict(ada.http.headers)) as answer:
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        lines = answer.aiter_lines()
        assert (await anext(lines)).startswith("id: ")
        ping = [line async for line in _until_ping(lines)][-1]
        assert ping.startswith(": ping - ")
        server.should_exit = True
        assert [line async for line in lines if line.startswith("id: ")] == []
    await asyncio.wait_for(running, 10)
    assert app.app.state.changes.waiting == 0


async def _until_ping(lines: Any) -> Any:
    async for line in lines:
        yield line
        if line.startswith(":"):
            return


class _Failing:
    """A database that takes no statement."""

    def __init__(self, work: Any) -> None:
        self._work = work

    def statements(self) -> "_Failing":
        return self

    async def __aenter__(self) -> "_Failing":
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def all(self, _statement: str, *_values: object) -> Sequence[Any]:
        await asyncio.sleep(0)
        raise StatementFailed


class _Counted:
    """Collect which charges are read past the mapping of rows."""

    def __init__(self, app: App) -> None:
        application: Any = app.app
        self._looks = application.watching._answers._looks

    def __enter__(self) -> list[str]:
        read: list[str] = []
        next_ = type(self._looks)._next

        def noted() -> Any:
            batch = next_(self._looks)
            read.extend(batch)
            return batch

        self._looks._next = noted
        return read

    def __exit__(self, *_: object) -> None:
        del self._looks._next
