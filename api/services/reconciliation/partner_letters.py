"""Letters to partners about findings, as mail: queued with the step of staff that wrote them, sent by a job.

How mails are tried is that of all mails (``services/notices/outbox.py``). One that does not arrive is told in the
finding's history, which then waits for the partner no more: somebody has to write otherwise.
"""

import re
from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Invalid
from api.domain.finance.finding import EventKind
from api.domain.finance.finding_reasons import words_of
from api.domain.ids import Prefix
from api.models.letters import PartnerLetter
from api.models.partner import Partner
from api.ports import Ports
from api.ports.mail import OutgoingMail
from api.services.charging.findings import note_event
from api.services.deferral import Job, defer_once
from api.services.notices.outbox import FIRST_BREAK, NOT_SENT, SENT, WAITING, attempt, note_attempt
from api.services.reconciliation.findings_steps import lock_finding
from api.services.reconciliation.findings_wish import Wish
from api.services.roaming.partners import partner_by_id
from api.services.work import Work

PARTNER = "partner"
"""What a finding waits for once somebody wrote to the partner."""
_ADDRESS = re.compile(r"[^\s@<>,;:\x00-\x1f]{1,64}@[^\s@<>,;:\x00-\x1f]{1,255}")
_US = "chargehand"
_LANGUAGE = "en"
_LONGEST_SUBJECT = 150


class PartnerAddressUnreadable(Invalid):
    """This is no e-mail address."""


async def set_contact(*, db: AsyncSession, partner_id: str, email: str | None) -> Partner:
    """Set where letters to a partner go, None for nowhere; raises UnknownPartner, PartnerAddressUnreadable."""
    address = None if email is None else email.strip()
    if address is not None and not _ADDRESS.fullmatch(address):
        raise PartnerAddressUnreadable("address_unreadable")
    partner = await partner_by_id(db, partner_id)
    partner.contact_email = address
    db.add(partner)
    return partner


async def address_of_partner(*, db: AsyncSession, partner_id: str | None) -> str | None:
    """Return where letters to a partner go, None where no address is on file."""
    partner = None if partner_id is None else await db.get(Partner, partner_id)
    return None if partner is None else partner.contact_email


async def queue_letter_to_partner(wish: Wish, text: str) -> PartnerLetter | None:
    """Store a letter and the job that sends it; None where no address is on file. The same request writes once."""
    finding, db = wish.finding, wish.db
    address = await address_of_partner(db=db, partner_id=finding.partner_id)
    if address is None or finding.partner_id is None:
        return None
    letter_id = wish.ports.randomness.new_id(Prefix.PARTNER_LETTER)
    key = f"{finding.id}:{wish.by.request_id or letter_id}"
    known = (await db.exec(select(PartnerLetter).where(PartnerLetter.request_key == key))).first()
    if known is not None:
        return known
    policy = wish.ports.policy
    letter = PartnerLetter(
        id=letter_id,
        request_key=key,
        mismatch_id=finding.id,
        partner_id=finding.partner_id,
        to_address=address,
        subject=f"{policy.our_name}: {words_of(finding.reason).title} ({finding.id})"[:_LONGEST_SUBJECT],
        text=f"{text}\n\n{policy.our_name}\n{policy.issuer.email}\n",
        written_by=wish.by.name,
        created_at=wish.now,
        next_attempt_at=wish.now + FIRST_BREAK,
    )
    db.add(letter)
    await db.flush()
    await defer_once(db, Job.SEND_PARTNER_LETTER, once=letter.id, letter_id=letter.id)
    return letter


async def send_letter_to_partner(*, work: Work, ports: Ports, letter_id: str) -> None:
    """Send one waiting letter and note what came of it; one that has an outcome is left alone."""
    async with work() as db:
        letter = await db.get(PartnerLetter, letter_id)
    if letter is None or letter.outcome != WAITING:
        return
    off = ports.mail.why_off()
    message = OutgoingMail(letter.id, letter.to_address, letter.subject, letter.text, _LANGUAGE)
    outcome, detail = (NOT_SENT, off) if off is not None else await attempt(ports, message)
    now = ports.clock.now()
    async with work() as db:
        finding = await lock_finding(db=db, finding_id=letter.mismatch_id)
        stored = await db.get_one(PartnerLetter, letter_id, with_for_update=True, populate_existing=True)
        if stored.outcome != WAITING:
            return
        note_attempt(stored, now=now, outcome=outcome, detail=detail)
        db.add(stored)
        if stored.outcome in {WAITING, SENT}:
            return
        if finding.waiting_for == PARTNER:
            finding.waiting_for = None
            db.add(finding)
        words = f"The letter to {stored.to_address} did not arrive ({stored.outcome}: {stored.detail})."
        note_event(db, now, finding.id, kind=EventKind.COMMENTED, by=_US, text=words)


async def sweep_letters_to_partners(*, work: Work, now: datetime, limit: int = 200) -> int:
    """Put letters whose next attempt is due back into the queue; return how many."""
    due = select(PartnerLetter.id).where(PartnerLetter.outcome == WAITING, col(PartnerLetter.next_attempt_at) <= now)
    async with work() as db:
        ids = list(await db.exec(due.order_by(col(PartnerLetter.next_attempt_at)).limit(limit)))
        for letter_id in ids:
            await defer_once(db, Job.SEND_PARTNER_LETTER, once=letter_id, letter_id=letter_id)
    return len(ids)


async def letters_about(*, db: AsyncSession, finding_id: str) -> Sequence[PartnerLetter]:
    """Return the letters about a finding, oldest first."""
    query = select(PartnerLetter).where(PartnerLetter.mismatch_id == finding_id)
    return list(await db.exec(query.order_by(col(PartnerLetter.created_at), col(PartnerLetter.id))))
