"""From a charge's CDRs to the driver's bill: what they ask for, net of credits, and never more than was promised.

The driver pays what the CDRs say as long as the accepted quote allows it; what a CDR asks for above that is between us
and the partner (``domain/pricing/owed.py``). Answers to OCPI 2.2.1 chapter 10 and ``ocpi.md`` 1.6, 4.7. Does not live
here: computing a CDR again (``audits.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import msgspec

from api.domain.finance.ledger import tax_share
from api.domain.money import Money, to_minor_half_up
from api.domain.pricing.breakdown import CostBreakdown, PriceLine, plain, sum_line
from api.domain.pricing.owed import Owed, owed_for, within_one_session
from api.domain.pricing.retail import DriverPrice, RetailRule, driver_price
from api.domain.pricing.snapshot import tariff_from_json
from api.domain.pricing.verdict import CdrAudit
from api.models.charging import ChargingSession
from api.models.roaming import CdrRow
from api.ports.policy import ServicePolicy
from api.services.charging.audits import Sessions, summary_of
from api.services.charging.retail import parts_document, retail_of, stay_seconds
from api.services.charging.story import CurrencyDiffers, Story, StoryIncomplete, check_cost, stories_of
from api.services.payments.converge import TaxOf
from api.services.roaming.documents import read_session

CENT = Decimal("0.01")
"""How far a stated tax may miss the place's own rate and still be that rate, in major units: partners round."""

LONGEST_STAY_SECONDS = 366 * 24 * 3600
"""A stay above this is a date that was never set, and nothing to take our fee by the minute for."""


@dataclass(frozen=True, slots=True)
class Bill:
    """A charge's bill: the driver's price, and for each bill that stands what it came from."""

    price: DriverPrice
    stories: tuple[Story, ...]
    owed: tuple[Owed, ...]
    audits: tuple[CdrAudit, ...]


def bill_of(
    rows: Sequence[CdrRow],
    audits: Sequence[CdrAudit],
    sessions: Sessions,
    charge: ChargingSession,
    policy: ServicePolicy,
) -> Bill:
    """Return the driver's bill for a charge's CDRs; ``audits`` and ``sessions`` are theirs.

    Our fees go with a bill that stands: where the partner took all of it back, nothing was sold. Raises
    CurrencyDiffers, StoryIncomplete, PricingRefused.
    """
    for row in rows:
        if row.currency != charge.currency:
            raise CurrencyDiffers("currency_differs", cdr=row.id, currency=row.currency)
        check_cost(row)
    stories = stories_of(rows, sessions)
    rule = retail_of(charge, policy)
    audit_of = dict(zip((row.key for row in rows), audits, strict=True))
    owed = tuple(_owed(story, audit_of[story.row.key], charge, rule) for story in stories)
    cost = _together(stories, owed, audit_of, charge, rule)
    if not any(story.stands for story in stories):
        rule = replace(rule, session_fee=None, minute_fee=Decimal(0))
    stay = _stay(stories, sessions)
    if rule.minute_fee and stay > LONGEST_STAY_SECONDS:
        raise StoryIncomplete("stay_absurd")
    price = driver_price(cost, rule, stay_seconds=stay)
    return Bill(price, stories, owed, tuple(audit_of[story.row.key] for story in stories))


def _owed(story: Story, audit: CdrAudit, charge: ChargingSession, rule: RetailRule) -> Owed:
    """Return what is owed for one bill net of its credits; a promise that cannot be checked is for a person."""
    lines = tuple(_billed_line(row, rule.vat_percent) for row in story.rows)
    billed = _cost_of(lines, charge.currency)
    if audit.promised is None and charge.tariff is not None and billed.excl_vat:
        raise StoryIncomplete("price_not_checkable", cdr=story.row.id)
    return owed_for(billed, audit, rule)


def _together(
    stories: Sequence[Story],
    owed: Sequence[Owed],
    audit_of: dict[str, CdrAudit],
    charge: ChargingSession,
    rule: RetailRule,
) -> CostBreakdown:
    """Return what is owed for all bills: a charger that began anew costs no second fee and no more than the maximum."""
    lines = tuple(line for each in owed for line in each.cost.lines)
    cost = _cost_of(lines, charge.currency)
    promised = [audit_of[story.row.key].promised for story in stories if story.stands]
    known = [each for each in promised if each is not None]
    if len(known) < 2 or len(known) < len(promised) or charge.tariff is None:
        return cost
    return within_one_session(cost, known, tariff_from_json(charge.tariff), rule)


def _cost_of(lines: tuple[PriceLine, ...], currency: str) -> CostBreakdown:
    """Return lines as a cost whose tax is told by its lines only."""
    return CostBreakdown(currency, lines, sum((line.amount for line in lines), Decimal(0)), None)


def _stay(stories: Sequence[Story], sessions: Sessions) -> int:
    """Return how long the car stayed in seconds: as its sessions told, else as the bills say that stand."""
    total = 0
    for story in stories:
        session = sessions.get(story.row.key)
        told = None if session is None else read_session(session.document)
        if told is not None and told.ended_at is not None:
            total += stay_seconds(told.starts_at, told.ended_at)
        elif story.stands:
            total += stay_seconds(story.row.started_at, story.row.ended_at)
    return total


def _billed_line(row: CdrRow, usual_percent: Decimal | None) -> PriceLine:
    """Return a CDR as one line of cost; its tax is unknown unless the partner stated both totals."""
    tax = None if row.total_cost_with_taxes is None else row.total_cost_with_taxes - row.total_cost
    rate = None if tax is None or not row.total_cost else _rate(tax, row.total_cost, usual_percent)
    return sum_line(row.id, row.total_cost, tax, rate)


def _rate(tax: Decimal, cost: Decimal, usual_percent: Decimal | None) -> Decimal:
    """Return the rate of a stated tax: the place's own where that explains it to the cent, for partners round."""
    if usual_percent is not None and abs(cost * usual_percent / 100 - tax) <= CENT:
        return usual_percent
    return (tax * 100 / cost).quantize(CENT)


def energy_of(bill: Bill) -> Decimal | None:
    """Return the energy in kWh that the newest standing bill is for, up to what was metered; None: no bill stands."""
    standing = [index for index, story in enumerate(bill.stories) if story.stands]
    if not standing:
        return None
    newest = standing[-1]
    stated, metered = bill.stories[newest].row.total_energy_kwh, bill.audits[newest].energy_kwh
    return stated if metered is None else min(stated, metered)


def price_document(bill: Bill) -> dict[str, Any]:
    """Return the bill as JSON for the charge: totals in minor units, who gets what, and the explained lines."""
    price = bill.price
    return {
        "currency": price.total.currency,
        "total_minor": price.total.minor,
        "net_minor": price.net.minor,
        "vat_minor": price.vat.minor if price.vat is not None else None,
        "taxes": [
            {"percent": str(tax.vat_percent) if tax.vat_percent is not None else None, "minor": tax.tax.minor}
            for tax in price.tax_lines
        ],
        "partner_cost": plain(sum((row.total_cost for story in bill.stories for row in story.rows), Decimal(0))),
        "parts": parts_document(price.parts),
        "lines": msgspec.to_builtins([line for index in range(len(bill.owed)) for line in _explained(bill, index)]),
        "checks": [
            {**summary_of(story.row, audit), "promise_kept": owed.promise_kept}
            for story, audit, owed in zip(bill.stories, bill.audits, bill.owed, strict=True)
        ],
    }


def _explained(bill: Bill, index: int) -> tuple[PriceLine, ...]:
    """Return the lines that explain one bill: our own computation where it is what the driver pays, else none."""
    story, audit, owed = bill.stories[index], bill.audits[index], bill.owed[index]
    if not story.stands or audit.promised is None:
        return ()
    explains = owed.promise_kept or (audit.is_clean and not audit.is_ceiling)
    return audit.promised.lines if explains else ()


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
