"""The receipt of a charge, once its price is final."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from fastapi import APIRouter
from pydantic import Field

from api.deps import CurrentDriver, Work
from api.models.finance import Receipt
from api.routes.app.shapes import Amount, Moment, PublicId, Shape, example, signed_in
from api.services.finance.receipts import receipt_of_charge

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
    charging_session_id: str
    issued_at: Moment
    issuer: str
    place: dict[str, Any]
    time_zone: str
    started_at: Moment | None
    energy_ended_at: Moment | None
    unplugged_at: Moment | None
    energy_wh: int
    lines: list[dict[str, Any]] = Field(description="Quantities and prices as exact decimal text.")
    taxes: list[Any]
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
        receipt = await receipt_of_charge(db=db, driver_id=driver.driver_id, charging_session_id=charging_session_id)
    return _shown(receipt)


def _shown(receipt: Receipt) -> ShownReceipt:
    document = receipt.document

    def money(name: str) -> Amount:
        return Amount(amount_minor=document[name], currency=document["currency"])

    def moment(name: str) -> datetime | None:
        return datetime.fromisoformat(document[name]) if document[name] else None

    card = document.get("card")
    return ShownReceipt(
        id=receipt.id,
        charging_session_id=receipt.charging_session_id,
        issued_at=receipt.issued_at,
        issuer=document["issuer"],
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
    )


def _parts(document: dict[str, Any]) -> ReceiptParts | None:
    parts, currency = document.get("parts"), document["currency"]
    if parts is None:
        return None
    names = ReceiptParts.model_fields
    return ReceiptParts(**{each: Amount(amount_minor=parts[f"{each}_minor"], currency=currency) for each in names})
