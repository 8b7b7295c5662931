"""A retail rule as plain JSON and back, exactly: stored with a quote, so that no later rule changes its price.

Our own shape, decimals as strings, field names as in ``retail``. Does not live here: the tariff's (``snapshot``).
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from api.domain.errors import Invalid
from api.domain.money import Money
from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.retail import RetailRule


def retail_to_json(rule: RetailRule) -> dict[str, Any]:
    """Return the rule as a dict of JSON values; ``retail_from_json`` gives back an equal rule."""
    fee = rule.session_fee
    return {
        "markup_percent": str(rule.markup_percent),
        "session_fee": None if fee is None else {"minor": fee.minor, "currency": fee.currency},
        "minute_fee": str(rule.minute_fee),
        "free_minutes": rule.free_minutes,
        "vat_percent": None if rule.vat_percent is None else str(rule.vat_percent),
        "rule_id": rule.rule_id,
    }


def retail_from_json(raw: Mapping[str, Any]) -> RetailRule:
    """Return the rule of a snapshot. Raises ``PricingRefused("snapshot_invalid")``."""
    try:
        fee, vat = raw["session_fee"], raw["vat_percent"]
        return RetailRule(
            markup_percent=Decimal(raw["markup_percent"]),
            session_fee=None if fee is None else Money(fee["minor"], fee["currency"]),
            minute_fee=Decimal(raw["minute_fee"]),
            free_minutes=int(raw["free_minutes"]),
            vat_percent=None if vat is None else Decimal(vat),
            rule_id=raw["rule_id"],
        )
    except (KeyError, TypeError, ValueError, InvalidOperation, Invalid) as wrong:
        raise PricingRefused("snapshot_invalid", problem=repr(wrong)) from wrong
