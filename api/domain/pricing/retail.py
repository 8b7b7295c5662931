"""From what the partner bills us to what the driver pays: markup, our fees, and tax.

We buy from the CPO and resell, so the driver's tax follows the country of the location; which rule applies is chosen
in ``rulebook`` and its tax in ``vat``. A partner's stated tax is passed through, ours applies where the partner states
none, and where nobody knows the tax stays unknown. Money appears here for the first time: one rounding of the gross,
at the invoice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from api.domain.money import CurrencyMismatch, Money, smallest_charge_minor, to_minor_half_up
from api.domain.pricing.breakdown import LIMIT_ELEMENT, SESSION, CostBreakdown, PriceLine

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)
MINUTES: Final = "min"
MINUTE_FEE: Final = "minute_fee"
SESSION_FEE: Final = "session_fee"
_SECONDS_PER_MINUTE = 60


@dataclass(frozen=True, slots=True)
class RetailRule:
    """How the partner's cost of one charge becomes the driver's price; the default passes it through.

    ``markup_percent`` is the roaming part, on the partner's prices. ``session_fee`` is our fee for each session and
    ``minute_fee`` the one for each started minute of the stay, in major units of the charge's currency; of both the
    driver sees the amount, tax inside. The first ``free_minutes`` of a stay carry none of our fees: a stay that ends
    within them owes no session fee, and no minute fee is counted for them. ``vat_percent`` is the rate at the
    location, ``None`` when we do not know it either. ``rule_id`` names the rule of the book, ``None``: passed through.
    """

    markup_percent: Decimal = ZERO
    session_fee: Money | None = None
    minute_fee: Decimal = ZERO
    free_minutes: int = 0
    vat_percent: Decimal | None = None
    rule_id: str | None = None


@dataclass(frozen=True, slots=True)
class DriverLine:
    """One line of the driver's price, exact: ``kind`` is a component, a price limit, ``minute_fee`` or ``session_fee``.

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
class PriceParts:
    """Who gets what of a driver's price: the CPO, roaming (our markup), our own fee, and tax; they sum to the total.

    The first three are before tax. Where the tax is unknown ``vat`` is ``None`` and they are the amounts as stated.
    """

    cpo: Money
    roaming: Money
    fee: Money
    vat: Money | None


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
    parts: PriceParts


def driver_price(partner_cost: CostBreakdown, rule: RetailRule, *, stay_seconds: int = 0) -> DriverPrice:
    """Return the driver's price for a partner's cost of a stay of ``stay_seconds``, plugging in to unplugging.

    The gross is rounded once, half up; each tax line is rounded on its own and the net is the rest, so that tax lines
    always sum to gross minus net. Raises ``CurrencyMismatch`` when the fee is in another currency.
    """
    currency = partner_cost.currency
    factor = (HUNDRED + rule.markup_percent) / HUNDRED
    bought = tuple(_line(line, ONE, rule.vat_percent) for line in partner_cost.lines)
    sold = bought if factor == ONE else tuple(_line(line, factor, rule.vat_percent) for line in partner_cost.lines)
    fees = _fees(rule, currency, stay_seconds)
    lines = sold + fees
    gross = _amount(lines, net=False)
    total = to_minor_half_up(gross, currency)
    known = all(line.vat is not None for line in lines)
    tax_lines = _tax_lines(lines, currency) if known else ()
    vat = Money(sum(each.tax.minor for each in tax_lines), currency) if known else None
    net = total if vat is None else total - vat
    at_cost = _amount(bought, net=known)
    cpo, roaming, fee = _shared_out(net, (at_cost, _amount(sold, net=known) - at_cost, _amount(fees, net=known)))
    parts = PriceParts(cpo, roaming, fee, vat)
    return DriverPrice(lines, tax_lines, net, vat, total, gross, partner_cost.excl_vat, parts)


def started_minutes(seconds: int) -> int:
    """Round a length of time up to minutes, for the minute fee.

    Reason: a fee per minute is understood as per started minute, and a total that only grows by whole minutes can be
    told beforehand and checked with a watch.
    """
    return -(-max(seconds, 0) // _SECONDS_PER_MINUTE)


def _shared_out(whole: Money, amounts: Sequence[Decimal]) -> list[Money]:
    """Share out rounded money over exact amounts: each half up, then what is over or missing where it errs the least.

    Reason: the shares must sum to the money, and a part that is nothing must stay nothing.
    """
    shares = [to_minor_half_up(amount, whole.currency) for amount in amounts]
    step = smallest_charge_minor(whole.currency)
    some = [index for index, amount in enumerate(amounts) if amount] or [0]
    while rest := whole.minor - sum(share.minor for share in shares):
        sign = 1 if rest > 0 else -1
        index = max(some, key=lambda each: (sign * (amounts[each] - shares[each].to_decimal()), abs(amounts[each])))
        shares[index] += Money(sign * step, whole.currency)
    return shares


def _amount(lines: Iterable[DriverLine], *, net: bool) -> Decimal:
    """Add up lines before tax, or with whatever tax is known."""
    return sum((line.net if net or line.gross is None else line.gross for line in lines), ZERO)


def _line(line: PriceLine, factor: Decimal, vat_percent: Decimal | None) -> DriverLine:
    amount = line.amount * factor
    kind = line.flags[0] if line.element_index == LIMIT_ELEMENT else line.component_type.value
    if line.tax is not None:
        tax = line.tax * factor
        return DriverLine(kind, line.billed_quantity, line.unit, amount, line.vat_percent, tax, amount + tax)
    if vat_percent is None:
        return DriverLine(kind, line.billed_quantity, line.unit, amount, None, None, None)
    if "tax_inside_unknown" in line.flags:
        net = _without_tax(amount, vat_percent)
        return DriverLine(kind, line.billed_quantity, line.unit, net, vat_percent, amount - net, amount)
    tax = amount * vat_percent / HUNDRED
    return DriverLine(kind, line.billed_quantity, line.unit, amount, vat_percent, tax, amount + tax)


def _fees(rule: RetailRule, currency: str, stay_seconds: int) -> tuple[DriverLine, ...]:
    """Return the lines of our own fees that a stay of this length owes, in the order of the law (AFIR Art. 5)."""
    stayed = started_minutes(stay_seconds)
    lines: list[DriverLine] = []
    minutes = Decimal(max(stayed - rule.free_minutes, 0))
    if rule.minute_fee and minutes:
        lines.append(_fee(MINUTE_FEE, minutes, MINUTES, minutes * rule.minute_fee, rule.vat_percent))
    if rule.session_fee is not None:
        if rule.session_fee.currency != currency:
            raise CurrencyMismatch(currency, rule.session_fee.currency)
        if not rule.free_minutes or stayed > rule.free_minutes:
            lines.append(_fee(SESSION_FEE, ONE, SESSION, rule.session_fee.to_decimal(), rule.vat_percent))
    return tuple(lines)


def _fee(kind: str, quantity: Decimal, unit: str, gross: Decimal, vat_percent: Decimal | None) -> DriverLine:
    if vat_percent is None:
        return DriverLine(kind, quantity, unit, gross, None, None, None)
    net = _without_tax(gross, vat_percent)
    return DriverLine(kind, quantity, unit, net, vat_percent, gross - net, gross)


def _without_tax(gross: Decimal, vat_percent: Decimal) -> Decimal:
    return gross * HUNDRED / (HUNDRED + vat_percent)


def _tax_lines(lines: Iterable[DriverLine], currency: str) -> tuple[TaxLine, ...]:
    taxes: dict[Decimal | None, Decimal] = {}
    for line in lines:
        if line.vat:
            taxes[line.vat_percent] = taxes.get(line.vat_percent, ZERO) + line.vat
    return tuple(TaxLine(rate, to_minor_half_up(tax, currency)) for rate, tax in taxes.items())
