"""Devices and preferences: who owns a token, how many are kept, and changes that cross."""

import asyncio
from datetime import time
from typing import Any

import pytest

from api.domain.notices.choice import Choice
from api.domain.notices.kinds import Channel
from api.services.notices.devices import MOST_DEVICES, UnknownDevice, devices_of, remove_device
from api.services.notices.preferences import PreferencesChanged, UnknownNoticeKind, choice_of, choose_notices
from api.services.notices.queries import UnknownNotice, read_notices
from tests.api.services.notices.devices import BERLIN, a_device, choose, tell
from tests.bench import Bench
from tests.builders import a_driver


async def ids(bench: Bench, driver_id: str) -> list[str]:
    """Return a driver's devices."""
    async with bench.work() as db:
        return [each.id for each in await devices_of(db=db, now=bench.clock.now(), driver_id=driver_id)]


async def test_a_token_belongs_to_who_registered_it_last(bench: Bench) -> None:
    """The next driver on the same phone: the one before gets no pushes there any more."""
    await a_device(bench, token="the-token-of-one-phone")
    await a_device(bench, driver_id="drv_2", token="the-token-of-one-phone")
    assert (await ids(bench, "drv_1"), await ids(bench, "drv_2")) == ([], ["phone-one"])


async def test_registering_again_changes_the_device(bench: Bench) -> None:
    """A new token of the same installation replaces the old one."""
    await a_device(bench)
    await a_device(bench, token="another-token-of-it", language="nn-NO")
    rows = await bench.rows("SELECT id, token, language FROM push_device")
    assert rows == [("phone-one", "another-token-of-it", "nb")]


async def test_the_same_id_of_another_driver_is_another_device(bench: Bench) -> None:
    """Knowing somebody's device id takes nothing from them."""
    await a_device(bench)
    await a_device(bench, driver_id="drv_2")
    assert (await ids(bench, "drv_1"), await ids(bench, "drv_2")) == (["phone-one"], ["phone-one"])
    async with bench.work() as db:
        await remove_device(db=db, driver_id="drv_2", device_id="phone-one")
    assert await ids(bench, "drv_1") == ["phone-one"]
    with pytest.raises(UnknownDevice):
        async with bench.work() as db:
            await remove_device(db=db, driver_id="drv_2", device_id="phone-one")


async def test_only_so_many_devices_are_kept(bench: Bench) -> None:
    """The one registered longest ago goes."""
    for number in range(MOST_DEVICES + 2):
        await a_device(bench, f"device-{number:02d}")
        bench.clock.advance(1)
    kept = await ids(bench, "drv_1")
    assert (len(kept), kept[-1]) == (MOST_DEVICES, "device-02")


@pytest.mark.capability("A28")
async def test_a_choice_is_kept_and_what_was_not_chosen_follows_the_defaults(bench: Bench) -> None:
    """Only differences are stored."""
    channels = {"charge_ended": {"push": False, "email": False}, "unplug": {"push": True, "email": False}}
    await choose(bench, channels=channels, quiet_from=time(23), quiet_until=time(6, 30), walking_minutes=12)
    driver = await a_driver(bench)
    async with bench.work() as db:
        choice, version = await choice_of(db=db, policy=bench.ports.policy, driver=driver)
    assert (version, choice.quiet_from, choice.quiet_until, choice.walking_minutes) == (1, time(23), time(6, 30), 12)
    assert choice.wants("charge_ended", Channel.PUSH) is False
    assert await bench.value("SELECT channels FROM notice_preference") == {"charge_ended": {"push": False}}


async def _change(bench: Bench, version: int, **fields: Any) -> int:
    async with bench.work() as db:
        choice = Choice(BERLIN, **fields)
        now, policy = bench.clock.now(), bench.ports.policy
        _, stored = await choose_notices(
            db=db, policy=policy, now=now, driver_id="drv_1", choice=choice, version=version
        )
    return stored


async def test_of_two_changes_at_once_one_is_refused(bench: Bench) -> None:
    """Both read the same version; whoever is second learns it, also for the very first change."""
    await a_driver(bench)
    for version in (0, 1):
        results = await asyncio.gather(*(_change(bench, version) for _ in range(2)), return_exceptions=True)
        assert [type(each) for each in results if isinstance(each, BaseException)] == [PreferencesChanged]
        assert version + 1 in results


async def test_a_kind_that_there_is_not_is_refused(bench: Bench) -> None:
    """A typing error is not stored as a choice."""
    await a_driver(bench)
    with pytest.raises(UnknownNoticeKind):
        await _change(bench, 0, channels={"unplugg": {"push": False}})


async def test_nobody_reads_anothers_notices(bench: Bench) -> None:
    """Marking somebody else's message is refused as if it were not there."""
    notice = await tell(bench, "wallet_low")
    assert notice is not None
    with pytest.raises(UnknownNotice):
        async with bench.work() as db:
            await read_notices(db=db, now=bench.clock.now(), driver_id="drv_2", notice_id=notice.id)
