"""Mails that come in: fetched, stored once, marked as read, then read by a job of their own.

A crash between any two of these loses nothing and doubles nothing: a mail is stored under its Message-ID, and what is
stored is marked again. One that cannot be read keeps no other waiting, and is kept for a person to look at.
"""

import logging
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from api.domain.ids import Prefix
from api.models.support_mail import InboundMail
from api.ports import Ports
from api.ports.mailbox import LyingMail, MailboxUnavailable
from api.services.deferral import Job, defer_once
from api.services.support.inbound_read import MOST_TRIES, WAITING
from api.services.support.mail_parse import message_key
from api.services.work import Work

AT_ONCE = 50
_log = logging.getLogger(__name__)


async def take_in_mails(*, work: Work, ports: Ports, now: datetime) -> int:
    """Store what lies unread in the mailbox and mark it; return how many were new. A mailbox that is away is for later.

    One mail after another, each in its own transaction: a worker that dies leaves the rest unread.
    """
    if ports.mailbox.why_off() is not None:
        return 0
    try:
        lying = await ports.mailbox.unread(most=AT_ONCE)
        new = 0
        for mail in lying:
            new += await _store(work, ports, now, mail)
        await ports.mailbox.mark_read([each.uid for each in lying])
    except MailboxUnavailable as away:
        _log.warning("mailbox.unavailable", extra={"answer": str(away.facts.get("answer"))})
        return 0
    return new


async def _store(work: Work, ports: Ports, now: datetime, mail: LyingMail) -> bool:
    values = {
        "id": ports.randomness.new_id(Prefix.INBOUND_MAIL),
        "message_key": message_key(mail.content),
        "content": mail.content,
        "cut": mail.cut,
        "outcome": WAITING,
        "tries": 0,
        "received_at": now,
    }
    once = insert(InboundMail).values(**values).on_conflict_do_nothing(index_elements=["message_key"])
    async with work() as db:
        connection = await db.connection()
        if (await connection.execute(once.returning(col(InboundMail.id)))).first() is None:
            return False
        await defer_once(db, Job.READ_MAIL, once=str(values["id"]), inbound_id=str(values["id"]))
    return True


async def sweep_unread_mails(*, work: Work, limit: int = 200) -> int:
    """Put stored mails back into the queue whose job was lost; return how many wait."""
    query = select(InboundMail.id).where(InboundMail.outcome == WAITING, col(InboundMail.tries) < MOST_TRIES)
    async with work() as db:
        ids = list(await db.exec(query.order_by(col(InboundMail.received_at)).limit(limit)))
        for inbound_id in ids:
            await defer_once(db, Job.READ_MAIL, once=inbound_id, inbound_id=inbound_id)
    return len(ids)
