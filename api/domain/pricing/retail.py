"""From what the partner bills us to what the driver pays: markup, our fee, and tax.

We buy from the CPO and resell, so the driver's tax follows the country of the location; the caller picks the dated
rule. A partner's stated tax is passed through, ours applies where the partner states none, and where nobody knows the
tax stays unknown. Money appears here for the first time: one rounding of the gross, at the invoice.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from api.domain.money import CurrencyMismatch, Money, to_minor_half_up
from api.domain.pricing.breakdown import LIMIT_ELEMENT, SESSION, CostBreakdown, PriceLine

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class RetailRule:
    """How a partner's cost becomes a driver's price; the default passes it through.

    ``markup_percent`` is on the partner's prices; ``session_fee`` is our fee for each session as the driver sees it,
    tax inside; ``vat_percent`` is the rate at the location, ``None`` when we do not know it either.
    """

    markup_percent: Decimal = ZERO
    session_fee: Money | None = None
    vat_percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class DriverLine:
    """One line of the driver's price, exact: ``kind`` is a component, a price limit or ``session_fee``.

    ``vat`` and ``gross`` are ``None`` when the tax is unknown; ``net`` is then the amount without any tax shown.
    """

    kind: str
    quantity: Decimal
    unit: str
    net: Decimal
    vat_percent: Decimal | None
    vat: Decimal | None
    gross: Decimal | None


@dataclass(frozen=True, slots=True)
class TaxLine:
    """The tax at one rate, in money; ``vat_percent`` is ``None`` for tax of a price limit over several rates."""

    vat_percent: Decimal | None
    tax: Money


@dataclass(frozen=True, slots=True)
class DriverPrice:
    """What the driver pays: ``total`` is the amount to capture and equals ``net`` plus ``vat``, which is the tax lines.

    With unknown tax ``vat`` is ``None``, there are no tax lines and ``net`` equals ``total``. ``gross_exact`` is the
    total before its rounding, ``partner_cost_net`` what the partner bills us before tax, both in major units.
    """

    lines: tuple[DriverLine, ...]
    tax_lines: tuple[TaxLine, ...]
    net: Money
    vat: Money | None
    total: Money
    gross_exact: Decimal
    partner_cost_net: Decimal


def driver_price(partner_cost: CostBreakdown, rule: RetailRule) -> DriverPrice:
    """Return the driver's price for a partner's cost.

    The gross is rounded once, half up; each tax line is rounded on its own and the net is the rest, so that tax lines
    always sum to gross minus net. Raises ``CurrencyMismatch`` when the fee is in another currency.
    """
    currency = partner_cost.currency
    lines = tuple(_line(line, rule) for line in partner_cost.lines)
    if rule.session_fee is not None:
        if rule.session_fee.currency != currency:
            raise CurrencyMismatch(currency, rule.session_fee.currency)
        lines += (_fee(rule.session_fee, rule.vat_percent),)
    gross = sum((line.net if line.gross is None else line.gross for line in lines), ZERO)
    total = to_minor_half_up(gross, currency)
    if any(line.vat is None for line in lines):
        return DriverPrice(lines, (), total, None, total, gross, partner_cost.excl_vat)
    tax_lines = _tax_lines(lines, currency)
    vat = Money(sum(each.tax.minor for each in tax_lines), currency)
    return DriverPrice(lines, tax_lines, total - vat, vat, total, gross, partner_cost.excl_vat)


def _line(line: PriceLine, rule: RetailRule) -> DriverLine:
    factor = (HUNDRED + rule.markup_percent) / HUNDRED
    amount = line.amount * factor
    kind = line.flags[0] if line.element_index == LIMIT_ELEMENT else line.component_type.value
    if line.tax is not None:
        tax = line.tax * factor
        return DriverLine(kind, line.billed_quantity, line.unit, amount, line.vat_percent, tax, amount + tax)
    if rule.vat_percent is None:
        return DriverLine(kind, line.billed_quantity, line.unit, amount, None, None, None)
    if "tax_inside_unknown" in line.flags:
        net = _without_tax(amount, rule.vat_percent)
        return DriverLine(kind, line.billed_quantity, line.unit, net, rule.vat_percent, amount - net, amount)
    tax = amount * rule.vat_percent / HUNDRED
    return DriverLine(kind, line.billed_quantity, line.unit, amount, rule.vat_percent, tax, amount + tax)


def _fee(fee: Money, vat_percent: Decimal | None) -> DriverLine:
    gross = fee.to_decimal()
    if vat_percent is None:
        return DriverLine("session_fee", ONE, SESSION, gross, None, None, None)
    net = _without_tax(gross, vat_percent)
    return DriverLine("session_fee", ONE, SESSION, net, vat_percent, gross - net, gross)


def _without_tax(gross: Decimal, vat_percent: Decimal) -> Decimal:
    return gross * HUNDRED / (HUNDRED + vat_percent)


def _tax_lines(lines: Iterable[DriverLine], currency: str) -> tuple[TaxLine, ...]:
    taxes: dict[Decimal | None, Decimal] = {}
    for line in lines:
        if line.vat:
            taxes[line.vat_percent] = taxes.get(line.vat_percent, ZERO) + line.vat
    return tuple(TaxLine(rate, to_minor_half_up(tax, currency)) for rate, tax in taxes.items())
