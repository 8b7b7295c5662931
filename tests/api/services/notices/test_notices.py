"""What drivers are told, and that they are told it once."""

import pytest

from api.domain.charging.facts import Timer
from api.domain.charging.state import ChargingStatus
from api.services.charging.fire import fire_timer
from api.services.notices.queries import notices_of_driver
from api.services.notices.tell import tell_driver
from tests.bench import Bench
from tests.builders import a_driver, a_location, a_session, a_tariff, after, push_session
from tests.charges import IDLE_PERIODS, a_charge, a_quote, start, stop

S = ChargingStatus

STORIES: list[tuple[ChargingStatus, list[str]]] = [
    (S.AWAITING_DRIVER, ["confirm_with_bank"]),
    (S.DECLINED, ["payment_declined"]),
    (S.START_FAILED, ["start_failed"]),
    (S.START_UNKNOWN, ["start_uncertain"]),
    (S.ABANDONED, []),
    (S.CHARGING, ["charge_started"]),
    (S.IDLE, ["charge_started", "unplug"]),
    (S.ENDED, ["charge_started", "charge_ended"]),
    (S.SETTLED, ["charge_started", "charge_ended", "receipt_ready"]),
]


@pytest.mark.parametrize(("status", "told"), STORIES, ids=[str(status) for status, _ in STORIES])
async def test_the_driver_is_told_what_happened(bench: Bench, status: ChargingStatus, told: list[str]) -> None:
    """Each turn of a charge that the driver must know of makes one notice, and nothing else does."""
    await a_charge(bench, status)

    assert sorted(await bench.messages()) == sorted(told)


async def test_a_notice_is_about_its_charge(bench: Bench) -> None:
    """The app opens the charge that a notice speaks of."""
    charge = await a_charge(bench, S.CHARGING)

    rows = await bench.rows("SELECT charging_session_id, driver_id, read_at FROM notice")
    assert [tuple(row) for row in rows] == [(charge.id, charge.driver_id, None)]


async def test_a_refused_step_tells_nothing(bench: Bench) -> None:
    """A notice is stored with what caused it: no change, no notice."""
    charge = await a_charge(bench, S.STOP_REQUESTED)
    before = await bench.messages()

    await stop(bench, charge)

    assert await bench.messages() == before


async def test_notices_come_newest_first_and_to_their_driver_only(bench: Bench) -> None:
    """The inbox of one driver, as many as asked for."""
    for driver_id in ("drv_1", "drv_2"):
        await a_driver(bench, driver_id=driver_id)
    for number in range(3):
        bench.clock.advance(60)
        async with bench.work() as db:
            now = bench.clock.now()
            await tell_driver(db=db, ports=bench.ports, now=now, driver_id="drv_1", message=f"message_{number}")

    async with bench.work() as db:
        mine = await notices_of_driver(db=db, driver_id="drv_1", limit=2)
        others = await notices_of_driver(db=db, driver_id="drv_2")

    assert [notice.message for notice in mine] == ["message_2", "message_1"]
    assert others == []


@pytest.mark.capability("CM20")
async def test_the_reminder_to_unplug_says_what_staying_costs(bench: Bench) -> None:
    """Who is asked to unplug reads what it costs not to, from then on; the first reminder and every later one."""
    await a_location(bench, tariff=a_tariff(idle_hour="6"))
    charge = await a_charge(bench, S.IDLE)
    bench.clock.advance(3600)
    await fire_timer(work=bench.work, ports=bench.ports, charging_session_id=charge.id, timer=Timer.UNPLUG_REMINDER)

    rows = await bench.rows("SELECT detail FROM notice WHERE message = 'unplug' ORDER BY created_at")
    stays = [row[0]["stay"] for row in rows]
    assert [stay["text"] for stay in stays] == ["7.14 EUR/h", "7.14 EUR/h"]
    assert stays[0]["total_now_minor"] < stays[1]["total_now_minor"]
    assert stays[1]["entries"][0]["starts_at"] == bench.clock.now().isoformat()


async def test_a_reminder_without_a_price_promises_nothing(bench: Bench) -> None:
    """Where no price is known, what staying costs is unknown too, not free."""
    await a_location(bench, tariff=None)
    charge = await start(bench, await a_quote(bench), accept_unknown_price=True)
    await bench.drain()
    await push_session(bench, a_session(charge))
    await push_session(bench, a_session(charge, charging_periods=IDLE_PERIODS, last_updated=after(35)))

    rows = await bench.rows("SELECT detail FROM notice WHERE message = 'unplug'")
    assert [row[0]["stay"] for row in rows] == [None]
