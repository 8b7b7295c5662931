"""Carrying a planned delivery out: claimed in one transaction, sent outside of any, noted in another.

A delivery is sent at least once and, however often it is sent, under one id: the device's service and the mailbox know
the second copy for the first, and the collapse key puts it in the same place. While one worker has a delivery no other
takes it; when that worker dies the claim runs out and the sweep finds it. What lost its meaning meanwhile is not sent.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import AppError
from api.domain.notices.kinds import Channel
from api.models.driver import Driver
from api.models.notice import NoticeDelivery, NoticeRow, PushDevice
from api.ports import Ports
from api.ports.mail import MailRefused, MailUnavailable
from api.ports.push import DeviceUnregistered, PushRefused, PushUnavailable
from api.services.deferral import Job, defer_job
from api.services.notices.claims import CLAIM, finish, overdue_since, pause_after, take
from api.services.notices.compose import mail_of, push_of, target_of
from api.services.notices.devices import drop_signed_out, signed_in
from api.services.notices.outbox import GIVEN_UP, REFUSED, SENT, WAITING
from api.services.notices.plan import EXPIRED, OBSOLETE, UNREGISTERED, may_wait
from api.services.notices.preferences import choice_of
from api.services.notices.relevance import still_matters
from api.services.work import Work

MOST_ATTEMPTS = 12


async def deliver_notice(*, work: Work, ports: Ports, delivery_id: str) -> None:
    """Send one waiting delivery whose time has come, and note what came of it."""
    async with work() as db:
        delivery = await _claim(db, ports, delivery_id)
        if delivery is None:
            return
        batch = [delivery]
        if delivery.channel == Channel.EMAIL:
            batch += await _claim_rest_of_mail(db, ports, delivery)
        notices = [await db.get_one(NoticeRow, each.notice_id) for each in batch]
        driver = await db.get_one(Driver, delivery.driver_id)
        device = await _device(db, ports.clock.now(), delivery)
    if delivery.channel == Channel.PUSH and device is None:
        await _note(work, ports, batch, UNREGISTERED, "signed out")
        return
    try:
        if device is not None:
            await ports.push.send(target_of(device), push_of(delivery, notices[0]))
        else:
            await ports.mail.send(mail_of(delivery, notices, driver))
    except (DeviceUnregistered, PushRefused, MailRefused) as refused:
        outcome = UNREGISTERED if isinstance(refused, DeviceUnregistered) else REFUSED
        await _note(work, ports, batch, outcome, _answer(refused), device=device)
    except (PushUnavailable, MailUnavailable) as unavailable:
        await _note(work, ports, batch, WAITING, _answer(unavailable), pause=_asked_pause(unavailable))
    else:
        await _note(work, ports, batch, SENT, None)


async def sweep_deliveries(*, work: Work, ports: Ports, limit: int = 500) -> int:
    """Defer what is due and has no worker, whose job is lost or died; forget signed-out devices. Return how many."""
    now = ports.clock.now()
    due = select(NoticeDelivery.id).where(
        NoticeDelivery.outcome == WAITING, col(NoticeDelivery.next_attempt_at) <= overdue_since(now)
    )
    async with work() as db:
        await drop_signed_out(db=db, now=now)
        ids = list(await db.exec(due.order_by(col(NoticeDelivery.next_attempt_at)).limit(limit)))
        for delivery_id in ids:
            await defer_job(db, Job.DELIVER_NOTICE, delivery_id=delivery_id)
    return len(ids)


async def _claim(db: AsyncSession, ports: Ports, delivery_id: str) -> NoticeDelivery | None:
    """Return a delivery that is this worker's to send now; None: it is over, another's, or for later."""
    now = ports.clock.now()
    delivery = await db.get(NoticeDelivery, delivery_id, with_for_update=True, populate_existing=True)
    if delivery is None or delivery.outcome != WAITING or delivery.next_attempt_at is None:
        return None
    if delivery.next_attempt_at > now:
        await _come_back(db, ports, delivery, now)
        return None
    notice = await db.get_one(NoticeRow, delivery.notice_id)
    if notice.read_at is not None or not await still_matters(db=db, notice=notice):
        finish(delivery, now, OBSOLETE, "read" if notice.read_at is not None else None)
        return None
    if delivery.expires_at <= now:
        finish(delivery, now, EXPIRED, None)
        return None
    if may_wait(notice) and await _put_off(db, ports, delivery, now):
        return None
    take(delivery, now)
    return delivery


async def _put_off(db: AsyncSession, ports: Ports, delivery: NoticeDelivery, now: datetime) -> bool:
    """Put off what the driver's quiet hours hold back by now, however it came to be due in them."""
    driver = await db.get_one(Driver, delivery.driver_id)
    choice, _ = await choice_of(db=db, policy=ports.policy, driver=driver)
    at = choice.after_quiet(now)
    if at <= now:
        return False
    delivery.next_attempt_at = at
    await defer_job(db, Job.DELIVER_NOTICE, wall_at=ports.clock.wall_time(at), delivery_id=delivery.id)
    return True


async def _claim_rest_of_mail(db: AsyncSession, ports: Ports, first: NoticeDelivery) -> list[NoticeDelivery]:
    """Claim what else is due to the same address: it goes along in one mail."""
    now = ports.clock.now()
    query = select(NoticeDelivery.id).where(
        NoticeDelivery.driver_id == first.driver_id,
        NoticeDelivery.channel == Channel.EMAIL,
        NoticeDelivery.outcome == WAITING,
        NoticeDelivery.id != first.id,
        col(NoticeDelivery.next_attempt_at) <= now,
    )
    ids = list(await db.exec(query.order_by(col(NoticeDelivery.created_at), col(NoticeDelivery.id))))
    claimed = [await _claim(db, ports, delivery_id) for delivery_id in ids]
    return [each for each in claimed if each is not None]


async def _come_back(db: AsyncSession, ports: Ports, delivery: NoticeDelivery, now: datetime) -> None:
    """Come back for a delivery that nobody has and whose moment is near: our clock and the engine's differ."""
    at = delivery.next_attempt_at
    if at is not None and delivery.attempts == 0 and at - now < CLAIM:
        wall_at = ports.clock.wall_time(at)
        await defer_job(db, Job.DELIVER_NOTICE, wall_at=wall_at, rest_seconds=1, delivery_id=delivery.id)


async def _device(db: AsyncSession, now: datetime, delivery: NoticeDelivery) -> PushDevice | None:
    query = select(PushDevice).where(
        PushDevice.driver_id == delivery.driver_id, PushDevice.id == delivery.device_id, signed_in(now)
    )
    return (await db.exec(query)).first()


async def _note(
    work: Work,
    ports: Ports,
    batch: Sequence[NoticeDelivery],
    outcome: str,
    detail: str | None,
    *,
    pause: timedelta | None = None,
    device: PushDevice | None = None,
) -> None:
    """Store what came of an attempt; one that came to nothing waits for its next, or is given up."""
    now = ports.clock.now()
    async with work() as db:
        for each in sorted(batch, key=lambda one: one.id):
            row = await db.get_one(NoticeDelivery, each.id, with_for_update=True, populate_existing=True)
            if row.outcome == SENT or (row.outcome != WAITING and outcome != SENT):
                continue
            again_at = now + max(pause_after(row.id, row.attempts), pause or timedelta(0))
            if outcome == WAITING and row.attempts < MOST_ATTEMPTS and again_at < row.expires_at:
                row.next_attempt_at, row.detail = again_at, detail
                db.add(row)
                wall_at = ports.clock.wall_time(again_at)
                await defer_job(db, Job.DELIVER_NOTICE, wall_at=wall_at, delivery_id=row.id)
                continue
            finish(row, now, GIVEN_UP if outcome == WAITING else outcome, detail)
            db.add(row)
        if outcome == UNREGISTERED and device is not None:
            await _forget(db, device)


async def _forget(db: AsyncSession, device: PushDevice) -> None:
    """Forget a device that its service does not know, unless it registered anew meanwhile."""
    row = await db.get(PushDevice, (device.driver_id, device.id), with_for_update=True, populate_existing=True)
    if row is not None and row.token_hash == device.token_hash:
        await db.delete(row)


def _answer(error: AppError) -> str:
    return str(error.facts.get("answer"))


def _asked_pause(error: AppError) -> timedelta | None:
    seconds = error.facts.get("retry_after_s")
    return timedelta(seconds=seconds) if isinstance(seconds, int) else None
