"""How much one partner and strangers may use (X7, X8): refused before a body is read, and without a look-up."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from api.db import UnitOfWork
from api.routes.ocpi import create_ocpi_app
from api.routes.ocpi.admission import Admission, Bucket, Doors, TooBusy
from api.routes.ocpi.auth import IssuedTokens
from api.settings import Settings
from tests.api.routes.ocpi.conftest import E, World
from tests.api.routes.ocpi.payloads import session_body
from tests.api.services.roaming.builders import a_partner


def limited(world: World, **settings: Any) -> World:
    """Return the same world with other limits."""
    return replace(world, app=create_ocpi_app(Settings(**settings), world.ports, world.work))


async def test_a_partner_that_fills_its_places_waits_and_others_do_not(world: World) -> None:
    """With all places taken by slow bodies the next request gets 429 and Retry-After; another partner is served."""
    world = limited(world, partner_requests_at_once=2)
    async with world.work() as db:
        await a_partner(db, partner_id="prt_2", token="other")
    gate, waiting = asyncio.Event(), asyncio.Semaphore(0)
    read: list[bool] = []

    async def slow() -> AsyncIterator[bytes]:
        waiting.release()
        await gate.wait()
        yield b"{}"

    async def unread() -> AsyncIterator[bytes]:
        read.append(True)
        yield b"{}"

    path = f"{E}/sessions/DE/CPO/SES1"
    async with world.client() as client, world.client("other") as other:
        held = [asyncio.create_task(client.put(path, content=slow())) for _ in range(2)]
        for _ in held:
            await waiting.acquire()
        refused = await client.put(path, content=unread())
        served = await other.get("/versions")
        gate.set()
        done = [(await each).status_code for each in held]
        after = await client.put(path, json=session_body())
    assert (refused.status_code, refused.json()["status_code"], refused.headers["retry-after"]) == (429, 2000, "1")
    assert read == []
    assert (served.status_code, done, after.status_code) == (200, [200, 200], 200)


async def test_a_known_partner_that_is_too_busy_is_not_even_looked_up(world: World, work: UnitOfWork) -> None:
    """Its refusals cost no connection to the database, or it would keep the others from theirs."""
    app = create_ocpi_app(Settings(partner_requests_at_once=1), world.ports, world.work)
    world = replace(world, app=app)
    gate, inside = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        inside.set()
        await gate.wait()
        yield b"{}"

    async with world.client() as client:
        assert (await client.get("/versions")).status_code == 200
        held = asyncio.create_task(client.put(f"{E}/sessions/DE/CPO/SES1", content=slow()))
        await inside.wait()
        asked: list[str] = []
        event.listen(work.engine.sync_engine, "before_cursor_execute", lambda *each: asked.append(each[2]))
        refused = [await client.get("/versions") for _ in range(5)]
        assert ([each.status_code for each in refused], asked) == ([429] * 5, [])
        gate.set()
        await held
        assert (await client.get("/versions")).status_code == 200


async def test_token_uids_cannot_be_tried_out(world: World) -> None:
    """Beyond so many authorizations a minute the partner is told to wait; everything else goes on."""
    world = limited(world, authorizations_per_minute=3)
    async with world.client() as client:
        answers = [await client.post(f"{E}/tokens/GUESS{number}/authorize") for number in range(5)]
        assert (await client.get(f"{E}/tokens")).status_code == 200
    assert [answer.status_code for answer in answers] == [404, 404, 404, 429, 429]
    assert int(answers[-1].headers["retry-after"]) in range(1, 61)
    assert answers[-1].json()["status_code"] == 2000


async def test_strangers_cost_next_to_nothing(world: World, work: UnitOfWork) -> None:
    """The same wrong token is looked up once, of many different ones only some; partners are let in all the while."""
    world = limited(world, stranger_lookups_per_second=5)
    asked: list[str] = []
    event.listen(work.engine.sync_engine, "before_cursor_execute", lambda *each: asked.append(each[2]))
    async with world.client() as partner:
        assert (await partner.get("/versions")).status_code == 200
        asked.clear()
        answers = []
        for number in range(200):
            async with world.client(f"guess-{number % 100}") as stranger:
                answers.append((await stranger.get("/versions")).status_code)
        lookups = sum("FROM partner" in each for each in asked)
        assert (await partner.get("/versions")).status_code == 200
    assert set(answers) == {401, 429}
    assert lookups < 100
    async with world.client(None) as nobody:
        for header in ({}, {"Authorization": "Token"}, {"Authorization": f"Token {'x' * 5000}"}):
            asked.clear()
            assert (await nobody.get("/versions", headers=header)).status_code == 401
            assert asked == []


def test_a_bucket_fills_up_again() -> None:
    """So many at once, then so many a second, never more than the burst."""
    bucket = Bucket(per_second=2, burst=3, left=3)
    assert [bucket.take(0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert [bucket.take(0.5), bucket.take(0.5)] == [0, 0.5]
    assert [bucket.take(100) for _ in range(4)] == [0, 0, 0, 0.5]


def test_a_place_is_given_back_whatever_happens() -> None:
    """Also when the receiver raises."""
    admission = Admission(1, 1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), admission.place("prt_1"):
            raise ZeroDivisionError
    with admission.place("prt_1"), pytest.raises(TooBusy), admission.place("prt_1"):
        pass


def test_a_refused_token_is_looked_up_again_after_a_while() -> None:
    """It may have been given out meanwhile; a known one needs no place among the strangers."""
    now = [0.0]
    doors = Doors(1, 1, clock=lambda: now[0])
    assert doors.knock(["good"])
    doors.opened(["good"], "prt_1")
    assert doors.whose(["good"]) == "prt_1"
    assert doors.knock(["good"])
    with pytest.raises(TooBusy):
        doors.knock(["bad"])
    now[0] = 1
    assert doors.knock(["bad"])
    doors.closed(["bad"])
    assert not doors.knock(["bad"])
    now[0] = 20
    assert doors.knock(["bad"])


def test_what_is_remembered_of_strangers_is_bounded() -> None:
    """A flood of different tokens does not fill the memory."""
    doors = Doors(1, 1)
    for number in range(30_000):
        doors.closed([str(number)])
    assert len(doors._refused) == 10_000


@pytest.mark.parametrize("method", ["OPTIONS", "HEAD", "TRACE", "PURGE"])
async def test_other_methods_are_answered_in_kind(world: World, method: str) -> None:
    """HEAD is a GET without a body; what OCPI does not have is 405 with the methods there are, in an envelope."""
    async with world.client() as client:
        answer: httpx.Response = await client.request(method, "/versions")
    if method == "HEAD":
        assert answer.status_code == 200
        return
    assert (answer.status_code, answer.json()["status_code"]) == (405, 2000)
    assert set(answer.headers["allow"].replace(" ", "").split(",")) == {"GET", "HEAD"}


async def test_a_flood_of_strangers_keeps_no_partner_out(world: World, work: UnitOfWork) -> None:
    """Right after a restart no partner is known yet: whoever has a token of ours is let in, first time or not."""
    world = limited(world, stranger_lookups_per_second=5, stranger_lookups_per_address=2)
    asked: list[str] = []
    event.listen(work.engine.sync_engine, "before_cursor_execute", lambda *each: asked.append(each[2]))
    answers = []
    for number in range(60):
        async with world.client(f"guess-{number}") as stranger:
            answers.append((await stranger.get("/versions")).status_code)
    assert {401, 429} == set(answers)
    assert len(asked) < 20, "the list of tokens is read about once a second"
    async with world.client() as partner:
        assert (await partner.get("/versions")).status_code == 200
        assert (await partner.get(f"{E}/tokens")).status_code == 200


async def test_a_token_that_was_just_given_out_is_known_within_a_second(world: World) -> None:
    """The list is read again: a newcomer waits no longer than it was told to."""
    now = [0.0]
    issued = IssuedTokens(clock=lambda: now[0])
    assert not await issued.have(("fresh",), world.work)
    async with world.work() as db:
        await a_partner(db, partner_id="prt_2", token="fresh")
    assert not await issued.have(("fresh",), world.work)
    now[0] = 1
    assert await issued.have(("something", "fresh"), world.work)


def test_one_address_leaves_the_others_their_look_ups() -> None:
    """Each has a few, and all together more; of IPv6 a whole network counts as one."""
    doors = Doors(10, 2, clock=lambda: 0)
    for address in ("192.0.2.1", "192.0.2.2", "2001:db8:0:1::1"):
        assert all(doors.knock([f"{address} {number}"], address) for number in range(2))
        with pytest.raises(TooBusy):
            doors.knock(["one more"], address)
    with pytest.raises(TooBusy):
        doors.knock(["from next door"], "2001:db8:0:1::2")
    for number in range(4):
        assert doors.knock([str(number)], f"198.51.100.{number}")
    with pytest.raises(TooBusy):
        doors.knock(["too many in all"], "203.0.113.1")
