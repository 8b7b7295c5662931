"""A price as JSON for programs: decimal strings in plain notation, null for what is not known."""

import json
from decimal import Decimal

from api.domain.pricing.breakdown import LIMIT_ELEMENT, CostBreakdown, PriceLine, plain


def price_json(cost: CostBreakdown) -> str:
    """Return ``{"currency", "total": {"excl_vat", "incl_vat"}, "lines", "notes"}``, exact and unrounded."""
    document = {
        "currency": cost.currency,
        "total": {
            "excl_vat": plain(cost.excl_vat) if cost.excl_known else None,
            "incl_vat": _plain_or_none(cost.incl_vat),
        },
        "lines": [_line(each) for each in cost.lines],
        "notes": [{"code": each.code, **each.facts} for each in cost.notes],
    }
    return json.dumps(document, indent=2)


def _line(line: PriceLine) -> dict[str, object]:
    """Return a line; one that brings the session to a price limit belongs to no element, so its element is null."""
    return {
        "tariff_id": line.tariff_id,
        "element": None if line.element_index == LIMIT_ELEMENT else line.element_index,
        "component": line.component_type.value,
        "quantity": plain(line.quantity),
        "unit": line.unit,
        "billed_quantity": plain(line.billed_quantity),
        "unit_price": plain(line.unit_price),
        "step_size": line.step_size,
        "amount": None if "tax_inside_unknown" in line.flags else plain(line.amount),
        "vat_percent": _plain_or_none(line.vat_percent),
        "tax": _plain_or_none(line.tax),
        "flags": list(line.flags),
    }


def _plain_or_none(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)
