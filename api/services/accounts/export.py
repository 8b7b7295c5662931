"""A copy of all that we hold on a driver: asked for in the app, made by a job, there for a day (GDPR Art. 15 and 20).

The driver is told by a notice and a letter, neither with a link: the app, which is signed in, gets one that is good for
an hour. Asked again while a copy is being made or there, the same one is answered.
"""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.ids import Prefix
from api.models.account import DataExport
from api.models.driver import Driver
from api.ports import Ports
from api.ports.policy import ServicePolicy
from api.services.accounts.export_data import data_of_driver
from api.services.accounts.export_file import zip_of
from api.services.accounts.links import EXPIRED, LinkGone, UnknownLink
from api.services.deferral import Job, defer_once
from api.services.drivers.cards import lock_driver
from api.services.drivers.standing import AccountStatus
from api.services.notices.letter_texts import Template
from api.services.notices.letters import queue_letter
from api.services.notices.tell import tell_driver
from api.services.work import Work

KEPT = timedelta(hours=24)
LINK_LIFE = timedelta(hours=1)
LOST_AFTER = timedelta(minutes=10)
READY = "data_export_ready"
_PURPOSE = b"data export\n"


class UnknownExport(NotFound):
    """The driver asked for no such copy."""


async def ask_for_export(*, db: AsyncSession, ports: Ports, now: datetime, driver_id: str) -> DataExport:
    """Return the copy that is being made or there, or plan a new one."""
    await lock_driver(db=db, driver_id=driver_id)
    query = select(DataExport).where(DataExport.driver_id == driver_id)
    usable = col(DataExport.expires_at).is_(None) | (col(DataExport.expires_at) > now)
    known = (await db.exec(query.where(usable))).first()
    if known is not None:
        return known
    export = DataExport(id=ports.randomness.new_id(Prefix.DATA_EXPORT), driver_id=driver_id, requested_at=now)
    db.add(export)
    await db.flush()
    await defer_once(db, Job.MAKE_EXPORT, once=export.id, export_id=export.id)
    return export


async def export_of_driver(*, db: AsyncSession, driver_id: str, export_id: str) -> DataExport:
    """Return a copy that a driver asked for; raises UnknownExport, also for somebody else's."""
    export = await db.get(DataExport, export_id)
    if export is None or export.driver_id != driver_id:
        raise UnknownExport("unknown_export")
    return export


async def make_export(*, work: Work, ports: Ports, export_id: str) -> None:
    """Gather and pack a copy, and tell its driver; one that is there is left alone."""
    async with work() as db:
        export = await db.get(DataExport, export_id)
        if export is None or export.ready_at is not None:
            return
        data = await data_of_driver(db=db, driver_id=export.driver_id)
    content = await zip_of(data, made_at=ports.clock.now())
    now = ports.clock.now()
    async with work() as db:
        driver = await lock_driver(db=db, driver_id=export.driver_id)
        stored = await db.get(DataExport, export_id, with_for_update=True)
        if stored is None or stored.ready_at is not None or driver.status == AccountStatus.CLOSED:
            return
        stored.content, stored.sha256 = content, hashlib.sha256(content).hexdigest()
        stored.ready_at, stored.expires_at = now, now + KEPT
        db.add(stored)
        await _tell(db, ports, now, driver, stored)


async def _tell(db: AsyncSession, ports: Ports, now: datetime, driver: Driver, export: DataExport) -> None:
    await tell_driver(db=db, ports=ports, now=now, driver_id=driver.id, message=READY, detail={"export_id": export.id})
    await queue_letter(
        db=db,
        ports=ports,
        now=now,
        template=Template.EXPORT_READY,
        driver_id=driver.id,
        to_address=driver.email,
        language=driver.language,
        facts={"hours": int(KEPT.total_seconds()) // 3600},
    )


def download_url(policy: ServicePolicy, export: DataExport, *, now: datetime) -> tuple[str, datetime] | None:
    """Return a link to a copy that is there, and until when it works; None: there is nothing to download."""
    if export.expires_at is None or export.expires_at <= now:
        return None
    until = min(now + LINK_LIFE, export.expires_at).replace(microsecond=0)
    return (
        f"{policy.public_url}/account/exports/{_signed(policy.sealing_key, export.id, int(until.timestamp()))}",
        until,
    )


async def export_of_link(*, db: AsyncSession, policy: ServicePolicy, now: datetime, token: str) -> DataExport:
    """Return the copy behind a link; raises UnknownLink for one that we did not make, LinkGone for an old one."""
    export_id, _, rest = token.partition(".")
    ends = rest.partition(".")[0]
    until = int(ends) if ends.isascii() and ends.isdigit() and len(ends) <= 11 else 0
    genuine = hmac.compare_digest(_signed(policy.sealing_key, export_id, until).encode(), token.encode())
    export = await db.get(DataExport, export_id) if genuine else None
    if export is None:
        raise UnknownLink("unknown_link")
    if datetime.fromtimestamp(until, UTC) <= now or export.content is None:
        raise LinkGone(EXPIRED)
    return export


async def sweep_exports(*, work: Work, now: datetime) -> None:
    """Delete copies whose day is over, and have those made whose job was lost."""
    over = col(DataExport.expires_at) <= now
    waiting = select(DataExport.id).where(
        col(DataExport.ready_at).is_(None), col(DataExport.requested_at) < now - LOST_AFTER
    )
    async with work() as db:
        await db.exec(update(DataExport).where(over, col(DataExport.content).is_not(None)).values(content=None))
        for export_id in list(await db.exec(waiting)):
            await defer_once(db, Job.MAKE_EXPORT, once=export_id, export_id=export_id)


def _signed(key: bytes, export_id: str, until: int) -> str:
    said = f"{export_id}.{until}"
    return f"{said}.{hmac.new(key, _PURPOSE + said.encode(), hashlib.sha256).hexdigest()}"
