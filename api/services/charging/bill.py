"""From a charge's CDRs to the driver's bill: the net of all of them, checked against our own computation.

The driver pays what the CDRs say, net of credits, plus tax; what our computation says of the same periods is kept as
the audit and a difference becomes a finding. Answers to OCPI 2.2.1 chapter 10 and ``ocpi.md`` 1.6.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import msgspec

from api.domain.errors import Refused
from api.domain.finance.ledger import tax_share
from api.domain.money import Money, to_minor_half_up
from api.domain.pricing.breakdown import SESSION, CostBreakdown, PriceLine
from api.domain.pricing.price import price
from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.retail import DriverPrice, RetailRule, driver_price
from api.domain.pricing.snapshot import tariff_from_json
from api.domain.pricing.tariff import ComponentType
from api.domain.roaming.cdr import Cdr
from api.models.charging import ChargingSession
from api.models.roaming import CdrRow
from api.ports.policy import ServicePolicy
from api.services.charging.retail import parts_document, retail_of, stay_seconds
from api.services.payments.converge import TaxOf

TOLERANCE = Decimal("0.01")
"""One cent of major units: partners round their totals, and OCPI defines no rounding."""


MOST_CREDIBLE = Decimal(10) ** 9
"""A cost of so many major units is a partner's mistake in every currency, and far from what can be stored."""


class CurrencyDiffers(Refused):
    """A CDR is in another currency than the hold: never converted silently (payments.md 4.21)."""


class StoryIncomplete(Refused):
    """The CDRs do not add up to one bill, and no money moves on half a story (payments.md 4.10, 4.11).

    Codes: ``cost_absurd``, ``tax_absurd``, ``credit_not_negative``, ``cost_negative``, ``credit_without_cdr``,
    ``session_billed_twice``.
    """


@dataclass(frozen=True, slots=True)
class Audit:
    """What our computation says of one CDR: ``verdict`` is ``equal``, ``differs``, ``no_tariff`` or ``unpriced:``."""

    cdr_key: str
    verdict: str
    billed: Decimal
    computed: Decimal | None
    lines: tuple[PriceLine, ...] = ()


def audit_cdr(row: CdrRow, cdr: Cdr, charge: ChargingSession) -> Audit:
    """Price a CDR's periods with the tariff that the driver accepted and compare; never raises."""
    billed = abs(row.total_cost)
    if charge.tariff is None:
        return Audit(row.key, "no_tariff", billed, None)
    try:
        tariff = tariff_from_json(charge.tariff)
        computed = price(cdr.charging_periods, tariff, time_zone=charge.time_zone, ended_at=cdr.ended_at)
    except PricingRefused as refused:
        return Audit(row.key, f"unpriced:{refused.code}", billed, None)
    verdict = "equal" if abs(computed.excl_vat - billed) <= TOLERANCE else "differs"
    return Audit(row.key, verdict, billed, computed.excl_vat, computed.lines)


def bill_of(rows: Sequence[CdrRow], charge: ChargingSession, policy: ServicePolicy) -> DriverPrice:
    """Return the driver's price of the net of ``rows``; raises CurrencyDiffers, StoryIncomplete, PricingRefused.

    Our fees go with a bill that stands: where the partner took all of it back, nothing was sold.
    """
    for row in rows:
        if row.currency != charge.currency:
            raise CurrencyDiffers("currency_differs", cdr=row.id, currency=row.currency)
        _check_cost(row)
    rule = retail_of(charge, policy)
    if not _standing_bills(rows):
        rule = _without_fees(rule)
    lines = tuple(_billed_line(row, rule.vat_percent) for row in rows)
    net = sum((line.amount for line in lines), Decimal(0))
    cost = CostBreakdown(charge.currency, lines, net, None)
    return driver_price(cost, rule, stay_seconds=_stay(rows, charge))


def _stay(rows: Sequence[CdrRow], charge: ChargingSession) -> int:
    """Return how long the car stayed, by its CDRs where no session told."""
    since = charge.charging_at or min(row.started_at for row in rows)
    return stay_seconds(since, charge.unplugged_at or max(row.ended_at for row in rows))


def _without_fees(rule: RetailRule) -> RetailRule:
    """Return the rule with its markup and tax only."""
    return replace(rule, session_fee=None, minute_fee=Decimal(0))


def is_credible(row: CdrRow) -> bool:
    """Say whether a CDR's cost is a number that can be money at all."""
    return all(abs(cost) < MOST_CREDIBLE for cost in _costs(row))


def _costs(row: CdrRow) -> tuple[Decimal, Decimal]:
    """Return the cost without and with taxes, which are the same where the partner states no taxes."""
    stated = row.total_cost_with_taxes
    return row.total_cost, row.total_cost if stated is None else stated


def _check_cost(row: CdrRow) -> None:
    """Raise StoryIncomplete for a cost that its own CDR belies; no tax is above what it is on."""
    costs = _costs(row)
    if not is_credible(row):
        raise StoryIncomplete("cost_absurd", cdr=row.id)
    if not 0 <= (costs[1] - costs[0]) * (1 if costs[0] > 0 else -1) <= abs(costs[0]):
        raise StoryIncomplete("tax_absurd", cdr=row.id)
    if row.credit and max(costs) > 0:
        raise StoryIncomplete("credit_not_negative", cdr=row.id)
    if not row.credit and min(costs) < 0:
        raise StoryIncomplete("cost_negative", cdr=row.id)


def _standing_bills(rows: Sequence[CdrRow]) -> int:
    """Return how many bills were not credited; raises StoryIncomplete for a credit of none, or two of a session."""
    credited = Counter((row.credit_reference_id or "").upper() for row in rows if row.credit)
    bills = {row.id.upper(): row for row in rows if not row.credit}
    if credited - Counter(dict.fromkeys(bills, 1)):
        raise StoryIncomplete("credit_without_cdr")
    standing = Counter(row.session_id for name, row in bills.items() if name not in credited)
    if any(count > 1 for count in standing.values()):
        raise StoryIncomplete("session_billed_twice")
    return standing.total()


def _billed_line(row: CdrRow, usual_percent: Decimal | None) -> PriceLine:
    """Return a CDR as one line of cost; its tax is unknown unless the partner stated both totals."""
    tax = None if row.total_cost_with_taxes is None else row.total_cost_with_taxes - row.total_cost
    rate = None if tax is None or not row.total_cost else _rate(tax, row.total_cost, usual_percent)
    return PriceLine(
        tariff_id=row.id,
        element_index=0,
        component_type=ComponentType.flat,
        quantity=Decimal(1),
        unit=SESSION,
        unit_price=row.total_cost,
        step_size=0,
        billed_quantity=Decimal(1),
        amount=row.total_cost,
        vat_percent=rate,
        tax=tax,
    )


def _rate(tax: Decimal, cost: Decimal, usual_percent: Decimal | None) -> Decimal:
    """Return the rate of a stated tax: the place's own where that explains it to the cent, for partners round."""
    if usual_percent is not None and abs(cost * usual_percent / 100 - tax) <= TOLERANCE:
        return usual_percent
    return (tax * 100 / cost).quantize(TOLERANCE)


def price_document(bill: DriverPrice, audits: Sequence[Audit]) -> dict[str, Any]:
    """Return the bill as JSON for the charge: totals in minor units, tax lines, and the explained lines."""
    lines = [line for audit in audits if audit.verdict == "equal" for line in audit.lines]
    return {
        "currency": bill.total.currency,
        "total_minor": bill.total.minor,
        "net_minor": bill.net.minor,
        "vat_minor": bill.vat.minor if bill.vat is not None else None,
        "taxes": [
            {"percent": str(tax.vat_percent) if tax.vat_percent is not None else None, "minor": tax.tax.minor}
            for tax in bill.tax_lines
        ],
        "partner_cost": str(bill.partner_cost_net),
        "parts": parts_document(bill.parts),
        "lines": msgspec.to_builtins(lines),
        "checks": [
            {
                "cdr": audit.cdr_key.rsplit("/", 1)[-1],
                "verdict": audit.verdict,
                "billed": str(audit.billed),
                "computed": str(audit.computed) if audit.computed is not None else None,
            }
            for audit in audits
        ],
    }


def tax_of_charge(charge: ChargingSession) -> TaxOf:
    """Return a function that tells the tax inside a part of the charge's bill.

    It tells None while there is no bill, or none that states a tax, and of money beside a bill of nothing.
    """

    def tax_of(part: Money) -> Money | None:
        document = charge.driver_price
        if document is None or document.get("vat_minor") is None or document["currency"] != part.currency:
            return None
        whole = Money(int(document["total_minor"]), part.currency)
        if part.minor and not whole.minor:
            return None
        return tax_share(part, whole, Money(int(document["vat_minor"]), part.currency))

    return tax_of


def cost_in_money(row: CdrRow) -> Money:
    """Return what a CDR costs us before taxes, rounded half up to minor units, for the books."""
    return to_minor_half_up(row.total_cost, row.currency)
