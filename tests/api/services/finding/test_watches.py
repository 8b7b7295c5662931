"""Watches: told once, within one sweep of the operator's word, by whatever way it came, and never after their time."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from api.db import UnitOfWork
from api.domain.roaming.location import EvseStatus
from api.models.finding import Watch
from api.models.notice import NoticeRow
from api.models.partner import Partner
from api.ports import Ports
from api.services.charging.quick_evse import EvseChange, change_evses
from api.services.finding.watches import (
    AlreadyFree,
    NothingToWaitFor,
    TooManyWatches,
    UnknownWatch,
    add_watch,
    end_watch,
    forget_watches,
    tell_what_became_free,
)
from api.services.roaming.find import UnknownLocation
from api.services.roaming.keys import connector_public_id
from tests.api.services.finding.builders import a_post, a_site, later, store
from tests.api.services.roaming.builders import a_driver, at
from tests.fakes import FakeClock, fake_ports

BUSY = a_site("L", "48", "9", a_post("E1", EvseStatus.CHARGING), a_post("E2", EvseStatus.OUT_OF_ORDER))
KEY = "prt_1/DE/CPO/L"
HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> FakeClock:
    """Return a clock."""
    return FakeClock()


@pytest.fixture
def ports(clock: FakeClock) -> Ports:
    """Return ports on the clock."""
    return fake_ports(clock=clock)


def connector(uid: str) -> str:
    """Return the public id of the connector of an EVSE of the site."""
    return connector_public_id(f"{KEY}/{uid}/1")


async def wait(work: UnitOfWork, ports: Ports, driver: str = "drv_1", uid: str | None = None) -> Watch:
    """Begin to wait for the site or for one of its EVSEs."""
    async with work() as db:
        return await add_watch(
            db=db,
            ports=ports,
            now=ports.clock.now(),
            driver_id=driver,
            location_key=KEY,
            connector_id=None if uid is None else connector(uid),
            lifetime=HOUR,
        )


async def notices(work: UnitOfWork) -> list[NoticeRow]:
    """Return all notices."""
    async with work() as db:
        return list(await db.exec(select(NoticeRow)))


@pytest.fixture
async def site(work: UnitOfWork) -> None:
    """Store the occupied site and two drivers."""
    await store(work, BUSY)
    async with work() as db:
        for driver in ("drv_1", "drv_2"):
            await a_driver(db, driver)


@pytest.mark.capability("P12")
async def test_a_watch_fires_once_and_names_what_is_free(work: UnitOfWork, ports: Ports, site: None) -> None:
    """Nothing while it is occupied; one notice when it is free, however often and by however many sweeps it is seen."""
    watch = await wait(work, ports)
    assert await tell_what_became_free(work=work, ports=ports) == 0
    await store(work, later(BUSY, 1, EvseStatus.AVAILABLE))
    told = await asyncio.gather(*(tell_what_became_free(work=work, ports=ports) for _ in range(3)))
    assert sorted(told) == [0, 0, 1]
    await store(work, later(BUSY, 2, EvseStatus.CHARGING))
    await store(work, later(BUSY, 3, EvseStatus.AVAILABLE))
    assert await tell_what_became_free(work=work, ports=ports) == 0
    (notice,) = await notices(work)
    assert (notice.driver_id, notice.message) == ("drv_1", "connector_free")
    free = min(connector("E1"), connector("E2"))
    assert notice.detail == {"watch_id": watch.id, "connector_id": free}
    async with work() as db:
        held = await db.get_one(Watch, watch.id)
    assert (held.told_at, held.told_connector_id) == (ports.clock.now(), free)


@pytest.mark.capability("P12")
async def test_a_push_on_the_short_way_is_seen_too(work: UnitOfWork, ports: Ports, site: None) -> None:
    """The status that most operators push, gathered with others and written by plain statements."""
    await wait(work, ports, uid="E1")
    async with work() as db:
        partner = await db.get_one(Partner, "prt_1")
    change = EvseChange(
        partner=partner,
        token_hash=partner.our_token_hash or "",
        now=ports.clock.now(),
        key=f"{KEY}/E1",
        at=at(1),
        changes={"status": EvseStatus.AVAILABLE, "last_updated": at(1)},
        raw="",
    )
    async with work.statements() as on:
        assert await change_evses(on=on, changes=[change]) == [True]
    assert await tell_what_became_free(work=work, ports=ports) == 1


async def test_only_the_connector_that_is_waited_for_counts(work: UnitOfWork, ports: Ports, site: None) -> None:
    """A neighbor that becomes free is told to who waits for the site, not to who waits for one connector."""
    await wait(work, ports, "drv_1", uid="E1")
    await wait(work, ports, "drv_2")
    half = replace(BUSY, last_updated=at(1), evses=(BUSY.evses[0], a_post("E2", last_updated=at(1))))
    await store(work, half)
    assert await tell_what_became_free(work=work, ports=ports) == 1
    assert [each.driver_id for each in await notices(work)] == ["drv_2"]


async def test_a_watch_ends_at_its_time(work: UnitOfWork, ports: Ports, clock: FakeClock, site: None) -> None:
    """Who left an hour ago is not woken."""
    await wait(work, ports)
    clock.advance(HOUR.total_seconds())
    await store(work, later(BUSY, 1, EvseStatus.AVAILABLE))
    assert await tell_what_became_free(work=work, ports=ports) == 0
    assert await notices(work) == []


async def test_watches_that_ended_are_forgotten_after_a_while(
    work: UnitOfWork, ports: Ports, clock: FakeClock, site: None
) -> None:
    """A month after the telling, or after their time: the app can show until then what came of them."""
    told = await wait(work, ports, uid="E1")
    await wait(work, ports, "drv_2")
    clock.advance(60)
    await store(work, later(BUSY, 1, EvseStatus.AVAILABLE))
    async with work() as db:
        silent = await db.get_one(Watch, told.id)
        silent.told_at, silent.told_connector_id = clock.now(), connector("E1")
        db.add(silent)
    clock.advance(timedelta(days=30).total_seconds())
    assert await forget_watches(work=work, now=clock.now()) == 0, "told 30 days ago, ended a little later"
    clock.advance(1)
    assert await forget_watches(work=work, now=clock.now()) == 1, "the one that was told"
    clock.advance(HOUR.total_seconds())
    assert await forget_watches(work=work, now=clock.now()) == 1, "the one whose time is over"
    assert await forget_watches(work=work, now=clock.now()) == 0


async def test_what_the_app_cannot_start_is_never_told(work: UnitOfWork, ports: Ports, site: None) -> None:
    """A broken connector that becomes free and can be started only by others wakes nobody."""
    await wait(work, ports)
    others = [a_post(uid, last_updated=at(1), capabilities=frozenset({"rfid_reader"})) for uid in ("E1", "E2")]
    await store(work, replace(BUSY, last_updated=at(1), evses=tuple(others)))
    assert await tell_what_became_free(work=work, ports=ports) == 0


async def test_what_is_not_worth_waiting_for(work: UnitOfWork, ports: Ports, site: None) -> None:
    """A free one, one that cannot be started even if it were free, one that nobody has, and one too many."""
    with pytest.raises(NothingToWaitFor):
        await wait(work, ports, uid="E2")
    for _ in range(20):
        await wait(work, ports)
    with pytest.raises(TooManyWatches):
        await wait(work, ports)
    await store(work, later(BUSY, 1, EvseStatus.AVAILABLE))
    with pytest.raises(AlreadyFree) as refused:
        await wait(work, ports, "drv_2", uid="E1")
    assert refused.value.facts == {"connector_id": connector("E1")}
    async with work() as db:
        with pytest.raises(UnknownLocation):
            await add_watch(
                db=db,
                ports=ports,
                now=at(0),
                driver_id="drv_1",
                location_key="prt_1/DE/CPO/X",
                connector_id=None,
                lifetime=HOUR,
            )


async def test_an_ended_watch_is_silent_and_only_its_driver_ends_it(work: UnitOfWork, ports: Ports, site: None) -> None:
    """Ending is for the driver who asked."""
    watch = await wait(work, ports)
    async with work() as db:
        with pytest.raises(UnknownWatch):
            await end_watch(db=db, driver_id="drv_2", watch_id=watch.id)
        await end_watch(db=db, driver_id="drv_1", watch_id=watch.id)
    await store(work, later(BUSY, 1, EvseStatus.AVAILABLE))
    assert await tell_what_became_free(work=work, ports=ports) == 0
