"""The receipt of a charge, once its price is final."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from fastapi import APIRouter
from pydantic import Field

from api.deps import CurrentDriver, Work
from api.domain.finance.paper import read_rates
from api.routes.app.shapes import Amount, Moment, PublicId, Shape, example, signed_in
from api.services.finance.receipts import ChargePapers, papers_for_driver

router = APIRouter(tags=["Charging"])
_EUROS = {"amount_minor": 1580, "currency": "EUR"}
_NET = {"amount_minor": 1328, "currency": "EUR"}
_NOTHING = {"amount_minor": 0, "currency": "EUR"}

_PLACE = {
    "name": "Harbor",
    "address": "Harbor Street 1",
    "city": "Stuttgart",
    "country": "DEU",
    "evse_id": "DE*ABC*E7*013",
    "visual_id": "#13",
    "visual_id_source": "typed",
    "physical_reference": "13",
    "connector": "iec_62196_t2",
    "power_type": "ac_3_phase",
    "max_power_w": 22000,
    "operator": {"name": "Harbor Energy", "web": None, "phone": "+49 711 0000"},
}
_LINE = {
    "component_type": "energy",
    "tariff_id": "T1",
    "element_index": 0,
    "quantity": "22.5",
    "billed_quantity": "22.5",
    "unit": "kWh",
    "unit_price": "0.59",
    "step_size": 1,
    "amount": "13.275",
    "vat_percent": "19",
    "tax": "2.52225",
    "flags": [],
}


_CHECK = {
    "cdr": "C-2026-17",
    "verdict": "equal",
    "billed": "13.275",
    "computed": "13.275",
    "difference": "0",
    "is_ceiling": False,
    "promise_kept": False,
    "lines": [{"kind": "energy", "billed": "13.275", "computed": "13.275", "difference": "0"}],
    "notes": [],
}


_SELLER = {
    "name": "Chargehand",
    "street": "Harbor Street 1",
    "postal_code": "10115",
    "city": "Berlin",
    "country": "DE",
    "vat_id": "DE123456789",
    "email": "help@chargehand.example",
    "phone": None,
    "iban": None,
}


class CreditNote(Shape):
    """A credit note on a receipt."""

    id: str
    number: str
    issued_at: Moment
    total: Amount
    reason: str = Field(description="A word such as `bill_fell` or `refund`, or a sentence.")


class RateSum(Shape):
    """What is taxed at one rate."""

    percent: str | None = Field(description="Exact text; null: one tax over several rates.")
    net: Amount
    vat: Amount


class ReceiptCard(Shape):
    """The card that was charged, as far as a receipt may show it."""

    brand: str | None
    last4: str | None


class ReceiptParts(Shape):
    """Who gets what of the total: the operator, roaming, and our own fee, all before tax where it is known."""

    cpo: Amount
    roaming: Amount
    fee: Amount


class ShownReceipt(Shape):
    """The receipt as it was written; it never changes."""

    model_config = example(
        {
            "id": "rcp_88bb",
            "number": "CHH-2026-000123",
            "kind": "receipt",
            "language": "en",
            "seller": _SELLER,
            "payer_type": "card",
            "vat_rates": [{"percent": "19", "net": _NET, "vat": {"amount_minor": 252, "currency": "EUR"}}],
            "replaces": None,
            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "pdf_url": "/v1/charging-sessions/chs_0a1b/receipt.pdf",
            "credit_notes": [],
            "total_after_credits": _EUROS,
            "charging_session_id": "chs_0a1b",
            "issued_at": "2026-03-02T12:00:00Z",
            "issuer": "Chargehand",
            "place": _PLACE,
            "time_zone": "Europe/Berlin",
            "started_at": "2026-03-02T09:00:00Z",
            "energy_ended_at": "2026-03-02T10:00:00Z",
            "unplugged_at": "2026-03-02T10:20:00Z",
            "energy_wh": 22500,
            "lines": [_LINE],
            "taxes": [{"percent": "19.00", "minor": 252}],
            "net": _NET,
            "vat": {"amount_minor": 252, "currency": "EUR"},
            "total": _EUROS,
            "parts": {"cpo": _NET, "roaming": _NOTHING, "fee": _NOTHING},
            "reserved": {"amount_minor": 5000, "currency": "EUR"},
            "charged": _EUROS,
            "released": {"amount_minor": 3420, "currency": "EUR"},
            "card": {"brand": "visa", "last4": "4242"},
            "checks": [_CHECK],
        }
    )
    id: str
    number: str = Field(description="Without gaps by issuer and year.")
    kind: str
    language: str
    charging_session_id: str
    issued_at: Moment
    issuer: str
    seller: dict[str, Any] = Field(description="The company that issued it, with address and VAT id.")
    payer_type: str = Field(description="`fleet`: a company pays, and this is a record and no invoice.")
    place: dict[str, Any]
    time_zone: str
    started_at: Moment | None
    energy_ended_at: Moment | None
    unplugged_at: Moment | None
    energy_wh: int
    lines: list[dict[str, Any]] = Field(description="Quantities and prices as exact decimal text.")
    taxes: list[Any]
    vat_rates: list[RateSum]
    net: Amount
    vat: Amount | None = Field(description="Null: the tax is unknown.")
    total: Amount
    parts: ReceiptParts | None = Field(description="Null: there is no bill to share out.")
    reserved: Amount
    charged: Amount
    released: Amount
    card: ReceiptCard | None
    checks: list[Any] = Field(
        description="What our own computation of the operator's bill found. `promise_kept`: it asked for more than the"
        " accepted price allows, and the driver pays the accepted price."
    )
    replaces: str | None = Field(description="The id of the receipt that this one stands for.")
    sha256: str = Field(description="Of the document as stored; the PDF is made from it once.")
    pdf_url: str
    credit_notes: list[CreditNote] = Field(description="All of the charge's, also on receipts that were replaced.")
    total_after_credits: Amount


@router.get(
    "/charging-sessions/{charging_session_id}/receipt",
    operation_id="getReceipt",
    summary="Show the receipt of a charge",
    response_model=ShownReceipt,
    responses=signed_in(unknown_charging_session=404, no_receipt_yet=404),
)
async def get_receipt(charging_session_id: PublicId, work: Work, driver: CurrentDriver) -> ShownReceipt:
    """Return the receipt; 404 until the final price is known."""
    async with work() as db:
        found = await papers_for_driver(db=db, driver_id=driver.driver_id, charging_session_id=charging_session_id)
    return shown_receipt(found)


def shown_receipt(papers: ChargePapers) -> ShownReceipt:
    """Return the shape of a receipt with its credit notes."""
    receipt = papers.receipt
    document = receipt.document

    def money(name: str) -> Amount:
        return Amount(amount_minor=document[name], currency=document["currency"])

    def moment(name: str) -> datetime | None:
        return datetime.fromisoformat(document[name]) if document[name] else None

    card = document.get("card")
    return ShownReceipt(
        **_head(papers),
        place=document["place"],
        time_zone=document["time_zone"],
        started_at=moment("started_at"),
        energy_ended_at=moment("energy_ended_at"),
        unplugged_at=moment("unplugged_at"),
        energy_wh=int((Decimal(document["energy_kwh"]) * 1000).to_integral_value()),
        lines=document["lines"],
        taxes=document["taxes"],
        net=money("net_minor"),
        vat=None if document["vat_minor"] is None else money("vat_minor"),
        total=money("total_minor"),
        parts=_parts(document),
        reserved=money("reserved_minor"),
        charged=money("charged_minor"),
        released=money("released_minor"),
        card=ReceiptCard(brand=card["brand"], last4=card["last4"]) if card else None,
        checks=document["checks"],
        replaces=receipt.replaces_id,
    )


def _head(papers: ChargePapers) -> dict[str, Any]:
    """Return what tells the paper itself, its tax by rate, and what was taken back since."""
    receipt, document = papers.receipt, papers.receipt.document
    mine = [each for each in papers.credit_notes if each.credits_id == receipt.id]

    def amount(minor: int) -> Amount:
        return Amount(amount_minor=minor, currency=receipt.currency)

    return {
        "id": receipt.id,
        "number": receipt.number,
        "kind": receipt.kind,
        "language": receipt.language,
        "charging_session_id": document["charging_session_id"],
        "issued_at": receipt.issued_at,
        "issuer": document["issuer"],
        "seller": document.get("seller", {}),
        "payer_type": document.get("payer_type", "card"),
        "vat_rates": [
            RateSum(percent=each.to_json()["percent"], net=amount(each.net_minor), vat=amount(each.vat_minor))
            for each in read_rates(document)
        ],
        "sha256": receipt.sha256,
        "pdf_url": f"/v1/charging-sessions/{document['charging_session_id']}/receipt.pdf",
        "credit_notes": [
            CreditNote(
                id=each.id,
                number=each.number,
                issued_at=each.issued_at,
                total=amount(each.total_minor),
                reason=each.document["reason"],
            )
            for each in papers.credit_notes
        ],
        "total_after_credits": amount(receipt.total_minor - sum(each.total_minor for each in mine)),
    }


def _parts(document: dict[str, Any]) -> ReceiptParts | None:
    parts, currency = document.get("parts"), document["currency"]
    if parts is None:
        return None
    names = ReceiptParts.model_fields
    return ReceiptParts(**{each: Amount(amount_minor=parts[f"{each}_minor"], currency=currency) for each in names})
