"""Mails about cases: queued in the transaction that causes them, sent by a job, threaded by number and headers.

How often they are tried, and what an answer means, is that of all mails (``services/notices/outbox.py``). No row holds
a link: it is derived when the mail is made (``links.py``).
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.ids import Prefix
from api.models.support import SupportCase
from api.models.support_mail import InboundMail, SupportMail
from api.ports import Ports
from api.ports.mail import OutgoingMail
from api.services.deferral import Job, defer_once
from api.services.notices.outbox import FIRST_BREAK, NOT_SENT, WAITING, attempt, note_attempt
from api.services.support.links import follow_url
from api.services.support.mail_words import Template, mail_words
from api.services.work import Work

__all__ = ["Template", "queue_case_mail", "send_case_mail", "sweep_case_mails"]
MOST_AN_HOUR = 5
_ON_A_STRANGERS_WORD = frozenset({Template.OPENED, Template.ACCOUNT_NUMBER})
_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended(:whose, 0))")
_LONGEST_THREAD = 5


async def queue_case_mail(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    case: SupportCase,
    template: Template,
    to: str,
    language: str,
    facts: dict[str, Any] | None = None,
    event_id: int | None = None,
) -> bool:
    """Store a mail and the job that sends it; of one event each template goes once. Return whether it is new.

    What goes out on a stranger's word alone is bounded, or two robots would write to each other through us for ever.
    """
    if template in _ON_A_STRANGERS_WORD and await _had_enough(db, now, to):
        return False
    mail_id = ports.randomness.new_id(Prefix.CASE_MAIL)
    values = {
        "id": mail_id,
        "case_id": case.id,
        "event_id": event_id,
        "to_address": to,
        "template": str(template),
        "language": language,
        "facts": facts or {},
        "thread": await _thread(db, case) if template is not Template.OPERATOR else [],
        "outcome": WAITING,
        "attempts": 0,
        "created_at": now,
        "next_attempt_at": now + FIRST_BREAK,
    }
    connection = await db.connection()
    once = insert(SupportMail).values(**values).on_conflict_do_nothing(constraint="an_event_is_mailed_once")
    if (await connection.execute(once.returning(col(SupportMail.id)))).first() is None:
        return False
    await defer_once(db, Job.SEND_CASE_MAIL, once=mail_id, mail_id=mail_id)
    return True


async def _had_enough(db: AsyncSession, now: datetime, address: str) -> bool:
    """Say whether an address got as many mails as it gets in an hour without a person of ours writing.

    Who counts for the same address waits here, so that the last place is given once.
    """
    await (await db.connection()).execute(_ALONE, {"whose": f"case mails\n{address}"})
    query = select(func.count()).where(
        SupportMail.to_address == address,
        col(SupportMail.template).in_([str(each) for each in _ON_A_STRANGERS_WORD]),
        col(SupportMail.created_at) > now - timedelta(hours=1),
    )
    return (await db.exec(query)).one() >= MOST_AN_HOUR


async def _thread(db: AsyncSession, case: SupportCase) -> list[str]:
    """Return the Message-IDs of what came in for a case, the last one last: mail programs sort by them."""
    query = select(InboundMail.message_key).where(
        InboundMail.case_id == case.id, col(InboundMail.message_key).startswith("<")
    )
    newest = await db.exec(query.order_by(col(InboundMail.received_at).desc()).limit(_LONGEST_THREAD))
    return list(newest)[::-1]


async def send_case_mail(*, work: Work, ports: Ports, mail_id: str) -> None:
    """Send one waiting mail and note what came of it; one that has an outcome is left alone."""
    async with work() as db:
        mail = await db.get(SupportMail, mail_id)
        if mail is None or mail.outcome != WAITING:
            return
        case = await db.get_one(SupportCase, mail.case_id)
    off = ports.mail.why_off()
    outcome, detail = (NOT_SENT, off) if off is not None else await attempt(ports, _message(ports, mail, case))
    async with work() as db:
        stored = await db.get(SupportMail, mail_id, with_for_update=True, populate_existing=True)
        if stored is not None:
            note_attempt(stored, now=ports.clock.now(), outcome=outcome, detail=detail)
            db.add(stored)


async def sweep_case_mails(*, work: Work, now: datetime, limit: int = 200) -> int:
    """Put mails whose next attempt is due back into the queue; return how many."""
    due = select(SupportMail.id).where(SupportMail.outcome == WAITING, col(SupportMail.next_attempt_at) <= now)
    async with work() as db:
        ids = list(await db.exec(due.order_by(col(SupportMail.next_attempt_at)).limit(limit)))
        for mail_id in ids:
            await defer_once(db, Job.SEND_CASE_MAIL, once=mail_id, mail_id=mail_id)
    return len(ids)


def _message(ports: Ports, mail: SupportMail, case: SupportCase) -> OutgoingMail:
    facts = dict(mail.facts) | {
        "number": case.number,
        "our_name": ports.policy.our_name,
        "link": follow_url(ports.policy, case) or "",
        "may_answer": ports.policy.support_address is not None,
    }
    subject, words = mail_words(Template(mail.template), mail.language, facts)
    return OutgoingMail(
        mail.id,
        mail.to_address,
        f"[{case.number}] {subject}",
        words,
        mail.language,
        reply_to=ports.policy.support_address,
        thread=tuple(str(each) for each in mail.thread),
    )
