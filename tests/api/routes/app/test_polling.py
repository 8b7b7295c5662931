"""Watching a charge: a poll that changes nothing reads nothing, and a memory that may be wrong is not used."""

import asyncio

import httpx
import pytest

from api.routes.app.etags import matches
from tests.api.routes.app.conftest import App, Someone
from tests.api.routes.app.happenings import POST, SESSIONS, change, heard, statements


@pytest.mark.capability("A10", "A12", "DC2")
async def test_an_unchanged_poll_reads_no_database(app: App, ada: Someone, places: dict[str, str]) -> None:
    """A poll with the current ETag answers 304 without one statement, and 200 again after a change (DC2)."""
    url = (await ada.start(places[POST])).json()["url"]
    charging_session_id = url.rsplit("/", 1)[1]
    await asyncio.sleep(0.05)
    first = await ada.http.get(url)
    assert first.status_code == 200
    etag = first.headers["etag"]
    with statements(app) as seen:
        for _ in range(20):
            same = await ada.http.get(url, headers={"If-None-Match": etag})
            assert (same.status_code, same.content) == (304, b"")
            assert same.headers["etag"] == etag
            assert same.headers["poll-after-s"] == str(first.json()["poll_after_s"])
    assert seen == []
    await change(app, charging_session_id)
    await heard(app, charging_session_id)
    changed = await ada.http.get(url, headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.json()["version"] == first.json()["version"] + 1
    assert changed.headers["etag"] != etag


@pytest.mark.capability("A11")
async def test_an_etag_does_not_depend_on_the_access_token(app: App, ada: Someone, places: dict[str, str]) -> None:
    """After a refresh the old ETag still answers 304 (A11)."""
    url = (await ada.start(places[POST])).json()["url"]
    etag = (await ada.http.get(url)).headers["etag"]
    tokens = (await ada.http.post("/v1/token-refreshes", json={"refresh_token": ada.tokens["refresh_token"]})).json()
    ada.http.headers["Authorization"] = f"Bearer {tokens['access_token']}"
    assert (await ada.http.get(url, headers={"If-None-Match": etag})).status_code == 304


async def test_the_memory_serves_its_owner_only(app: App, ada: Someone, bob: Someone, places: dict[str, str]) -> None:
    """Bob with Ada's ETag gets 404 like anybody; without or with a dead token it is 401, remembered or not."""
    url = (await ada.start(places[POST])).json()["url"]
    etag = (await ada.http.get(url)).headers["etag"]
    assert (await bob.http.get(url, headers={"If-None-Match": etag})).status_code == 404
    async with app.http as nobody:
        assert (await nobody.get(url, headers={"If-None-Match": etag})).status_code == 401
    app.clock.advance(900)
    expired = await ada.http.get(url, headers={"If-None-Match": etag})
    assert (expired.status_code, expired.json()["code"]) == (401, "access-token-expired")


async def test_a_lost_listener_means_no_memory(app: App, ada: Someone, places: dict[str, str]) -> None:
    """When the listening connection breaks, news may be missed: polls ask the database until it is back."""
    url = (await ada.start(places[POST])).json()["url"]
    charging_session_id = url.rsplit("/", 1)[1]
    await asyncio.sleep(0.05)
    etag = (await ada.http.get(url)).headers["etag"]
    assert app.app.state.changes.recall(charging_session_id) is not None
    async with app.work() as db:
        connection = await db.connection()
        await connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database() AND query LIKE '%LISTEN%'"
        )
    await heard(app, charging_session_id)
    await change(app, charging_session_id)
    changed = await ada.http.get(url, headers={"If-None-Match": etag})
    assert changed.status_code == 200
    for _ in range(100):
        fresh = await ada.http.get(url)
        if app.app.state.changes.recall(charging_session_id) is not None:
            break
        await asyncio.sleep(0.05)
    with statements(app) as seen:
        again = await ada.http.get(url, headers={"If-None-Match": fresh.headers["etag"]})
    assert (again.status_code, seen) == (304, [])


async def test_a_listener_that_died_means_no_memory(app: App, ada: Someone, places: dict[str, str]) -> None:
    """However the listening ended, also by a mistake of ours, nothing is served from memory afterwards."""
    url = (await ada.start(places[POST])).json()["url"]
    charging_session_id = url.rsplit("/", 1)[1]
    await asyncio.sleep(0.05)
    etag = (await ada.http.get(url)).headers["etag"]
    changes = app.app.state.changes
    assert changes.recall(charging_session_id) is not None
    listener = changes._task
    assert listener is not None
    listener.cancel()
    await asyncio.wait([listener])
    await change(app, charging_session_id)
    assert (await ada.http.get(url, headers={"If-None-Match": etag})).status_code == 200


@pytest.mark.capability("A10")
@pytest.mark.parametrize("header", ['"{}"', "W/{}", '"x", {}', "*"])
def test_etags_compare_weakly(header: str) -> None:
    """Lists, strong spellings and the star are understood (RFC 9110)."""
    etag = 'W/"chs_1-7"'
    text = header.replace('"{}"', '"chs_1-7"').replace("W/{}", etag).replace("{}", etag)
    assert matches(text, etag)
    assert not matches('W/"chs_1-8"', etag)
    assert not matches(None, etag)


@pytest.mark.capability("CK21", "CM16", "P5", "A10")
async def test_the_active_charge_restores_the_screen(app: App, ada: Someone, places: dict[str, str]) -> None:
    """Nothing going on is 200 with null; afterwards the whole charge; both answer 304 without the database (CK21)."""
    none = await ada.http.get(f"{SESSIONS}/active")
    assert (none.status_code, none.json()["charging_session"]) == (200, None)
    with statements(app) as seen:
        same = await ada.http.get(f"{SESSIONS}/active", headers={"If-None-Match": none.headers["etag"]})
    assert (same.status_code, seen) == (304, [])
    started = (await ada.start(places[POST])).json()
    await heard(app, ada.driver.id)
    active = await ada.http.get(f"{SESSIONS}/active", headers={"If-None-Match": none.headers["etag"]})
    assert active.status_code == 200
    assert active.json()["charging_session"] == (await ada.http.get(started["url"])).json()
    assert active.json()["poll_after_s"] == int(active.headers["poll-after-s"])


@pytest.mark.capability("A14")
async def test_a_long_poll_returns_with_the_news(app: App, ada: Someone, places: dict[str, str]) -> None:
    """With ``wait`` an unchanged poll holds until the change and then brings it (A14)."""
    url = (await ada.start(places[POST])).json()["url"]
    etag = (await ada.http.get(url)).headers["etag"]
    asking = asyncio.create_task(ada.http.get(url, params={"wait": 20}, headers={"If-None-Match": etag}))
    await asyncio.sleep(0.2)
    assert not asking.done()
    await change(app, url.rsplit("/", 1)[1])
    answer = await asyncio.wait_for(asking, 5)
    assert answer.status_code == 200
    assert answer.headers["etag"] != etag
    patient = await ada.http.get(url, params={"wait": 1}, headers={"If-None-Match": answer.headers["etag"]})
    assert patient.status_code == 304
    assert (await ada.http.get(url, params={"wait": 26})).status_code == 422


@pytest.mark.capability("A14")
@pytest.mark.parametrize("limit", ["MOST_OF_ONE_DRIVER", "MOST_WAITING"])
async def test_places_to_wait_are_bounded(
    app: App, ada: Someone, bob: Someone, places: dict[str, str], monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    """Beyond a limit, one driver's or everybody's, the answer comes at once, as without ``wait``."""
    monkeypatch.setattr("api.changes." + limit, 2)
    url = (await ada.start(places[POST])).json()["url"]
    etag = (await ada.http.get(url)).headers["etag"]
    changes = app.app.state.changes

    async def ask(seconds: int) -> httpx.Response:
        return await ada.http.get(url, params={"wait": seconds}, headers={"If-None-Match": etag})

    waiting = [asyncio.create_task(ask(20)) for _ in range(2)]
    while changes.waiting < 2:  # noqa: ASYNC110 - the requests get there by themselves
        await asyncio.sleep(0.01)
    assert changes.full(ada.driver.id)
    assert changes.full(bob.driver.id) == (limit == "MOST_WAITING"), "one driver's many phones are no matter of others"
    more = await asyncio.wait_for(asyncio.gather(*(ask(20) for _ in range(5))), 10)
    assert [each.status_code for each in more] == [304] * 5
    assert not any(each.done() for each in waiting), "who waits goes on waiting"
    await change(app, url.rsplit("/", 1)[1])
    assert [each.status_code for each in await asyncio.wait_for(asyncio.gather(*waiting), 5)] == [200, 200]
    assert (changes.waiting, changes.full(ada.driver.id)) == (0, False)
