"""Carrying out orders inside the transaction that stored the fact: jobs, timers, bookings, findings, notices."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging import orders as order_kinds
from api.domain.charging.orders import Finding, Message, Order
from api.domain.finance.hold_totals import HoldEventKind
from api.domain.finance.payer import Payer
from api.models.charging import ChargingSession
from api.models.payment import HoldEvent, HoldRow
from api.ports import Ports
from api.services.charging.findings import close_findings, open_finding
from api.services.charging.price_watch import watch_price
from api.services.charging.receivable import change_receivable, newest_step, true_up_tax, true_up_write_off
from api.services.charging.refund_plan import order_refund
from api.services.charging.rest import ask_for_rest
from api.services.charging.stay import stay_of_charge
from api.services.charging.timers import cancel_timer, set_timer
from api.services.charging.unplug import unplug_detail
from api.services.charging.wallet_refund import refund_to_fleet, refund_to_wallet
from api.services.deferral import Job, defer_job
from api.services.notices.tell import tell_driver
from api.services.payments.operations import OperationKind, note_event, plan_operation
from api.services.roaming.pulls import ask_for_pull

_REFUSED = {
    Finding.CAPTURE_FAILED: HoldEventKind.CAPTURE_FAILED,
    Finding.RELEASE_FAILED: HoldEventKind.RELEASE_FAILED,
}
Carrier = Callable[[AsyncSession, Ports, datetime, ChargingSession, Any], Awaitable[None]]


async def carry_order(*, db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, order: Order) -> None:
    """Do, or defer, what ``order`` says."""
    await CARRIERS[type(order)](db, ports, now, charge, order)


async def hold_of(db: AsyncSession, charge: ChargingSession) -> HoldRow:
    """Return the hold of a charge, locked; every charge has one until it is passed on (see ``locks.lock_hold``)."""
    query = select(HoldRow).where(HoldRow.charging_session_id == charge.id).with_for_update()
    return (await db.exec(query.execution_options(populate_existing=True))).one()


async def _send_start(
    db: AsyncSession, _ports: Ports, _now: datetime, charge: ChargingSession, _order: order_kinds.SendStart
) -> None:
    await defer_job(db, Job.SEND_START, lock=charge.id, charging_session_id=charge.id)


async def _send_stop(
    db: AsyncSession, _ports: Ports, _now: datetime, charge: ChargingSession, _order: order_kinds.SendStop
) -> None:
    await defer_job(db, Job.SEND_STOP, lock=charge.id, charging_session_id=charge.id)


async def _capture(
    db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, order: order_kinds.CaptureHold
) -> None:
    hold = await hold_of(db, charge)
    await plan_operation(db=db, ports=ports, now=now, hold=hold, kind=OperationKind.CAPTURE, amount=order.amount)


async def _release(
    db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, order: order_kinds.ReleaseHold
) -> None:
    hold = await hold_of(db, charge)
    await plan_operation(db=db, ports=ports, now=now, hold=hold, kind=OperationKind.RELEASE, reason=order.reason)


async def _pass_on(
    db: AsyncSession, _ports: Ports, now: datetime, charge: ChargingSession, order: order_kinds.PassHoldOn
) -> None:
    """Hand the hold to the driver's next charge; the history of both can be told from what is noted."""
    hold = await hold_of(db, charge)
    hold.charging_session_id = charge.hold_passed_to = order.to
    passed: dict[str, object] = {"from": charge.id, "to": order.to}
    await note_event(db=db, now=now, hold=hold, kind=HoldEventKind.PASSED_ON, detail=passed)


async def _resolve(
    db: AsyncSession, _ports: Ports, _now: datetime, charge: ChargingSession, _order: order_kinds.ResolveHold
) -> None:
    await defer_job(db, Job.RESOLVE_HOLD, lock=charge.id, charging_session_id=charge.id)


async def _raise_receivable(
    db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, order: order_kinds.RaiseReceivable
) -> None:
    await change_receivable(db=db, ports=ports, now=now, charge=charge, change=order.amount)
    await ask_for_rest(db=db, ports=ports, now=now, charge=charge)


async def _lower_receivable(
    db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, order: order_kinds.LowerReceivable
) -> None:
    await change_receivable(db=db, ports=ports, now=now, charge=charge, change=-order.amount)


async def _refund(
    db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, order: order_kinds.RefundDriver
) -> None:
    if charge.payer_type == Payer.WALLET:  # at once, and by nobody but us
        cause = await newest_step(db=db, charge=charge)
        await refund_to_wallet(db=db, ports=ports, now=now, charge=charge, amount=order.amount, cause=cause)
        return
    if charge.payer_type == Payer.FLEET:
        cause, fleet = await newest_step(db=db, charge=charge), (await hold_of(db, charge)).payer_id or ""
        await refund_to_fleet(
            db=db, ports=ports, now=now, charge=charge, fleet_account_id=fleet, amount=order.amount, cause=cause
        )
        return
    await order_refund(db=db, ports=ports, now=now, charge=charge, amount=order.amount)


async def _pull_session(
    db: AsyncSession, _ports: Ports, _now: datetime, charge: ChargingSession, _order: order_kinds.PullSession
) -> None:
    await ask_for_pull(db=db, job=Job.PULL_SESSIONS, partner_id=charge.partner_id)


async def _pull_cdrs(
    db: AsyncSession, _ports: Ports, _now: datetime, charge: ChargingSession, _order: order_kinds.PullCdrs
) -> None:
    await ask_for_pull(db=db, job=Job.PULL_CDRS, partner_id=charge.partner_id)


async def _set_timer(
    db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, order: order_kinds.SetTimer
) -> None:
    await set_timer(db=db, ports=ports, now=now, charge=charge, timer=order.timer)


async def _cancel_timer(
    db: AsyncSession, _ports: Ports, _now: datetime, charge: ChargingSession, order: order_kinds.CancelTimer
) -> None:
    await cancel_timer(db=db, charge=charge, timer=order.timer)


async def _tell(
    db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, order: order_kinds.TellDriver
) -> None:
    detail: dict[str, object] = {"code": order.code, "running": charge.running, "time_zone": charge.time_zone}
    if order.message is Message.UNPLUG:  # with what it costs not to
        detail["stay"] = await stay_of_charge(db=db, policy=ports.policy, now=now, charge=charge)
        detail |= await unplug_detail(db=db, ports=ports, now=now, charge=charge)
    if order.message is Message.CHARGE_STARTED:
        await watch_price(db=db, ports=ports, now=now, charge=charge)
    await tell_driver(
        db=db,
        ports=ports,
        now=now,
        driver_id=charge.driver_id,
        message=order.message,
        charging_session_id=charge.id,
        detail=detail,
    )


async def _issue_receipt(
    db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, _order: order_kinds.IssueReceipt
) -> None:
    """Let the books carry the tax that the receipt will show: an estimate, for one, was taken without knowing it."""
    await true_up_write_off(db=db, ports=ports, now=now, charge=charge)
    await true_up_tax(db=db, ports=ports, now=now, charge=charge)
    await defer_job(db, Job.ISSUE_RECEIPT, lock=charge.id, charging_session_id=charge.id)


async def _ask_finance(
    db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, order: order_kinds.AskFinance
) -> None:
    await open_finding(
        db=db,
        ports=ports,
        now=now,
        reason=order.finding,
        subject=charge.id,
        charging_session_id=charge.id,
        amount=order.amount,
        detail=await _refusal(db, charge, order.finding),
    )
    if order.finding is Finding.CDR_CHANGED_AFTER_CAPTURE and order.amount is not None and not order.amount.minor:
        await close_findings(db=db, now=now, reasons=[order.finding], subject=charge.id)  # nothing is kept any more


async def _refusal(db: AsyncSession, charge: ChargingSession, finding: Finding) -> dict[str, object]:
    """Return what the processor said to a capture or release that it refused, and its own number for it."""
    kind = _REFUSED.get(finding)
    if kind is None:
        return {}
    query = select(HoldEvent).join(HoldRow, col(HoldRow.id) == col(HoldEvent.hold_id))
    query = query.where(HoldRow.charging_session_id == charge.id, HoldEvent.kind == kind)
    event = (await db.exec(query.order_by(col(HoldEvent.id).desc()))).first()
    return {} if event is None else {"code": event.detail.get("code"), "request_id": event.psp_reference}


CARRIERS: dict[type[Any], Carrier] = {
    order_kinds.SendStart: _send_start,
    order_kinds.SendStop: _send_stop,
    order_kinds.CaptureHold: _capture,
    order_kinds.ReleaseHold: _release,
    order_kinds.PassHoldOn: _pass_on,
    order_kinds.ResolveHold: _resolve,
    order_kinds.RaiseReceivable: _raise_receivable,
    order_kinds.LowerReceivable: _lower_receivable,
    order_kinds.RefundDriver: _refund,
    order_kinds.PullSession: _pull_session,
    order_kinds.PullCdrs: _pull_cdrs,
    order_kinds.SetTimer: _set_timer,
    order_kinds.CancelTimer: _cancel_timer,
    order_kinds.TellDriver: _tell,
    order_kinds.IssueReceipt: _issue_receipt,
    order_kinds.AskFinance: _ask_finance,
}
