"""Drivers with devices, and what became of what was sent to them."""

from datetime import timedelta
from typing import Any

from api.domain.notices.choice import Choice
from api.models.driver import RefreshToken
from api.models.notice import NoticeRow, PushDevice
from api.ports.push import Platform
from api.services.notices.deliver import sweep_deliveries
from api.services.notices.devices import register_device
from api.services.notices.preferences import choice_of, choose_notices
from api.services.notices.tell import tell_driver
from tests.bench import Bench
from tests.builders import a_driver
from tests.fakes import FakeMail, FakePush

BERLIN = "Europe/Berlin"
NIGHT = 14 * 3600
"""From where the clock stands at first, ten in the morning in Berlin, to midnight."""


def pushes(bench: Bench) -> FakePush:
    """Return the push services."""
    assert isinstance(bench.ports.push, FakePush)
    return bench.ports.push


def mails(bench: Bench) -> FakeMail:
    """Return the mail server."""
    assert isinstance(bench.ports.mail, FakeMail)
    return bench.ports.mail


async def a_device(
    bench: Bench, device_id: str = "phone-one", *, driver_id: str = "drv_1", **fields: Any
) -> PushDevice:
    """Register a device of a driver who is signed in on it."""
    driver = await a_driver(bench, driver_id=driver_id)
    family, now = f"fam_{driver_id}_{device_id}", bench.clock.now()
    async with bench.work() as db:
        if await db.get(RefreshToken, family) is None:
            expires_at = now + timedelta(days=60)
            db.add(
                RefreshToken(
                    token_hash=family, family_id=family, driver_id=driver.id, created_at=now, expires_at=expires_at
                )
            )
            await db.flush()
        values: dict[str, Any] = {"platform": Platform.FCM, "token": f"token-of-{driver_id}-{device_id}"}
        return await register_device(
            db=db,
            now=now,
            driver_id=driver.id,
            family_id=family,
            device_id=device_id,
            **({"language": "en"} | values | fields),
        )


async def tell(bench: Bench, message: str, *, driver_id: str = "drv_1", **fields: Any) -> NoticeRow | None:
    """Tell a driver."""
    await a_driver(bench, driver_id=driver_id)
    async with bench.work() as db:
        return await tell_driver(
            db=db, ports=bench.ports, now=bench.clock.now(), driver_id=driver_id, message=message, **fields
        )


async def choose(bench: Bench, driver_id: str = "drv_1", **fields: Any) -> None:
    """Let a driver choose."""
    driver = await a_driver(bench, driver_id=driver_id)
    async with bench.work() as db:
        _, version = await choice_of(db=db, policy=bench.ports.policy, driver=driver)
        choice = Choice(time_zone=BERLIN, **fields)
        now, policy = bench.clock.now(), bench.ports.policy
        await choose_notices(db=db, policy=policy, now=now, driver_id=driver.id, choice=choice, version=version)


async def outcomes(bench: Bench) -> list[tuple[str, str, str]]:
    """Return message, channel and outcome of every delivery, in order."""
    rows = await bench.rows("SELECT message, channel, outcome FROM notice_delivery ORDER BY created_at, id")
    return [tuple(row) for row in rows]


async def sweep(bench: Bench, seconds: float = 0) -> None:
    """Let time pass, then sweep and run what is due."""
    bench.clock.advance(seconds)
    await sweep_deliveries(work=bench.work, ports=bench.ports)
    await bench.drain()
