"""Planning how a notice leaves the house: a row for each device and address, and a job for each row, in one commit.

A notice that may wait is planned for the end of the driver's quiet hours; one that a newer of its kind and subject
overtakes while it waits is not sent any more. Does not live here: sending (``deliver.py``).
"""

from datetime import datetime

from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.ids import Prefix
from api.domain.notices.kinds import Channel, kind_of
from api.models.driver import Driver
from api.models.notice import NoticeDelivery, NoticeRow
from api.ports import Ports
from api.ports.push import Platform
from api.services.deferral import Job, defer_job
from api.services.notices.devices import devices_of
from api.services.notices.outbox import NOT_SENT, WAITING
from api.services.notices.preferences import choice_of

SUPERSEDED, OBSOLETE, EXPIRED, UNREGISTERED = "superseded", "obsolete", "expired", "unregistered"
CLOSED = "closed"


async def plan_deliveries(*, db: AsyncSession, ports: Ports, now: datetime, notice: NoticeRow) -> None:
    """Store where a fresh notice goes, and defer its sending."""
    driver = await db.get(Driver, notice.driver_id)
    if driver is None or driver.status == CLOSED:
        return
    choice, _ = await choice_of(db=db, policy=ports.policy, driver=driver)
    at = choice.after_quiet(now) if may_wait(notice) else now
    if choice.wants(notice.message, Channel.PUSH):
        for device in await devices_of(db=db, now=now, driver_id=driver.id):
            off = ports.push.why_off(Platform(device.platform))
            await _plan(db, ports, now, notice, at, Channel.PUSH, device.id, off)
    if choice.wants(notice.message, Channel.EMAIL) and driver.email:
        await _plan(db, ports, now, notice, at, Channel.EMAIL, "", ports.mail.why_off())


def may_wait(notice: NoticeRow) -> bool:
    """Say whether a notice may wait until morning: news, and a reminder to unplug where staying costs nothing."""
    if notice.message == "unplug":
        return bool((notice.detail.get("meter") or {}).get("free_for_good"))
    return kind_of(notice.message).waits


def subject_of(notice: NoticeRow) -> str:
    """Return what a notice is about: its charge, else its driver."""
    return notice.charging_session_id or notice.driver_id


async def _plan(
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    notice: NoticeRow,
    at: datetime,
    channel: Channel,
    device_id: str,
    off: str | None,
) -> None:
    expires_at = now + kind_of(notice.message).lives
    outcome = NOT_SENT if off is not None else EXPIRED if at >= expires_at else WAITING
    over = outcome != WAITING
    delivery = NoticeDelivery(
        id=ports.randomness.new_id(Prefix.NOTICE_DELIVERY),
        notice_id=notice.id,
        driver_id=notice.driver_id,
        channel=channel,
        device_id=device_id,
        message=notice.message,
        subject=subject_of(notice),
        outcome=outcome,
        detail=off,
        created_at=now,
        expires_at=expires_at,
        next_attempt_at=None if over else at,
        finished_at=now if over else None,
    )
    await _overtake(db, now, delivery)
    db.add(delivery)
    await db.flush()
    if not over:
        later = None if at <= now else ports.clock.wall_time(at)
        await defer_job(db, Job.DELIVER_NOTICE, wall_at=later, delivery_id=delivery.id)


async def _overtake(db: AsyncSession, now: datetime, delivery: NoticeDelivery) -> None:
    """Let older ones of the same kind, subject and device go that were not sent yet."""
    older = update(NoticeDelivery).where(
        col(NoticeDelivery.outcome) == WAITING,
        col(NoticeDelivery.driver_id) == delivery.driver_id,
        col(NoticeDelivery.channel) == delivery.channel,
        col(NoticeDelivery.device_id) == delivery.device_id,
        col(NoticeDelivery.message) == delivery.message,
        col(NoticeDelivery.subject) == delivery.subject,
    )
    await db.exec(older.values(outcome=SUPERSEDED, next_attempt_at=None, finished_at=now))
