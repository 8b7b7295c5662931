"""The retail rule of a charge: the snapshot of its quote, whatever the book of rules says by now."""

from datetime import datetime
from typing import Any

from api.domain.pricing.local_time import local_date
from api.domain.pricing.retail import PriceParts, RetailRule
from api.domain.pricing.retail_snapshot import retail_from_json
from api.domain.pricing.vat import vat_percent
from api.models.charging import ChargingSession
from api.ports.policy import ServicePolicy


def retail_of(charge: ChargingSession, policy: ServicePolicy) -> RetailRule:
    """Return how the partner's cost becomes the driver's price; raises PricingRefused for a broken snapshot.

    A charge from before there were snapshots is passed through, with the tax of the day on which it was made.
    """
    if charge.retail is not None:
        return retail_from_json(charge.retail)
    day = local_date(charge.created_at, charge.time_zone)
    return RetailRule(vat_percent=vat_percent(str(charge.place.get("country", "")), day, policy.vat_percent_by_country))


def stay_seconds(since: datetime | None, until: datetime) -> int:
    """Return the whole seconds of a stay that began at ``since``; 0 while nobody knows when."""
    return 0 if since is None else max(0, int((until - since).total_seconds()))


def parts_document(parts: PriceParts) -> dict[str, Any]:
    """Return who gets what of a price as JSON, in minor units of its currency."""
    return {
        "cpo_minor": parts.cpo.minor,
        "roaming_minor": parts.roaming.minor,
        "fee_minor": parts.fee.minor,
        "vat_minor": None if parts.vat is None else parts.vat.minor,
    }
