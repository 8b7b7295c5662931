"""What a mail that came in does: answers a case of its sender, or opens one; what no person wrote does neither.

An address in From proves nothing. So a mail gets into a case only if it names the case, by number or by the mail of
ours that it answers, and comes from the address of its customer. Anybody else's opens a case of its own, which staff
see beside the one that was named.
"""

import logging

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict, Invalid
from api.domain.support.case import CaseEventKind, CaseKind, CaseState, CaseStep, Channel
from api.domain.support.forms import Topic
from api.domain.support.incoming import (
    IncomingMail,
    account_number_in,
    answered_mails,
    case_numbers,
    is_automatic,
    own_words,
)
from api.models.driver import Driver
from api.models.support import SupportCase
from api.models.support_mail import InboundMail, SupportMail
from api.ports import Ports
from api.services.drivers.signup import account_at
from api.services.support.advance import Told, locked_case, note_case, step_case
from api.services.support.customer import reply
from api.services.support.files import add_file
from api.services.support.intake import Asked, take_in_case
from api.services.support.mail_parse import MailUnreadable, read_message
from api.services.support.mails import Template, queue_case_mail
from api.services.support.open import SERVICE
from api.services.support.tell import ASKED_FOR
from api.services.work import Work

WAITING, OPENED, ANSWERED = "waiting", "opened", "answered"
AUTOMATIC, EMPTY, UNREADABLE = "automatic", "empty", "unreadable"
MOST_TRIES = 10
ACCOUNT_NUMBER = "account_number"
_log = logging.getLogger(__name__)


async def read_mail(*, work: Work, ports: Ports, inbound_id: str) -> None:
    """Read one stored mail and do what it asks for; one that has an outcome is left alone."""
    async with work() as db:
        row = await db.get(InboundMail, inbound_id, with_for_update=True)
        if row is None or row.outcome != WAITING or row.content is None:
            return
        row.tries += 1  # before anything is tried: what kills its reader is given up some day
        if row.tries > MOST_TRIES:
            row.outcome, row.read_at = UNREADABLE, ports.clock.now()
        db.add(row)
        content, cut = row.content, row.cut
    if row.outcome == UNREADABLE:
        return
    try:
        mail = read_message(content, cut=cut)
    except MailUnreadable as error:
        _log.warning("mail.unreadable", extra={"inbound_id": inbound_id, "reason": str(error.facts.get("reason"))})
        mail = None
    async with work() as db:
        stored = await db.get(InboundMail, inbound_id, with_for_update=True, populate_existing=True)
        if stored is not None and stored.outcome == WAITING:
            await _settle(db, ports, stored, mail)


async def _settle(db: AsyncSession, ports: Ports, row: InboundMail, mail: IncomingMail | None) -> None:
    """Store what a mail came to; what was read is let go, what could not be read is kept."""
    row.read_at = ports.clock.now()
    if mail is None or not mail.sender:
        row.outcome = UNREADABLE if mail is None or not is_automatic(mail, _ours(ports)) else AUTOMATIC
    elif is_automatic(mail, _ours(ports)):
        row.outcome = AUTOMATIC
    elif not (mail.text or mail.subject or mail.files):
        row.outcome = EMPTY
    else:
        row.outcome, case = await _into_a_case(db, ports, row, mail)
        row.case_id = case.id
    if row.outcome != UNREADABLE:
        row.content = None
    db.add(row)


def _ours(ports: Ports) -> tuple[str, ...]:
    return (ports.policy.support_address,) if ports.policy.support_address else ()


async def _into_a_case(db: AsyncSession, ports: Ports, row: InboundMail, mail: IncomingMail) -> tuple[str, SupportCase]:
    named = await _named_case(db, mail)
    theirs = named is not None and await _is_customer(db, named, mail.sender)
    if named is not None and theirs:
        case = await locked_case(db=db, case_id=named.id)
        if case.state != CaseState.CLOSED:
            await _answer(db, ports, case, mail)
            return ANSWERED, case
    case = await _open(db, ports, row, mail)
    if named is not None:
        await _link(db, ports, case, named, theirs=theirs)
    return OPENED, case


async def _named_case(db: AsyncSession, mail: IncomingMail) -> SupportCase | None:
    """Return the case that a mail names: by number, else by our mail that it answers."""
    if numbers := case_numbers(mail):
        query = select(SupportCase).where(col(SupportCase.number).in_(numbers))
        found = (await db.exec(query.order_by(col(SupportCase.opened_at).desc()).limit(1))).first()
        if found is not None:
            return found
    if ids := answered_mails(mail):
        answered = select(SupportMail.case_id).where(col(SupportMail.id).in_(ids))
        newest = answered.order_by(col(SupportMail.created_at).desc()).limit(1)
        case_id = (await db.exec(newest)).first()
        return await db.get(SupportCase, case_id) if case_id else None
    return None


async def _is_customer(db: AsyncSession, case: SupportCase, sender: str) -> bool:
    if case.customer_email == sender:
        return True
    driver = await db.get(Driver, case.driver_id) if case.driver_id else None
    return driver is not None and driver.email == sender


async def _answer(db: AsyncSession, ports: Ports, case: SupportCase, mail: IncomingMail) -> None:
    now = ports.clock.now()
    case = await reply(db=db, now=now, case_id=case.id, text=own_words(mail.text) or mail.subject or "…")
    if case.detail.get(ASKED_FOR) == ACCOUNT_NUMBER:
        driver, number = await account_at(db=db, email=mail.sender), account_number_in(mail)
        if driver is not None and number == driver.account_number:
            case.driver_id, case.account_number = driver.id, number
            case.detail = {name: value for name, value in case.detail.items() if name != ASKED_FOR}
            db.add(case)
    await _add_files(db, ports, case, mail)


async def _open(db: AsyncSession, ports: Ports, row: InboundMail, mail: IncomingMail) -> SupportCase:
    """Open a case; whoever has an account and did not tell its number is asked for it, and waited for (EP11)."""
    holder, number = await account_at(db=db, email=mail.sender), account_number_in(mail)
    proven = holder is not None and number == holder.account_number
    said = own_words(mail.text)
    given = {
        "description": "\n\n".join(filter(None, (mail.subject, said))) or "…",
        "email": mail.sender,
        "name": mail.sender_name,
        "account_number": number or "",
    }
    asked = Asked(
        kind=CaseKind.DRIVER,
        topic=Topic.OTHER,
        channel=Channel.EMAIL,
        given=given,
        language=mail.language or (holder.language if holder else "en"),
        driver=holder if proven else None,
        once_key=f"mail:{row.message_key}",
        checked=False,
    )
    case = await take_in_case(db=db, ports=ports, now=ports.clock.now(), asked=asked)
    case = await locked_case(db=db, case_id=case.id)
    await _add_files(db, ports, case, mail)
    row.case_id = case.id
    db.add(row)
    await db.flush()
    if holder is not None and not proven:
        await _ask_for_number(db, ports, case)
    return case


async def _ask_for_number(db: AsyncSession, ports: Ports, case: SupportCase) -> None:
    now = ports.clock.now()
    case.detail = {**case.detail, ASKED_FOR: ACCOUNT_NUMBER}
    told = Told(CaseEventKind.ASKED, SERVICE, public=True, detail={"told_by_mail": True, ASKED_FOR: ACCOUNT_NUMBER})
    step_case(db, now, case, CaseStep.ASK, told)
    await db.flush()
    await queue_case_mail(
        db=db, ports=ports, now=now, case=case, template=Template.ACCOUNT_NUMBER, to=str(case.customer_email),
        language=case.language,
    )  # fmt: skip


async def _add_files(db: AsyncSession, ports: Ports, case: SupportCase, mail: IncomingMail) -> None:
    """Add what we take of a mail's files, and note for staff what we do not."""
    for file in mail.files:
        try:
            await add_file(
                db=db, ports=ports, now=ports.clock.now(), case_id=case.id, name=file.name, content=file.content
            )
        except (Invalid, Conflict) as refused:
            told = Told(CaseEventKind.NOTE, SERVICE, public=False, text=f"{file.name}: {refused.code}")
            note_case(db, ports.clock.now(), case, told)


async def _link(db: AsyncSession, ports: Ports, new: SupportCase, named: SupportCase, *, theirs: bool) -> None:
    """Show staff both cases beside each other; customers see neither link."""
    now, why = ports.clock.now(), "written_after_closing" if theirs else "not_its_customer"
    old = await locked_case(db=db, case_id=named.id)
    for case, other in ((new, old), (old, new)):
        detail = {"case_id": other.id, "number": other.number, "because": why}
        note_case(db, now, case, Told(CaseEventKind.LINKED, SERVICE, public=False, detail=detail))
