"""Quotes and charges, in any status: led there by the real services, the fakes behaving as that way needs.

``a_charge(bench, status=...)`` leaves undone jobs that would lead further waiting in the queue.
"""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from api.domain.charging.state import ChargingStatus
from api.domain.roaming.command import AnswerKind, CommandAnswer
from api.domain.roaming.session import SessionStatus
from api.models.charging import ChargingSession, Quote
from api.ports.roaming import PartnerUnreachable
from api.services.charging.quote import quote_charge
from api.services.charging.quote_plan import ChargeWish
from api.services.charging.start import start_charging
from api.services.charging.stop import cancel_start, stop_charging
from api.services.deferral import Job
from tests.bench import Bench
from tests.builders import (
    a_cdr,
    a_driver,
    a_location,
    a_period,
    a_session,
    after,
    connector_of,
    push_cdr,
    push_session,
)
from tests.fakes import ACTION_CARD

DECLINED_CARD = "pm_card_chargeDeclined"

_S = ChargingStatus
_CARDS = {_S.AWAITING_DRIVER: ACTION_CARD, _S.DECLINED: DECLINED_CARD}

IDLE_PERIODS = (a_period(0, kwh="1.5", hours="0.5"), a_period(30, idle="0.1"))
"""Half an hour of charging, then parking."""


METERED = Decimal(1000)
"""What the meter of a completed session shows: more than any bill of these stories is for."""


async def a_quote(bench: Bench, *, driver_id: str = "drv_1", connector: str | None = None, **wish: Any) -> Quote:
    """Return a fresh quote of a driver for a connector and a wish; driver and connector are stored if need be."""
    driver = await a_driver(bench, driver_id=driver_id)
    if connector is None:
        connector = connector_of()
        if not await bench.rows("SELECT 1 FROM connector WHERE public_id = :id", id=connector):
            await a_location(bench)
    async with bench.work() as db:
        return await quote_charge(
            db=db,
            ports=bench.ports,
            now=bench.clock.now(),
            driver=driver,
            connector_public_id=connector,
            visual_id="DE*CPO*EVSE1",
            wish=ChargeWish(**wish),
        )


async def start(bench: Bench, quote: Quote, **fields: Any) -> ChargingSession:
    """Let the driver of a quote accept it."""
    driver = await a_driver(bench, driver_id=quote.driver_id)
    values: dict[str, Any] = {"consent_amount_minor": quote.hold_minor, "consent_currency": quote.currency}
    async with bench.work() as db:
        return await start_charging(
            db=db, ports=bench.ports, now=bench.clock.now(), driver=driver, quote_id=quote.id, **(values | fields)
        )


async def a_charge(
    bench: Bench, status: ChargingStatus = ChargingStatus.CHARGING, *, driver_id: str = "drv_1", **quote: Any
) -> ChargingSession:
    """Return a charge that has just come to ``status``."""
    await a_driver(bench, driver_id=driver_id, payment_method_id=_CARDS.get(status, "pm_card_visa"))
    charge = await start(bench, await a_quote(bench, driver_id=driver_id, **quote))
    for way in _WAYS[status]:
        await way(bench, charge)
    charge = await bench.charge(charge)
    assert charge.status == status, f"{charge.status} instead of {status}"
    return charge


async def stop(bench: Bench, charge: ChargingSession, *, confirmed: bool = True) -> ChargingSession:
    """Let the driver stop."""
    async with bench.work() as db:
        return await stop_charging(
            db=db,
            ports=bench.ports,
            now=bench.clock.now(),
            driver_id=charge.driver_id,
            charging_session_id=charge.id,
            confirmed=confirmed,
        )


async def cancel(bench: Bench, charge: ChargingSession) -> ChargingSession:
    """Let the driver give up."""
    async with bench.work() as db:
        return await cancel_start(
            db=db,
            ports=bench.ports,
            now=bench.clock.now(),
            driver_id=charge.driver_id,
            charging_session_id=charge.id,
        )


# --- the ways to each status ------------------------------------------------------------------------------------------

Way = Callable[[Bench, ChargingSession], Awaitable[object]]


async def _hold(bench: Bench, charge: ChargingSession) -> None:
    await bench.run(Job.PLACE_HOLD)


async def _send_start(bench: Bench, charge: ChargingSession) -> None:
    await bench.run(Job.SEND_START)


async def _send_lost_start(bench: Bench, charge: ChargingSession) -> None:
    bench.roaming.start_answers.append(PartnerUnreachable("partner_unreachable"))
    await bench.run(Job.SEND_START)


async def reject_start(bench: Bench, charge: ChargingSession) -> None:
    """Let the partner say no to a start that is on its way."""
    bench.roaming.start_answers.append(CommandAnswer(AnswerKind.REJECTED, 30))
    await bench.run(Job.SEND_START)


async def _session(bench: Bench, charge: ChargingSession) -> None:
    await push_session(bench, a_session(charge))


async def _send_stop(bench: Bench, charge: ChargingSession) -> None:
    await bench.run(Job.SEND_STOP)


async def _parked(bench: Bench, charge: ChargingSession) -> None:
    await push_session(bench, a_session(charge, charging_periods=IDLE_PERIODS, last_updated=after(35)))


async def _completed(bench: Bench, charge: ChargingSession) -> None:
    over = a_session(charge, kwh=METERED, status=SessionStatus.COMPLETED, ended_at=after(60), last_updated=after(60))
    await push_session(bench, over)


async def _cdr(bench: Bench, charge: ChargingSession) -> None:
    await push_cdr(bench, a_cdr(charge))


async def _foreign_cdr(bench: Bench, charge: ChargingSession) -> None:
    await push_cdr(bench, a_cdr(charge, currency="CHF"))


async def _settle(bench: Bench, charge: ChargingSession) -> None:
    await bench.run(Job.SETTLE)


async def _drain(bench: Bench, charge: ChargingSession) -> None:
    await bench.drain()


_TO_CHARGING: tuple[Way, ...] = (_hold, _send_start, _session)
_TO_ENDED: tuple[Way, ...] = (*_TO_CHARGING, _completed)
_WAYS: dict[ChargingStatus, tuple[Way, ...]] = {
    _S.AWAITING_HOLD: (),
    _S.AWAITING_DRIVER: (_hold,),
    _S.DECLINED: (_hold,),
    _S.STARTING: (_hold,),
    _S.START_ACCEPTED: (_hold, _send_start),
    _S.START_UNKNOWN: (_hold, _send_lost_start),
    _S.START_FAILED: (_hold, reject_start, cancel),  # there will be no other try: the hold is on its way back
    _S.ABANDONED: (cancel,),
    _S.CHARGING: _TO_CHARGING,
    _S.STOP_REQUESTED: (*_TO_CHARGING, stop),
    _S.STOP_ACCEPTED: (*_TO_CHARGING, stop, _send_stop),
    _S.IDLE: (*_TO_CHARGING, _parked),
    _S.ENDED: _TO_ENDED,
    _S.SETTLING: (*_TO_ENDED, _cdr, _settle),
    _S.SETTLED: (*_TO_ENDED, _cdr, _drain),
    _S.NEEDS_FINANCE: (*_TO_ENDED, _foreign_cdr, _settle),
}
