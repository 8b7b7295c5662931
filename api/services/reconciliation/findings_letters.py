"""The actions about findings that write: the receipt once more to the driver, a letter to the partner."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from api.domain.errors import NotFound
from api.domain.finance.finding_reasons import words_of
from api.domain.finance.partner_letter import letter_to_partner
from api.domain.ids import Prefix
from api.models.driver import Driver
from api.models.finance import MismatchRow
from api.services.charging.approvals import note_action
from api.services.finance.mails import resend_paper
from api.services.reconciliation.findings_facts import About
from api.services.reconciliation.findings_steps import note_of
from api.services.reconciliation.findings_wish import Outcome, Wish
from api.services.reconciliation.partner_letters import PARTNER, queue_letter_to_partner


class NoPaper(NotFound):
    """The charge has no receipt, or its driver no address."""


async def send_receipt(wish: Wish) -> Outcome:
    """Send the newest paper of the charge to its driver once more; the same request sends it once."""
    paper, charge = wish.about.receipt, wish.about.charge
    driver = None if charge is None else await wish.db.get(Driver, charge.driver_id)
    if paper is None or driver is None or not driver.email:
        raise NoPaper("no_paper")
    key = wish.by.request_id or wish.ports.randomness.new_id(Prefix.MAIL)
    mail = await resend_paper(
        db=wish.db, ports=wish.ports, now=wish.now, receipt=paper, to_address=driver.email, key=key
    )
    await _log(wish, "receipt_sent_again", paper.id, {"number": paper.number, "mail": mail.id})
    return Outcome(mail.id, facts={"number": paper.number})


async def dispute_cdr(wish: Wish) -> Outcome:
    """Mail a letter to the partner and wait for them; where no address is on file, people send what is kept here."""
    text = note_of(wish.text)
    subject = wish.about.cdr.key if wish.about.cdr else wish.finding.subject
    letter = await queue_letter_to_partner(wish, text)
    sent = {"mail": letter.id, "to": letter.to_address} if letter else {}
    await _log(wish, "partner_written_to", subject, {"letter": text} | sent)
    return Outcome(subject, facts={"waiting_for": PARTNER} | sent)


async def _log(wish: Wish, action: str, subject_id: str, after: dict[str, Any]) -> None:
    await note_action(
        db=wish.db,
        now=wish.now,
        by=wish.by.name,
        action=action,
        subject_id=subject_id,
        charging_session_id=wish.finding.charging_session_id,
        reason=wish.finding.reason,
        after=after | {"finding": wish.finding.id},
    )


def draft_letter(finding: MismatchRow, about: About) -> str:
    """Return what could be written to the partner about a finding."""
    cdr, charge = about.cdr, about.charge
    place = {} if charge is None else charge.place
    facts = {
        "cdr": cdr.id if cdr else None,
        "session": (cdr.session_id if cdr else None) or _session_of(about),
        "evse": place.get("evse_id"),
        "started_at": _moment(cdr.started_at if cdr else charge.charging_at if charge else None),
        "ended_at": _moment(cdr.ended_at if cdr else charge.unplugged_at if charge else None),
        "energy_kwh": _kwh(cdr.total_energy_kwh if cdr else charge.kwh if charge else None),
        "currency": cdr.currency if cdr else finding.currency,
        **{name: finding.detail.get(name) for name in ("billed", "computed", "difference")},
    }
    lines = finding.detail.get("lines") or []
    return letter_to_partner(reason=finding.reason, title=words_of(finding.reason).title, facts=facts, lines=lines)


def _session_of(about: About) -> str | None:
    key = about.charge.partner_session_key if about.charge else None
    return None if key is None else key.rpartition("/")[2]


def _kwh(energy: Decimal | None) -> str | None:
    return None if energy is None else f"{energy.quantize(Decimal('0.001')).normalize():f}"


def _moment(at: datetime | None) -> str | None:
    return None if at is None else f"{at:%Y-%m-%d %H:%M} UTC"
