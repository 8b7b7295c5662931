"""Notes of exchanges: bounded in memory and on disk, written in the background, added up over processes."""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from api.db import UnitOfWork, make_engine
from api.domain.roaming.exchange import Direction, Exchange
from api.models.traffic import PartnerExchange, PartnerOddity, PartnerPush, PartnerTally
from api.services.roaming.traffic import SAMPLES, TrafficBuffer, flush_traffic, flushing
from api.services.roaming.traffic_store import FAILED_KEPT, FINE_KEPT, ODDITIES_KEPT, TALLIES_KEPT
from tests.api.services.roaming.builders import at


def exchange(number: int = 0, **fields: Any) -> Exchange:
    """Return a good inbound exchange."""
    values: dict[str, Any] = {
        "partner_id": "prt_1",
        "at": at(0),
        "direction": Direction.INBOUND,
        "method": "PUT",
        "path": f"/2.2.1/emsp/sessions/DE/CPO/{number}",
        "module": "sessions",
        "http_status": 200,
        "ocpi_status": 1000,
    }
    return Exchange(**(values | fields))


async def rows(work: UnitOfWork, model: Any) -> list[Any]:
    """Return the rows of a table in the order of their keys."""
    async with work() as db:
        return list((await db.exec(select(model).order_by(*model.__table__.primary_key.columns))).all())


async def test_failed_exchanges_and_the_last_few_good_ones_are_kept(work: UnitOfWork) -> None:
    """A stream of good ones does not push out the failed ones, and neither fills the disk."""
    traffic = TrafficBuffer()
    for start in range(0, 300, 50):
        for number in range(start, start + 50):
            traffic.exchanged(exchange(number))
            traffic.exchanged(exchange(number, ocpi_status=2001))
        await flush_traffic(work=work, traffic=traffic)
    found = await rows(work, PartnerExchange)
    assert sum(row.failed for row in found) == FAILED_KEPT
    assert sum(not row.failed for row in found) == FINE_KEPT
    assert {row.path for row in found} >= {"/2.2.1/emsp/sessions/DE/CPO/299"}
    (tally,) = await rows(work, PartnerTally)
    assert (tally.exchanges, tally.failures) == (600, 300)


async def test_memory_is_bounded_between_two_writes(work: UnitOfWork) -> None:
    """A partner that sends a flood within a second leaves its last exchanges, and the true count."""
    traffic = TrafficBuffer()
    for number in range(5_000):
        traffic.exchanged(exchange(number, partner_id=f"prt_{number % 1000}", ocpi_status=2001))
        traffic.odd("prt_1", "sessions", f"unknown_value:status={number}", at(0), "SES1")
    taken = traffic.take()
    assert len(taken.exchanges) <= 2_500
    assert len(taken.oddities) <= 2_001
    assert sum(count.exchanges for count in taken.counts.values()) == 5_000
    assert not traffic.take()


async def test_callers_that_nobody_knows_are_kept_apart_and_counted_for_nobody(work: UnitOfWork) -> None:
    """Without a partner there is no tally, and the number kept is bounded as for one partner."""
    traffic = TrafficBuffer()
    for _ in range(10):
        for _ in range(60):
            traffic.exchanged(exchange(partner_id=None, http_status=401, ocpi_status=2000))
        await flush_traffic(work=work, traffic=traffic)
    assert len(await rows(work, PartnerExchange)) == FAILED_KEPT
    assert await rows(work, PartnerTally) == []


async def test_processes_add_up(work: UnitOfWork) -> None:
    """Two processes that write at the same time lose nothing of each other."""
    buffers = [TrafficBuffer() for _ in range(2)]
    for traffic in buffers:
        for number in range(20):
            name = f"prt_{number % 5}"
            traffic.exchanged(exchange(partner_id=name))
            traffic.pushed(name, "sessions", at(number))
            traffic.odd(name, "sessions", "missing:kwh", at(number), f"SES{number}")
    await asyncio.gather(*(flush_traffic(work=work, traffic=traffic) for traffic in buffers))
    assert [row.exchanges for row in await rows(work, PartnerTally)] == [8] * 5
    assert [(row.pushes, row.last_at) for row in await rows(work, PartnerPush)] == [(8, at(15 + n)) for n in range(5)]
    assert [row.seen for row in await rows(work, PartnerOddity)] == [8] * 5


async def test_objects_are_looked_through_when_notes_are_taken(work: UnitOfWork) -> None:
    """Each oddity is counted with the ids of the first few objects; the request itself did not wait for it."""
    looked: list[object] = []

    def oddities(module: str, raw: object) -> tuple[str, ...]:
        looked.append(raw)
        return (f"missing:{module}.kwh",)

    traffic = TrafficBuffer()
    for number in range(SAMPLES + 3):
        traffic.received("prt_1", "sessions", at(number), {"id": f"SES{number}"}, oddities)
    traffic.received("prt_1", "sessions", at(99), {"id": "\x00\n" + "x" * 500}, oddities)
    assert looked == []
    await flush_traffic(work=work, traffic=traffic)
    (row,) = await rows(work, PartnerOddity)
    assert (row.code, row.seen) == ("missing:sessions.kwh", SAMPLES + 4)
    assert row.samples == [f"SES{number}" for number in range(SAMPLES)]
    assert (row.first_at, row.last_at) == (at(0), at(99))


async def test_oddities_that_never_end_are_counted_together(work: UnitOfWork) -> None:
    """A partner that makes up a new word each time fills neither memory nor the table."""
    traffic = TrafficBuffer()
    for start in range(0, 400, 100):
        for number in range(start, start + 100):
            traffic.odd("prt_1", "sessions", f"unknown_value:status=W{number}", at(0), "SES1")
        await flush_traffic(work=work, traffic=traffic)
    found = {row.code: row.seen for row in await rows(work, PartnerOddity)}
    assert len(found) == ODDITIES_KEPT + 1
    assert found["other"] == 400 - ODDITIES_KEPT


async def test_old_tallies_are_forgotten(work: UnitOfWork) -> None:
    """A week is enough for any page."""
    traffic = TrafficBuffer()
    for moment in (at(0), at(0) + TALLIES_KEPT + timedelta(hours=1)):
        traffic.exchanged(exchange(at=moment))
        await flush_traffic(work=work, traffic=traffic)
    (row,) = await rows(work, PartnerTally)
    assert row.at == at(0) + TALLIES_KEPT + timedelta(hours=1)


async def test_a_database_that_is_away_costs_notes_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    """Flushing never raises; what was lost is said."""
    engine = make_engine("postgresql://nobody@127.0.0.1:1/none")
    traffic = TrafficBuffer()
    traffic.exchanged(exchange())
    await flush_traffic(work=UnitOfWork(engine), traffic=traffic)
    await engine.dispose()
    assert "ocpi.traffic_lost" in caplog.text


async def test_notes_are_written_while_a_process_runs_and_at_its_end(work: UnitOfWork) -> None:
    """Every moment in the background, and what is left when the process stops."""
    traffic = TrafficBuffer()
    async with flushing(work=work, traffic=traffic, seconds=0.01):
        traffic.exchanged(exchange(1))
        for _ in range(500):
            if await rows(work, PartnerExchange):
                break
            await asyncio.sleep(0.01)
        assert len(await rows(work, PartnerExchange)) == 1
        traffic.exchanged(exchange(2))
    assert len(await rows(work, PartnerExchange)) == 2


def test_an_exchange_is_one_structured_log_event(caplog: pytest.LogCaptureFixture) -> None:
    """With who, what, how it went and how long it took, and nothing of the bodies."""
    caplog.set_level(logging.INFO)
    TrafficBuffer().exchanged(exchange(duration_ms=12, request_id="r", correlation_id="c", request=b'{"token":"t"}'))
    (record,) = caplog.records
    assert record.message == "ocpi.exchanged"
    told = {name: getattr(record, name) for name in ("partner_id", "direction", "method", "path", "http_status")}
    assert told == {
        "partner_id": "prt_1",
        "direction": "inbound",
        "method": "PUT",
        "path": "/2.2.1/emsp/sessions/DE/CPO/0",
        "http_status": 200,
    }
    assert (record.duration_ms, record.request_id, record.correlation_id) == (12, "r", "c")  # type: ignore[attr-defined]
    assert not hasattr(record, "request")


def test_a_stamp_belongs_to_its_ten_minutes() -> None:
    """Counts are kept by the ten minutes in which an exchange began."""
    traffic = TrafficBuffer()
    for minute in (0, 9, 10):
        traffic.exchanged(exchange(at=datetime.fromisoformat(f"2026-03-02T09:{minute:02}:59+00:00")))
    assert {key[2].minute: count.exchanges for key, count in traffic.take().counts.items()} == {0: 2, 10: 1}


@pytest.mark.parametrize("depth", [100, 500, 990, 5000])
async def test_deeply_nested_bodies_end_no_flushing(work: UnitOfWork, depth: int) -> None:
    """A body that a parser takes and nobody can go through is named by its size; what came with it is kept."""
    traffic = TrafficBuffer()
    traffic.exchanged(exchange(1, request=b"[" * depth + b"]" * depth, ocpi_status=2001))
    traffic.exchanged(exchange(2, ocpi_status=2001))
    await flush_traffic(work=work, traffic=traffic)
    assert len(await rows(work, PartnerExchange)) == 2


async def test_an_object_that_cannot_be_looked_through_ends_no_flushing(work: UnitOfWork) -> None:
    """Whatever fails while notes are taken or written, the next ones are written."""

    def failing(module: str, raw: object) -> tuple[str, ...]:
        raise ValueError(module)

    traffic = TrafficBuffer()
    async with flushing(work=work, traffic=traffic, seconds=0.01):
        traffic.received("prt_1", "sessions", at(0), {"id": "S"}, failing)
        traffic.exchanged(exchange(1, ocpi_status=10**12))
        await asyncio.sleep(0.3)
        traffic.exchanged(exchange(2))
        await asyncio.sleep(0.3)
    assert [row.path[-1] for row in await rows(work, PartnerExchange)] == ["2"]
