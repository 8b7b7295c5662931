"""Passes told to partners: each of them all that it does not know, nothing twice, whatever breaks on the way."""

from typing import cast

import pytest

from api.db import UnitOfWork
from api.domain.roaming.partner import Endpoint, InterfaceRole
from api.domain.roaming.token import DriverToken, TokenType
from api.ports.roaming import PartnerAnsweredBadly, PartnerUnreachable
from api.services.deferral import Job
from api.services.roaming.documents import write_endpoints
from api.services.roaming.pass_push import sweep_pushes
from api.services.roaming.pass_steps import UnknownPass
from api.services.roaming.passes import (
    PassTaken,
    PassUnusable,
    UnknownDriver,
    add_pass,
    block_pass,
    list_passes,
    unblock_pass,
)
from tests.bench import Bench, a_bench
from tests.builders import a_driver, a_partner
from tests.fakes import FakePassSync

TAKES = [Endpoint("tokens", InterfaceRole.RECEIVER, "https://cpo.test/tokens")]
AWAY = PartnerUnreachable("partner_unreachable")


def refusal(http_status: int, ocpi_status: int) -> PartnerAnsweredBadly:
    """Return what a partner answers that refuses."""
    facts = {"http_status": http_status, "ocpi_status": ocpi_status, "message": "no"}
    return PartnerAnsweredBadly("partner_answered_badly", **facts)


@pytest.fixture
async def bench(work: UnitOfWork) -> Bench:
    """Return an installation with a partner that takes tokens, one that does not, and a driver."""
    bench = a_bench(work)
    await a_partner(bench, endpoints=write_endpoints(TAKES))
    await a_partner(bench, partner_id="prt_2")
    await a_driver(bench)
    return bench


def synced(bench: Bench) -> FakePassSync:
    """Return the partners' copies."""
    return cast(FakePassSync, bench.ports.pass_sync)


async def add(bench: Bench, uid: str = "04aabbcc") -> None:
    """Give the driver a pass."""
    async with bench.work() as db:
        await add_pass(db=db, now=bench.clock.now(), driver_id="drv_1", uid=uid, visual_number="CARD 7")


async def change(bench: Bench, uid: str = "04aabbcc", *, valid: bool) -> None:
    """Block or unblock a pass, a minute later."""
    bench.clock.advance(60)
    async with bench.work() as db:
        await (unblock_pass if valid else block_pass)(db=db, now=bench.clock.now(), uid=uid)


async def test_a_pass_is_put_when_added_and_patched_when_blocked(bench: Bench) -> None:
    """Only a partner that takes tokens is told; unblocking gives the whole pass again; nothing is told twice."""
    await add(bench)
    await bench.run(Job.PUSH_PASSES)
    await change(bench, valid=False)
    await bench.run(Job.PUSH_PASSES)
    await change(bench, valid=False)
    await change(bench, valid=True)
    await bench.run(Job.PUSH_PASSES)

    assert [method for method, _ in synced(bench).of("prt_1")] == ["put_token", "patch_token", "put_token"]
    assert synced(bench).of("prt_2") == []
    first = synced(bench).of("prt_1")[0][1]
    assert isinstance(first, DriverToken)
    assert (first.uid, first.type, first.whitelist, first.visual_number) == ("04AABBCC", "rfid", "never", "CARD 7")
    assert synced(bench).calls[1].arguments[2] is False
    assert await sweep_pushes(work=bench.work, ports=bench.ports) == 0


async def test_a_rolled_back_pass_is_told_to_nobody(bench: Bench) -> None:
    """The job is deferred in the transaction of the change."""

    async def add_twice() -> None:
        async with bench.work() as db:
            for _ in range(2):
                await add_pass(db=db, now=bench.clock.now(), driver_id="drv_1", uid="X1")

    with pytest.raises(PassTaken):
        await add_twice()
    assert await bench.drain() == []


async def test_a_partner_that_was_away_is_told_what_it_missed(bench: Bench) -> None:
    """Each failure makes the wait longer; then it gets the newest state of each pass, once."""
    synced(bench).troubles.extend([AWAY, AWAY])
    await add(bench)
    await bench.run(Job.PUSH_PASSES)
    await change(bench, valid=False)
    await add(bench, "X2")
    await bench.run(Job.PUSH_PASSES)
    assert len(synced(bench).calls) == 2
    assert await sweep_pushes(work=bench.work, ports=bench.ports) == 0

    bench.clock.advance(61)
    assert await sweep_pushes(work=bench.work, ports=bench.ports) == 1
    await bench.run(Job.PUSH_PASSES)

    tokens = [cast(DriverToken, told) for _, told in synced(bench).of("prt_1")[2:]]
    assert [(token.uid, token.valid) for token in tokens] == [("04AABBCC", False), ("X2", True)]
    assert await bench.rows("SELECT failures, problem, next_at FROM pass_push_state") == [(0, None, None)]


async def test_a_partner_that_connects_later_is_told_of_every_pass(bench: Bench) -> None:
    """The sweep finds what is owed to it."""
    await add(bench)
    await bench.run(Job.PUSH_PASSES)
    await a_partner(bench, partner_id="prt_3", endpoints=write_endpoints(TAKES))

    assert await sweep_pushes(work=bench.work, ports=bench.ports) == 1
    await bench.run(Job.PUSH_PASSES)

    assert [method for method, _ in synced(bench).of("prt_3")] == ["put_token"]


async def test_a_refused_pass_keeps_none_of_the_others_waiting(bench: Bench) -> None:
    """It is kept as refused, not asked again until it changes, and then given whole."""
    synced(bench).troubles.append(refusal(200, 2001))
    await add(bench, "X1")
    await add(bench, "X2")
    await bench.run(Job.PUSH_PASSES)
    assert len(synced(bench).calls) == 2
    refused = await bench.rows("SELECT token_uid, has_it, refusal FROM pass_sync ORDER BY token_uid")
    assert refused == [("X1", False, "no"), ("X2", True, None)]

    await change(bench, "X1", valid=False)
    await bench.run(Job.PUSH_PASSES)
    assert synced(bench).of("prt_1")[-1][0] == "put_token"


async def test_a_partner_that_lost_a_pass_is_given_it_whole(bench: Bench) -> None:
    """A change of a pass that the partner does not know any more is answered with 404: then it is put."""
    await add(bench)
    await bench.run(Job.PUSH_PASSES)
    synced(bench).troubles.append(refusal(404, 2004))
    await change(bench, valid=False)
    await bench.run(Job.PUSH_PASSES)
    assert [method for method, _ in synced(bench).of("prt_1")] == ["put_token", "patch_token", "put_token"]


async def test_what_is_no_pass_is_refused(bench: Bench) -> None:
    """A uid is printable, at most 36 long and new; the driver is known; the kind is that of a thing to carry."""
    now = bench.clock.now()
    for uid, kind in (
        ("", TokenType.RFID),
        ("X" * 37, TokenType.RFID),
        ("é", TokenType.RFID),
        ("X", TokenType.APP_USER),
    ):
        with pytest.raises(PassUnusable):
            async with bench.work() as db:
                await add_pass(db=db, now=now, driver_id="drv_1", uid=uid, token_type=kind)
    with pytest.raises(UnknownDriver):
        async with bench.work() as db:
            await add_pass(db=db, now=now, driver_id="drv_9", uid="X")
    with pytest.raises(UnknownPass):
        async with bench.work() as db:
            await block_pass(db=db, now=now, uid="X")
    async with bench.work() as db:
        assert await list_passes(db=db) == []
