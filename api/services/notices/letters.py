"""Letters: mails about a driver's account, queued in the transaction that causes them and sent by a job.

Kept beside the mails about papers (``services/finance/mails.py``), with which they share how mails are sent and tried
again (``outbox.py``). A letter's row has no link in it: that is derived when the mail is made (``link_tokens.py``).
"""

from datetime import datetime
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.ids import Prefix
from api.models.account import AccountLink
from api.models.notice import Letter
from api.ports import Ports
from api.ports.mail import OutgoingMail
from api.services.deferral import Job, defer_once
from api.services.notices.letter_texts import Template, letter_text
from api.services.notices.link_tokens import code_of, token_of
from api.services.notices.outbox import FIRST_BREAK, NOT_SENT, WAITING, attempt, note_attempt
from api.services.work import Work


async def queue_letter(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    template: Template,
    driver_id: str,
    to_address: str,
    language: str,
    facts: dict[str, Any] | None = None,
    link: AccountLink | None = None,
) -> Letter:
    """Store a letter, and the job that sends it; the account's own address need not be the one it goes to."""
    letter = Letter(
        id=ports.randomness.new_id(Prefix.LETTER),
        driver_id=driver_id,
        to_address=to_address,
        template=template,
        language=language,
        facts=facts or {},
        link_id=link.id if link else None,
        created_at=now,
        next_attempt_at=now + FIRST_BREAK,
    )
    db.add(letter)
    await db.flush()
    await defer_once(db, Job.SEND_LETTER, once=letter.id, letter_id=letter.id)
    return letter


async def send_letter(*, work: Work, ports: Ports, letter_id: str) -> None:
    """Send one waiting letter and note what came of it; one that has an outcome is left alone."""
    async with work() as db:
        letter = await db.get(Letter, letter_id)
        if letter is None or letter.outcome != WAITING:
            return
        link = await db.get(AccountLink, letter.link_id) if letter.link_id else None
    off = ports.mail.why_off()
    outcome, detail = (NOT_SENT, off) if off is not None else await attempt(ports, _message(ports, letter, link))
    async with work() as db:
        stored = await db.get(Letter, letter_id, with_for_update=True, populate_existing=True)
        if stored is not None:
            note_attempt(stored, now=ports.clock.now(), outcome=outcome, detail=detail)
            db.add(stored)


async def sweep_letters(*, work: Work, now: datetime, limit: int = 200) -> int:
    """Put letters whose next attempt is due back into the queue, whose job is lost or was in vain; return how many."""
    due = select(Letter.id).where(Letter.outcome == WAITING, col(Letter.next_attempt_at) <= now)
    async with work() as db:
        ids = list(await db.exec(due.order_by(col(Letter.next_attempt_at)).limit(limit)))
        for letter_id in ids:
            await defer_once(db, Job.SEND_LETTER, once=letter_id, letter_id=letter_id)
    return len(ids)


def _message(ports: Ports, letter: Letter, link: AccountLink | None) -> OutgoingMail:
    """Return a letter in its reader's language, with the link that it is about."""
    policy = ports.policy
    facts = dict(letter.facts) | {"our_name": policy.our_name, "contact": policy.issuer.email}
    if link is not None:
        token, code = token_of(policy, link.id, link.token_hash), code_of(policy, link.id, link.token_hash)
        page = link.purpose.replace("_", "-")
        facts |= {
            "link": f"{policy.public_url}/account/{page}/{token}",
            "code": f"{code[:4]} {code[4:]}",
            "address": link.address,
        }
    subject, text = letter_text(Template(letter.template), letter.language, facts)
    return OutgoingMail(letter.id, letter.to_address, subject, text, letter.language)
