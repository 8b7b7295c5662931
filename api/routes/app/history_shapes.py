"""A charge of the past on the wire: all that the charge tells, with what was paid, by whom, and the receipt."""

from datetime import datetime
from typing import Any

from pydantic import Field

from api.domain.finance.payer import Payer
from api.domain.language import wishes_of
from api.routes.app.charging_shapes import CHARGE_EXAMPLE, ShownCharge, shown_charge
from api.routes.app.guide_shapes import language_for
from api.routes.app.history_texts import paid_text
from api.routes.app.shapes import Amount, Shape, amount_of, example
from api.services.history.entries import Entry
from api.services.roaming.networks import network_id

ENTRY_EXAMPLE: dict[str, Any] = CHARGE_EXAMPLE | {
    "network_id": "net_DE-ABC",
    "visual_id": "#13",
    "payment": {
        "paid": {"amount_minor": 1580, "currency": "EUR"},
        "refunded": {"amount_minor": 0, "currency": "EUR"},
        "paid_by": "driver",
        "employer": None,
        "text": "Paid by you, by card",
    },
    "receipt": {
        "id": "rcp_88bb",
        "number": "CHH-2026-000123",
        "url": "/v1/charging-sessions/chs_0a1b/receipt",
        "pdf_url": "/v1/charging-sessions/chs_0a1b/receipt.pdf",
    },
    "rating_url": "/v1/charging-sessions/chs_0a1b/rating",
}


class HistoryPayment(Shape):
    """What was paid and by whom."""

    paid: Amount | None = Field(description="Taken for this charge, before refunds; null: nothing was taken yet.")
    refunded: Amount = Field(description="What of it has gone back.")
    paid_by: str = Field(description="`driver` or `employer`; new values may come.")
    employer: str | None = Field(description="The company that pays, where it is not the driver.")
    text: str = Field(description="The same as a sentence in the driver's language.")


class HistoryReceipt(Shape):
    """Where the receipt is; where an employer pays it is a record and no invoice."""

    id: str
    number: str
    url: str
    pdf_url: str


class HistoryCharge(ShownCharge):
    """One charge of the history."""

    model_config = example(ENTRY_EXAMPLE)
    network_id: str
    visual_id: str | None = Field(description="By what the driver named the post.")
    payment: HistoryPayment
    receipt: HistoryReceipt | None = Field(description="Null: the final price is not known yet, or there is none.")
    rating_url: str


def shown_entry(entry: Entry, now: datetime, accept_language: str | None) -> HistoryCharge:
    """Return the shape of a charge of the history."""
    row = entry.charge
    shown = shown_charge(row, entry.hold, now, accept_language)
    url = f"/v1/charging-sessions/{row.id}"
    return HistoryCharge(
        **{name: getattr(shown, name) for name in ShownCharge.model_fields},
        network_id=network_id(row.country_code, row.party_id),
        visual_id=row.visual_id,
        payment=_payment(entry, language_for(row, wishes_of(accept_language))),
        receipt=_receipt(entry, url),
        rating_url=f"{url}/rating",
    )


def _payment(entry: Entry, language: str) -> HistoryPayment:
    row = entry.charge
    return HistoryPayment(
        paid=amount_of(entry.paid_minor, row.currency),
        refunded=Amount(amount_minor=entry.refunded_minor, currency=row.currency),
        paid_by="employer" if row.payer_type == Payer.FLEET else "driver",
        employer=entry.employer,
        text=paid_text(row.payer_type, entry.paid_minor, language),
    )


def _receipt(entry: Entry, url: str) -> HistoryReceipt | None:
    paper = entry.receipt
    if paper is None:
        return None
    return HistoryReceipt(id=paper.id, number=paper.number, url=f"{url}/receipt", pdf_url=f"{url}/receipt.pdf")
