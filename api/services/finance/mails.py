"""Mails about papers: queued in the transaction that writes the paper, sent by a job, noted whatever comes of it.

How often they are tried, and what an answer means, is that of all mails (``services/notices/outbox.py``).
"""

from datetime import datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Refused
from api.domain.ids import Prefix
from api.models.driver import Driver
from api.models.finance import MailRow, Receipt
from api.ports import Ports
from api.ports.mail import Attachment, OutgoingMail
from api.services.deferral import Job, defer_once
from api.services.drivers.signup import GUEST
from api.services.drivers.standing import NOWHERE
from api.services.finance.files import complete, pdf_of_paper
from api.services.finance.receipt_link import receipt_line
from api.services.notices.outbox import FIRST_BREAK, NOT_SENT, WAITING, attempt, note_attempt
from api.services.work import Work

ISSUED = "issued"
RESEND = "resend"
ERASED = "account_erased"
"""Why a paper that was written after its driver left is not sent."""
RESENDS = 3
RESEND_WINDOW = timedelta(hours=1)


class TooManyResends(Refused):
    """The same paper was asked for by mail too often lately. Facts: ``retry_after_s``, ``most`` and ``within_s``."""


async def queue_mail(
    *, db: AsyncSession, ports: Ports, now: datetime, receipt: Receipt, to_address: str, purpose: str = ISSUED
) -> MailRow:
    """Store a mail about a paper that is being written, and the job that sends it; one a purpose."""
    mail = MailRow(
        id=ports.randomness.new_id(Prefix.MAIL),
        receipt_id=receipt.id,
        purpose=purpose,
        to_address=to_address,
        created_at=now,
        next_attempt_at=now + FIRST_BREAK,
    )
    db.add(mail)
    await db.flush()
    await defer_once(db, Job.SEND_MAIL, once=mail.id, mail_id=mail.id)
    return mail


async def resend_paper(
    *, db: AsyncSession, ports: Ports, now: datetime, receipt: Receipt, to_address: str, key: str
) -> MailRow:
    """Queue a paper's mail again, once a ``key``; raises TooManyResends."""
    purpose = f"{RESEND}:{key}"
    mine = select(MailRow).where(MailRow.receipt_id == receipt.id)
    known = (await db.exec(mine.where(MailRow.purpose == purpose))).first()
    if known is not None:
        return known
    asked = mine.where(col(MailRow.purpose).startswith(RESEND), MailRow.created_at > now - RESEND_WINDOW)
    lately = list(await db.exec(asked.order_by(col(MailRow.created_at))))
    if len(lately) >= RESENDS:
        wait = max(1, int((lately[0].created_at + RESEND_WINDOW - now).total_seconds()))
        within_s = int(RESEND_WINDOW.total_seconds())
        raise TooManyResends("too_many_resends", retry_after_s=wait, most=RESENDS, within_s=within_s)
    return await queue_mail(db=db, ports=ports, now=now, receipt=receipt, to_address=to_address, purpose=purpose)


async def send_mail(*, work: Work, ports: Ports, mail_id: str) -> None:
    """Send one waiting mail and note what came of it; one that has an outcome is left alone."""
    async with work() as db:
        mail = await db.get(MailRow, mail_id)
        if mail is None or mail.outcome != WAITING:
            return
        paper = await db.get_one(Receipt, mail.receipt_id)
    off = ERASED if mail.to_address.endswith(f"@{NOWHERE}") else ports.mail.why_off()
    if off is not None:
        await _note(work, ports, mail_id, NOT_SENT, off)
        return
    message = await _message(work, ports, mail, paper)
    outcome, detail = await attempt(ports, message)
    await _note(work, ports, mail_id, outcome, detail)


async def _message(work: Work, ports: Ports, mail: MailRow, paper: Receipt) -> OutgoingMail:
    """Return a mail with its paper attached."""
    cover = ports.documents.cover(complete(paper, ports.policy.issuer))
    pdf = await pdf_of_paper(work=work, ports=ports, now=ports.clock.now(), receipt_id=paper.id)
    attached = Attachment(cover.file_name, pdf.content)
    text = cover.text
    if paper.charging_session_id is not None and await _for_guest(work, paper):
        line = receipt_line(ports.policy, paper.charging_session_id, paper.language, ports.clock.now())
        text = f"{line}\n\n{text}"
    return OutgoingMail(mail.id, mail.to_address, cover.subject, text, paper.language, (attached,))


async def _for_guest(work: Work, paper: Receipt) -> bool:
    """Say whether a paper is a guest's: who has no account finds it by a link alone."""
    async with work() as db:
        driver = None if paper.driver_id is None else await db.get(Driver, paper.driver_id)
    return driver is not None and driver.kind == GUEST


async def _note(work: Work, ports: Ports, mail_id: str, outcome: str, detail: str | None) -> None:
    """Store what came of an attempt."""
    async with work() as db:
        mail = await db.get_one(MailRow, mail_id, with_for_update=True, populate_existing=True)
        note_attempt(mail, now=ports.clock.now(), outcome=outcome, detail=detail)
        db.add(mail)


async def sweep_mails(*, work: Work, ports: Ports, limit: int = 200) -> int:
    """Put mails whose next attempt is due back into the queue, whose job is lost or was in vain; return how many."""
    now = ports.clock.now()
    due = select(MailRow.id).where(MailRow.outcome == WAITING, col(MailRow.next_attempt_at) <= now)
    async with work() as db:
        ids = list(await db.exec(due.order_by(col(MailRow.next_attempt_at)).limit(limit)))
        for mail_id in ids:
            await defer_once(db, Job.SEND_MAIL, once=mail_id, mail_id=mail_id)
    return len(ids)
