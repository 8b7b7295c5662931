"""Papers about help that a driver paid for: the receipt, and the credit note where it was given back."""

from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.paper import PaperKind, RateShare
from api.domain.language import language_of
from api.models.driver import Driver
from api.models.finance import Receipt
from api.models.help_offer import HelpOffer
from api.models.support import SupportCase
from api.ports import Ports
from api.services.finance.mails import queue_mail
from api.services.finance.papers import Draft, write_paper

WALLET = "wallet"


async def write_help_receipt(
    *, db: AsyncSession, ports: Ports, now: datetime, offer: HelpOffer, case: SupportCase, driver: Driver
) -> Receipt:
    """Write the receipt of help that was just paid for, and queue its mail; the offer is locked and paid once."""
    content = _content(ports, offer, case, driver)
    draft = _draft(PaperKind.RECEIPT, offer, driver, content)
    return await _issue(db, ports, now, draft, driver)


async def write_help_credit_note(
    *, db: AsyncSession, ports: Ports, now: datetime, offer: HelpOffer, case: SupportCase, driver: Driver, reason: str
) -> Receipt:
    """Write the credit note of help that was just given back whole, and queue its mail."""
    receipt = await db.get_one(Receipt, offer.receipt_id)
    credited = {"id": receipt.id, "number": receipt.number, "issued_at": receipt.issued_at.isoformat()}
    content = _content(ports, offer, case, driver) | {"reason": reason, "credits": credited}
    draft = _draft(PaperKind.CREDIT_NOTE, offer, driver, content, credits_id=receipt.id)
    return await _issue(db, ports, now, draft, driver)


async def _issue(db: AsyncSession, ports: Ports, now: datetime, draft: Draft, driver: Driver) -> Receipt:
    paper = await write_paper(db=db, ports=ports, now=now, draft=draft)
    await queue_mail(db=db, ports=ports, now=now, receipt=paper, to_address=driver.email)
    return paper


def _draft(
    kind: PaperKind, offer: HelpOffer, driver: Driver, content: dict[str, Any], credits_id: str | None = None
) -> Draft:
    return Draft(
        kind=kind,
        cause=("help_offer", offer.id),
        language=language_of(driver.language),
        currency=offer.currency,
        total_minor=offer.amount_minor,
        content=content,
        driver_id=offer.driver_id,
        credits_id=credits_id,
    )


def _content(ports: Ports, offer: HelpOffer, case: SupportCase, driver: Driver) -> dict[str, Any]:
    """Return what both papers say; statements list them by ``place``, which is the case."""
    share = RateShare(offer.vat_percent, offer.amount_minor - offer.vat_minor, offer.vat_minor)
    rate = share.to_json()
    return {
        "help": {"case_number": case.number, "what_for": offer.what_for, "offer_id": offer.id},
        "payer_type": WALLET,
        "driver": {"name": driver.name, "account_number": driver.account_number},
        "place": {"name": case.number},
        "energy_kwh": None,
        "time_zone": driver.time_zone or ports.policy.issuer.time_zone,
        "vat_rates": [rate],
        "taxes": [{"percent": rate["percent"], "minor": share.vat_minor}],
        "net_minor": share.net_minor,
        "vat_minor": share.vat_minor,
        "charged_minor": offer.amount_minor,
    }
