"""What the driver owes for one bill of a partner: the bill, unless it asks for more than the accepted quote promised.

The accepted quote binds us and not the partner: we owe what its CDRs say, and what lies above the promise is between
the two of us. Does not live here: what was promised (``audit``), our own fees (``retail``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from api.domain.pricing.audit import tolerance
from api.domain.pricing.breakdown import LIMIT_ELEMENT, CostBreakdown, PriceLine
from api.domain.pricing.limits import limited
from api.domain.pricing.retail import RetailRule, driver_price
from api.domain.pricing.tariff import ComponentType, Tariff
from api.domain.pricing.verdict import CdrAudit

ZERO = Decimal(0)
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Owed:
    """The cost that the driver's price is made of, its lines as explained as they can be.

    ``promise_kept`` says that the bill asked for more.
    """

    cost: CostBreakdown
    promise_kept: bool = False


def owed_for(billed: CostBreakdown, audit: CdrAudit, rule: RetailRule) -> Owed:
    """Return what is owed for a bill, net of its credits, under the tax rule of the charge.

    Compared is what the driver would pay for either, tax included where it is known of both. A bill is let through
    within the rounding of its partner; a tax that it leaves open is the tariff's.
    """
    promised = audit.promised
    if promised is None:
        return Owed(billed)
    filled = _with_tax_of(billed, promised)
    allowed = tolerance(billed.currency, len(promised.lines))
    asked, most = _as_paid(filled, promised, rule)
    taxed = most / promised.excl_vat if promised.excl_vat > 0 else ONE
    return Owed(promised, promise_kept=True) if asked > most + allowed * taxed else Owed(filled)


def within_one_session(
    cost: CostBreakdown, promised: Sequence[CostBreakdown], tariff: Tariff, rule: RetailRule
) -> CostBreakdown:
    """Return the cost of several sessions of one charge, up to what one session would be promised at.

    The driver accepted one start: the fees of the first session are those of all, and the tariff's limits bind them
    together.
    """
    first, *later = ([line for line in each.lines if line.element_index != LIMIT_ELEMENT] for each in promised)
    flat = [line for each in later for line in each if line.component_type is not ComponentType.flat]
    lines = (*first, *flat)
    lines += limited(lines, tariff)[0]
    taxes = [line.tax for line in lines if line.tax is not None]
    excl = sum((line.amount for line in lines), ZERO)
    incl = excl + sum(taxes, ZERO) if len(taxes) == len(lines) else None
    joint = CostBreakdown(cost.currency, lines, excl, incl)
    asked, most = _as_paid(cost, joint, rule)
    return joint if asked > most + tolerance(cost.currency, len(lines)) else cost


def _as_paid(billed: CostBreakdown, promised: CostBreakdown, rule: RetailRule) -> tuple[Decimal, Decimal]:
    """Return what a driver would pay for each, without our fees: with tax, or before it where one of them is open."""
    bare = RetailRule(vat_percent=rule.vat_percent)
    asked, most = driver_price(billed, bare), driver_price(promised, bare)
    if asked.vat is None or most.vat is None:
        return billed.excl_vat, promised.excl_vat
    return asked.gross_exact, most.gross_exact


def _with_tax_of(billed: CostBreakdown, promised: CostBreakdown) -> CostBreakdown:
    """Return a bill with the tax of its tariff where its partner states none."""
    known = promised.excl_known and promised.incl_vat is not None and promised.excl_vat > 0
    if not known or promised.incl_vat is None or all(line.tax is not None for line in billed.lines):
        return billed
    share = promised.incl_vat / promised.excl_vat - 1
    rate = _one_rate(promised.lines)
    lines = tuple(
        line if line.tax is not None else replace(line, tax=_tax(line.amount, rate, share), vat_percent=rate)
        for line in billed.lines
    )
    taxes = sum((line.tax or ZERO for line in lines), ZERO)
    return replace(billed, lines=lines, incl_vat=billed.excl_vat + taxes)


def _one_rate(lines: Sequence[PriceLine]) -> Decimal | None:
    rates = {line.vat_percent for line in lines if line.amount}
    return rates.pop() if len(rates) == 1 else None


def _tax(amount: Decimal, rate: Decimal | None, share: Decimal) -> Decimal:
    return amount * share if rate is None else amount * rate / 100
