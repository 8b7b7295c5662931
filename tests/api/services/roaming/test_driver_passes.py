"""A pass on its way: what its driver and staff do with it, what partners are told, and what a wrong code costs."""

from datetime import timedelta
from typing import cast

import pytest

from api.db import UnitOfWork
from api.domain.passes import PassStatus, PassStepRefused
from api.domain.roaming.partner import Endpoint, InterfaceRole
from api.domain.roaming.token import DriverToken
from api.services.deferral import Job
from api.services.roaming.documents import write_endpoints
from api.services.roaming.driver_passes import (
    MOST_WRONG_CODES,
    BlockReason,
    PassCodeLocked,
    PassCodeWrong,
    PassView,
    activate_pass,
    block_own_pass,
    confirm_receipt,
    look_at_pass,
    order_pass,
)
from api.services.roaming.pass_steps import UnknownPass, expire_due_passes
from api.services.roaming.passes import (
    Card,
    PassTaken,
    PassUnusable,
    add_pass,
    block_pass,
    expire_pass,
    renew_code,
    ship_pass,
    unblock_pass,
)
from tests.bench import Bench, a_bench, a_policy
from tests.builders import a_driver, a_partner
from tests.fakes import FakePassSync

TAKES = [Endpoint("tokens", InterfaceRole.RECEIVER, "https://cpo.test/tokens")]


@pytest.fixture
async def bench(work: UnitOfWork) -> Bench:
    """Return an installation where passes may charge, with a partner that takes tokens and a driver."""
    bench = a_bench(work, policy=a_policy(passes_enabled=True))
    await a_partner(bench, endpoints=write_endpoints(TAKES))
    await a_driver(bench)
    return bench


async def ordered(bench: Bench) -> str:
    """Let the driver order a pass."""
    async with bench.work() as db:
        view = await order_pass(db=db, ports=bench.ports, now=bench.clock.now(), driver_id="drv_1")
    return view.row.id


async def shipped(bench: Bench, uid: str = "04AA", days: int | None = None) -> tuple[str, str]:
    """Ship an ordered pass; return its id and code."""
    pass_id, now = await ordered(bench), bench.clock.now()
    card = Card(uid, "No. 1", None if days is None else now + timedelta(days=days))
    async with bench.work() as db:
        _, code = await ship_pass(db=db, ports=bench.ports, now=now, pass_id=pass_id, card=card)
    return pass_id, code


async def look(bench: Bench, pass_id: str) -> PassView:
    """Look at a pass as its driver."""
    async with bench.work() as db:
        return await look_at_pass(db=db, ports=bench.ports, now=bench.clock.now(), driver_id="drv_1", pass_id=pass_id)


async def activate(bench: Bench, pass_id: str, code: str, driver_id: str = "drv_1") -> None:
    """Type the code of a pass."""
    await activate_pass(work=bench.work, now=bench.clock.now(), driver_id=driver_id, pass_id=pass_id, code=code)


async def told(bench: Bench) -> list[bool]:
    """Return what the partner was told: whether the pass is valid, each time."""
    bench.clock.advance(2)
    await bench.run(Job.PUSH_PASSES)
    calls = cast(FakePassSync, bench.ports.pass_sync).of("prt_1")
    return [each.valid if isinstance(each, DriverToken) else False for _, each in calls]


@pytest.mark.capability("CM02")
async def test_partners_follow_a_pass_from_the_mail_to_the_blocking(bench: Bench) -> None:
    """Until its driver activated it, a card found in a letter charges nowhere; blocked, it does so nowhere again."""
    pass_id, code = await shipped(bench)
    assert await told(bench) == [False]
    async with bench.work() as db:
        await confirm_receipt(db=db, now=bench.clock.now(), driver_id="drv_1", pass_id=pass_id)
    assert await told(bench) == [False]
    await activate(bench, pass_id, code.lower().replace("-", " "))
    assert await told(bench) == [False, True]
    assert (await look(bench, pass_id)).refusals == ()
    now = bench.clock.now()
    async with bench.work() as db:
        await block_own_pass(db=db, now=now, driver_id="drv_1", pass_id=pass_id, reason=BlockReason.LOST)
    assert await told(bench) == [False, True, False]
    view = await look(bench, pass_id)
    assert (view.status, view.row.block_reason, view.refusals) == (PassStatus.BLOCKED, "lost", ("pass_blocked",))


@pytest.mark.capability("CM02")
async def test_typing_the_code_proves_that_the_pass_came(bench: Bench) -> None:
    """A driver who did not confirm the receipt may activate all the same."""
    pass_id, code = await shipped(bench)
    await activate(bench, pass_id, code)
    row = (await look(bench, pass_id)).row
    assert row.received_at == row.activated_at == bench.clock.now()
    await activate(bench, pass_id, code)
    assert (await look(bench, pass_id)).row.activated_at == row.activated_at


async def test_wrong_codes_are_counted_and_end(bench: Bench) -> None:
    """After ten of them not even the right one helps, until the hotline gives another."""
    pass_id, code = await shipped(bench)
    for left in range(MOST_WRONG_CODES - 1, -1, -1):
        with pytest.raises(PassCodeWrong) as wrong:
            await activate(bench, pass_id, "AAAA-AAAA")
        assert wrong.value.facts == {"tries_left": left}
    with pytest.raises(PassCodeLocked):
        await activate(bench, pass_id, code)
    async with bench.work() as db:
        fresh = await renew_code(db=db, ports=bench.ports, now=bench.clock.now(), pass_id=pass_id)
    await activate(bench, pass_id, fresh)
    assert (await look(bench, pass_id)).status is PassStatus.ACTIVE


async def test_one_order_waits_at_a_time_and_steps_have_their_order(bench: Bench) -> None:
    """Ordering twice is one order; nothing is activated before it is shipped, nor shipped twice."""
    pass_id = await ordered(bench)
    assert await ordered(bench) == pass_id
    with pytest.raises(PassStepRefused):
        async with bench.work() as db:
            await confirm_receipt(db=db, now=bench.clock.now(), driver_id="drv_1", pass_id=pass_id)
    with pytest.raises(PassStepRefused):
        await activate(bench, pass_id, "any")
    assert (await shipped(bench))[0] == pass_id
    card = Card("04BB")
    with pytest.raises(PassTaken):
        async with bench.work() as db:
            await ship_pass(db=db, ports=bench.ports, now=bench.clock.now(), pass_id=pass_id, card=card)
    assert await bench.value("SELECT count(*) FROM driver_token") == 1


async def test_a_card_that_is_none_is_not_shipped(bench: Bench) -> None:
    """One that expired already, or that another driver has."""
    pass_id, now = await ordered(bench), bench.clock.now()
    with pytest.raises(PassUnusable):
        async with bench.work() as db:
            await ship_pass(db=db, ports=bench.ports, now=now, pass_id=pass_id, card=Card("04AA", None, now))
    await a_driver(bench, driver_id="drv_2")
    async with bench.work() as db:
        await add_pass(db=db, now=now, driver_id="drv_2", uid="04AA")
    with pytest.raises(PassTaken):
        async with bench.work() as db:
            await ship_pass(db=db, ports=bench.ports, now=now, pass_id=pass_id, card=Card("04aa"))


async def test_nobody_else_touches_a_pass(bench: Bench) -> None:
    """A pass of another driver is as unknown as one that never was."""
    pass_id, code = await shipped(bench)
    await a_driver(bench, driver_id="drv_2")
    with pytest.raises(UnknownPass):
        await activate(bench, pass_id, code, driver_id="drv_2")
    with pytest.raises(UnknownPass):
        async with bench.work() as db:
            await confirm_receipt(db=db, now=bench.clock.now(), driver_id="drv_2", pass_id=pass_id)


@pytest.mark.capability("CM02", "CK20")
async def test_a_pass_expires_on_its_day(bench: Bench) -> None:
    """From that moment it shows as expired, the sweep tells partners, once, and nothing brings it back."""
    pass_id, code = await shipped(bench, days=30)
    await activate(bench, pass_id, code)
    assert await told(bench) == [True]
    bench.clock.advance(30 * 24 * 3600)
    assert (await look(bench, pass_id)).status is PassStatus.EXPIRED
    assert await expire_due_passes(work=bench.work, ports=bench.ports) == 1
    assert await expire_due_passes(work=bench.work, ports=bench.ports) == 0
    assert await told(bench) == [True, False]
    with pytest.raises(PassStepRefused):
        async with bench.work() as db:
            await unblock_pass(db=db, now=bench.clock.now(), uid="04AA")


async def test_unblocking_leads_back_to_where_a_pass_was(bench: Bench) -> None:
    """One blocked in the mail still has to be activated; staff may also end one for good."""
    pass_id, _ = await shipped(bench)
    async with bench.work() as db:
        await block_pass(db=db, now=bench.clock.now(), uid="04aa")
    assert (await look(bench, pass_id)).row.block_reason == "by_staff"
    async with bench.work() as db:
        token = await unblock_pass(db=db, now=bench.clock.now(), uid="04aa")
    assert (token.valid, (await look(bench, pass_id)).status) == (False, PassStatus.SHIPPED)
    async with bench.work() as db:
        await expire_pass(db=db, now=bench.clock.now(), pass_id=pass_id)
    assert (await look(bench, pass_id)).status is PassStatus.EXPIRED


async def test_a_pass_whose_time_has_come_is_not_activated_before_the_sweep(bench: Bench) -> None:
    """Its code opens nothing any more."""
    pass_id = await ordered(bench)
    card = Card("04AB12", valid_until=bench.clock.now() + timedelta(days=1))
    async with bench.work() as db:
        _, code = await ship_pass(db=db, ports=bench.ports, now=bench.clock.now(), pass_id=pass_id, card=card)
    bench.clock.advance(2 * 24 * 3600)
    with pytest.raises(PassStepRefused):
        await activate_pass(work=bench.work, now=bench.clock.now(), driver_id="drv_1", pass_id=pass_id, code=code)
    assert await bench.value("SELECT valid FROM driver_token WHERE uid = '04AB12'") is False
