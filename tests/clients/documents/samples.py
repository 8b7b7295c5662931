"""Documents of each kind, as the services write them; one override a test."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from api.domain.finance.charges_overview import ChargesOverview, ListedCharge
from api.domain.finance.hold_letter import HoldLetter
from api.domain.finance.issuer import SANDBOX_ISSUER
from api.domain.money import Money

ISSUER = replace(SANDBOX_ISSUER, name="Chargehand Test AG", phone="+49 30 555 0100", iban="DE02 1203 0000 0000 2020 51")
PLACE = {
    "name": "Quay garage",
    "address": "Quay Street 4",
    "city": "Lübeck",
    "country": "DEU",
    "evse_id": "DE*QUA*E4*001",
    "visual_id": "#4",
    "operator": {"name": "Quay Energy", "phone": "+49 451 0000", "web": None},
}
_ENERGY = {
    "component_type": "energy",
    "billed_quantity": "20.5",
    "unit": "kWh",
    "unit_price": "0.395",
    "amount": "8.0975",
    "flags": [],
}
_PARKING = {
    "component_type": "parking_time",
    "billed_quantity": "0.5",
    "unit": "h",
    "unit_price": "3",
    "amount": "1.5",
    "flags": [],
}


def _rate(percent: str, net: int, vat: int) -> dict[str, Any]:
    return {"percent": percent, "net_minor": net, "vat_minor": vat, "gross_minor": net + vat}


def _head(kind: str, number: str, language: str) -> dict[str, Any]:
    return {
        "id": "rcp_1",
        "kind": kind,
        "number": number,
        "language": language,
        "issued_at": "2026-10-26T12:00:00.123456+00:00",
        "issuer": ISSUER.name,
        "seller": ISSUER.to_json(),
        "time_zone": "Europe/Berlin",
        "currency": "EUR",
    }


def a_receipt(language: str = "en", **fields: Any) -> dict[str, Any]:
    """Return a receipt over 11.42 euros."""
    return (
        _head("receipt", "CHH-2026-000123", language)
        | {
            "charging_session_id": "chs_1",
            "driver": {"name": "Robin Example"},
            "payer_type": "card",
            "fleet": None,
            "place": PLACE,
            "started_at": "2026-10-25T00:30:00+00:00",
            "energy_ended_at": "2026-10-25T01:30:00+00:00",
            "unplugged_at": "2026-10-25T02:00:00+00:00",
            "energy_kwh": "20.5",
            "lines": [_ENERGY, _PARKING],
            "taxes": [{"percent": "19", "minor": 182}],
            "vat_rates": [_rate("19", 960, 182)],
            "net_minor": 960,
            "vat_minor": 182,
            "total_minor": 1142,
            "parts": {"cpo_minor": 960, "roaming_minor": 0, "fee_minor": 0},
            "reserved_minor": 5000,
            "charged_minor": 1142,
            "released_minor": 3858,
            "waived_minor": 0,
            "card": {"brand": "visa", "last4": "4242"},
            "checks": [{"verdict": "equal", "difference": "0", "promise_kept": False}],
            "replaces": None,
            "replaces_number": None,
        }
        | fields
    )


def a_credit_note(language: str = "en", **fields: Any) -> dict[str, Any]:
    """Return a credit note over 5.95 euros."""
    return (
        a_receipt(language)
        | _head("credit_note", "CHH-2026-000124", language)
        | {
            "vat_rates": [_rate("19", 500, 95)],
            "net_minor": 500,
            "vat_minor": 95,
            "total_minor": 595,
            "reason": "bill_fell",
            "credits": {"id": "rcp_1", "number": "CHH-2026-000123", "issued_at": "2026-10-26T12:00:00.123456+00:00"},
        }
        | fields
    )


def a_help_receipt(language: str = "en", **fields: Any) -> dict[str, Any]:
    """Return a receipt over 19 euros of help."""
    return (
        _head("receipt", "CHH-2026-000125", language)
        | {
            "help": {"case_number": "C12345-67890", "what_for": "Freed the cable <by hand>", "offer_id": "hof_1"},
            "payer_type": "wallet",
            "driver": {"name": "Robin Example"},
            "place": {"name": "C12345-67890"},
            "energy_kwh": None,
            "vat_rates": [_rate("19", 1597, 303)],
            "net_minor": 1597,
            "vat_minor": 303,
            "total_minor": 1900,
            "charged_minor": 1900,
        }
        | fields
    )


def a_help_credit_note(language: str = "en", **fields: Any) -> dict[str, Any]:
    """Return the credit note of that help."""
    credited = {"id": "rcp_3", "number": "CHH-2026-000125", "issued_at": "2026-10-26T12:00:00.123456+00:00"}
    own = {"reason": "It was free when we came", "credits": credited}
    return a_help_receipt(language) | _head("credit_note", "CHH-2026-000126", language) | own | fields


def a_statement(language: str = "en", **fields: Any) -> dict[str, Any]:
    """Return a statement of a receipt and a credit note, 5.47 euros in all."""
    receipt = {"receipt_id": "rcp_1", "number": "CHH-2026-000123", "kind": "receipt", "place": PLACE}
    receipt |= {"issued_at": "2026-10-26T12:00:00.123456+00:00", "energy_kwh": "20.5"}
    note = receipt | {"number": "CHH-2026-000124", "kind": "credit_note"}
    return (
        _head("statement", "CHH-2026-000200", language)
        | {
            "driver": {"name": "Robin Example"},
            "month": "2026-10",
            "lines": [
                receipt | {"net_minor": 960, "vat_minor": 182, "total_minor": 1142},
                note | {"net_minor": -500, "vat_minor": -95, "total_minor": -595},
            ],
            "net_minor": 460,
            "vat_minor": 87,
            "vat_rates": [_rate("19", 460, 87)],
            "total_minor": 547,
        }
        | fields
    )


LINES = ((1, "19", 960, 182), (1, "25", 400, 100), (-1, "19", 500, 95))
"""Sign, rate, net and tax of the papers on an invoice."""


def _line(index: int, sign: int, percent: str, net: int, vat: int) -> dict[str, Any]:
    return {
        "receipt_id": f"rcp_{index}",
        "receipt_number": f"CHH-2026-{index:06d}",
        "driver": "Robin Example",
        "place": PLACE,
        "day": "2026-10-25",
        "energy_kwh": "20.5",
        "sign": sign,
        "percent": percent,
        "net_minor": net,
        "vat_minor": vat,
    }


def an_invoice(
    language: str = "en", lines: Sequence[tuple[int, str, int, int]] = LINES, **fields: Any
) -> dict[str, Any]:
    """Return a fleet's invoice whose sums are those of its lines."""
    sums: dict[str, tuple[int, int]] = {}
    for sign, percent, net, vat in lines:
        before = sums.get(percent, (0, 0))
        sums[percent] = (before[0] + sign * net, before[1] + sign * vat)
    rates = [_rate(percent, *both) for percent, both in sorted(sums.items(), reverse=True)]
    net, vat = (sum(each[name] for each in rates) for name in ("net_minor", "vat_minor"))
    return (
        _head("invoice", "CHH-2026-000201", language)
        | {
            "buyer": {
                "name": "Quay Logistics AG",
                "street": "Pier 7",
                "postal_code": "20457",
                "city": "Hamburg",
                "country": "DE",
                "vat_id": "DE987654321",
                "email": "accounts@quay.example",
                "reference": "PO 4711",
            },
            "month": "2026-10",
            "period": {"starts_on": "2026-10-01", "ends_on": "2026-10-31"},
            "due_on": "2026-11-16",
            "lines": [_line(index, *each) for index, each in enumerate(lines, start=1)],
            "vat_rates": rates,
            "net_minor": net,
            "vat_minor": vat,
            "total_minor": net + vat,
        }
        | fields
    )


def a_listed_charge(**fields: Any) -> ListedCharge:
    """Return a line of a list: 20.5 kWh for 11.42, paid by card."""
    values: dict[str, Any] = {
        "at": datetime(2026, 10, 25, 0, 29, 30, tzinfo=UTC),
        "time_zone": "Europe/Berlin",
        "place": "Quay garage, Lübeck",
        "energy_kwh": Decimal("20.5"),
        "currency": "EUR",
        "price_minor": 1142,
        "paid_minor": 1142,
        "refunded_minor": 0,
        "receipt_number": "CHH-2026-000123",
        "by_employer": False,
        "employer": None,
    }
    return ListedCharge(**(values | fields))


def an_overview(language: str = "en", *lines: ListedCharge, **fields: Any) -> ChargesOverview:
    """Return a list of charges."""
    values: dict[str, Any] = {
        "language": language,
        "issuer": ISSUER,
        "driver_name": "Robin Example",
        "account_number": "48210-93751",
        "written_at": datetime(2026, 10, 27, 8, 0, tzinfo=UTC),
        "time_zone": "Europe/Berlin",
        "since": None,
        "before": None,
        "narrowed": False,
        "lines": lines,
    }
    return ChargesOverview(**(values | fields))


def a_letter(language: str = "en", **fields: Any) -> HoldLetter:
    """Return the facts of a hold of 50.00 of which 11.42 were taken."""
    values: dict[str, Any] = {
        "language": language,
        "issuer": ISSUER,
        "driver_name": "Robin Example",
        "written_at": datetime(2026, 10, 27, 8, 0, 0, 123456, tzinfo=UTC),
        "time_zone": "Europe/Berlin",
        "place": "Quay garage, Lübeck",
        "authorized": Money(5000, "EUR"),
        "captured": Money(1142, "EUR"),
        "placed_at": datetime(2026, 10, 25, 0, 29, 30, tzinfo=UTC),
        "released_at": datetime(2026, 10, 26, 12, 0, 1, tzinfo=UTC),
        "expires_at": datetime(2026, 11, 1, 0, 29, 30, tzinfo=UTC),
        "card_brand": "visa",
        "card_last4": "4242",
        "payment_intent_id": "pi_3TestHold",
        "charge_id": "ch_3TestHold",
    }
    return HoldLetter(**(values | fields))
