"""What the tests of closing share: a month with something in it, and hands that close it."""

from datetime import UTC, date, datetime

from api.domain.charging.state import ChargingStatus
from api.domain.finance.control import ControlDay
from api.domain.roaming.session import SessionStatus
from api.models.charging import ChargingSession
from api.models.closing import AccountingPeriod
from api.services.closing.control_totals import control_totals
from api.services.closing.periods import prepare_close, sign_close
from api.services.closing.seal import seal_period
from tests.bench import Bench
from tests.builders import a_cdr, a_session, after, push_cdr, push_session
from tests.charges import METERED, a_charge

MARCH, APRIL = "2026-03", "2026-04"
EARLY_APRIL = datetime(2026, 4, 2, 8, tzinfo=UTC)


async def a_paid_charge(bench: Bench, driver_id: str = "drv_1", cost: str = "20.00") -> ChargingSession:
    """Return a settled charge of ``cost`` plus 19 % tax, captured as far as its hold of 50.00 goes."""
    charge = await a_session_without_bill(bench, driver_id)
    await push_cdr(bench, a_cdr(charge, cost=cost, id=f"CDR-{charge.id}", session_id=f"SES-{charge.id}"))
    await bench.drain()
    return await bench.charge(charge)


async def a_session_without_bill(bench: Bench, driver_id: str = "drv_1") -> ChargingSession:
    """Return a charge whose session is over and whose CDR is awaited; its connector is free again."""
    charge = await a_charge(bench, ChargingStatus.START_ACCEPTED, driver_id=driver_id)
    over = {"status": SessionStatus.COMPLETED, "ended_at": after(60), "last_updated": after(60)}
    await push_session(bench, a_session(charge, id=f"SES-{charge.id}", kwh=METERED, **over))
    return await bench.charge(charge)


async def an_open_hold(bench: Bench, driver_id: str) -> ChargingSession:
    """Return a charge whose hold stands and whose start is on its way; other charges find its connector free."""
    charge = await a_charge(bench, ChargingStatus.STARTING, driver_id=driver_id)
    await bench.rows("UPDATE charging_session SET freed_at = created_at WHERE id = :id RETURNING id", id=charge.id)
    await bench.rows("DELETE FROM procrastinate_jobs WHERE status = 'todo' RETURNING id")
    return charge


async def totals(bench: Bench, first: date, last: date) -> list[ControlDay]:
    """Return the control totals of some days."""
    async with bench.work() as db:
        return await control_totals(db=db, issuer=bench.ports.policy.issuer, first=first, last=last)


async def prepare(bench: Bench, period: str = MARCH, by: str = "Ada") -> dict[str, int]:
    """Prepare a month and return how many items of each kind were not finished."""
    async with bench.work() as db:
        sums = await prepare_close(db=db, ports=bench.ports, now=bench.clock.now(), period=period, by=by)
    return {each.kind: each.items for each in sums}


async def sign(bench: Bench, period: str = MARCH, by: str = "Grace", note: str = "") -> AccountingPeriod:
    """Sign a month."""
    async with bench.work() as db:
        return await sign_close(db=db, ports=bench.ports, now=bench.clock.now(), period=period, by=by, note=note)


async def close(bench: Bench, period: str = MARCH) -> AccountingPeriod:
    """Prepare, sign and seal a month."""
    await prepare(bench, period)
    await sign(bench, period)
    return await seal_period(work=bench.work, ports=bench.ports, now=bench.clock.now(), period=period)
