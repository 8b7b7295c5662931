"""The live stream: the same bodies as a poll, resumable, closed at the end, silent to strangers."""

from contextlib import AsyncExitStack

import pytest

from api.changes import MOST_OF_ONE_DRIVER
from api.domain.charging.facts import DriverCanceled, Fact, HoldReleased
from api.services.charging.advance import apply_facts, lock_charge
from tests.api.routes.app.asgi_client import streaming
from tests.api.routes.app.conftest import App, Someone
from tests.api.routes.app.happenings import POST, change, charging
from tests.api.routes.app.test_problems import checked


async def apply(app: App, charging_session_id: str, *facts: Fact) -> None:
    """Let something happen to a charge."""
    async with app.work() as db:
        charge = await lock_charge(db=db, charging_session_id=charging_session_id)
        await apply_facts(db=db, ports=app.ports, now=app.clock.now(), charge=charge, facts=facts)


@pytest.mark.capability("A13")
async def test_each_change_is_sent_once_and_as_a_poll_shows_it(app: App, ada: Someone, places: dict[str, str]) -> None:
    """First the present state, then one event per change, each the very body of a poll (A13)."""
    started = (await ada.start(places[POST])).json()
    async with streaming(app.app, started["events_url"], dict(ada.http.headers)) as stream:
        assert await stream.status() == 200
        first = await stream.event()
        assert first is not None
        assert first["event"] == "charging_session"
        assert first["data"] == (await ada.http.get(started["url"])).text
        await charging(app, started["id"])
        second = await stream.event()
        assert second is not None
        assert int(second["id"]) > int(first["id"])
        assert second["data"] == (await ada.http.get(started["url"])).text


@pytest.mark.capability("A13")
async def test_a_phone_that_reconnects_gets_only_what_it_missed(app: App, ada: Someone, places: dict[str, str]) -> None:
    """With the newest ``Last-Event-ID`` nothing is repeated; with an older one the present state comes at once."""
    started = (await ada.start(places[POST])).json()
    version = (await ada.http.get(started["url"])).json()["version"]
    headers = dict(ada.http.headers) | {"Last-Event-ID": str(version)}
    async with streaming(app.app, started["events_url"], headers) as stream:
        assert await stream.status() == 200
        await change(app, started["id"])
        event = await stream.event()
        assert event is not None
        assert event["id"] == str(version + 1)
    async with streaming(app.app, started["events_url"], headers) as stream:
        assert await stream.status() == 200
        event = await stream.event()
        assert event is not None
        assert event["id"] == str(version + 1)


async def test_the_stream_ends_with_the_charge(app: App, ada: Someone, places: dict[str, str]) -> None:
    """After the final state the stream closes, and reconnecting is answered 204: do not come back."""
    started = (await ada.start(places[POST])).json()
    async with streaming(app.app, started["events_url"], dict(ada.http.headers)) as stream:
        assert await stream.status() == 200
        assert await stream.event() is not None
        await apply(app, started["id"], DriverCanceled(), HoldReleased())
        last = await stream.event()
        assert last is not None
        assert await stream.event() is None
    again = await ada.http.get(started["events_url"], headers={"Last-Event-ID": last["id"]})
    assert again.status_code == 204


async def test_nobody_waits_after_leaving(app: App, ada: Someone, places: dict[str, str]) -> None:
    """A phone that hangs up frees its place at once."""
    started = (await ada.start(places[POST])).json()
    async with streaming(app.app, started["events_url"], dict(ada.http.headers)) as stream:
        assert await stream.status() == 200
        await stream.event()
        assert app.app.state.changes.waiting == 1
    assert app.app.state.changes.waiting == 0


async def test_the_stream_does_not_outlive_the_sign_in(app: App, ada: Someone, places: dict[str, str]) -> None:
    """Once the access token has expired, the next news closes the stream; the app comes back with a fresh token."""
    started = (await ada.start(places[POST])).json()
    async with streaming(app.app, started["events_url"], dict(ada.http.headers)) as stream:
        assert await stream.status() == 200
        assert await stream.event() is not None
        app.clock.advance(900)
        await change(app, started["id"])
        assert await stream.event() is None


async def test_one_driver_cannot_take_all_places(app: App, ada: Someone, bob: Someone, places: dict[str, str]) -> None:
    """A driver follows a few streams at once; more are told to poll, at once too, and nobody else loses a place."""
    started = (await ada.start(places[POST])).json()
    etag = (await ada.http.get(started["url"])).headers["etag"]
    async with AsyncExitStack() as open_ones:
        for _ in range(MOST_OF_ONE_DRIVER):
            opening = streaming(app.app, started["events_url"], dict(ada.http.headers))
            stream = await open_ones.enter_async_context(opening)
            assert await stream.status() == 200
            assert await stream.event() is not None
        checked(await ada.http.get(started["events_url"]), 503, "service-unavailable")
        patient = await ada.http.get(started["url"], params={"wait": 20}, headers={"If-None-Match": etag})
        assert patient.status_code == 304
        assert not app.app.state.changes.full(bob.driver.id)
    assert not app.app.state.changes.full(ada.driver.id)
