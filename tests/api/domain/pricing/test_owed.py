"""What is owed for a bill: the bill within the promise, else the promise; the tariff's tax where it is left open."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from api.domain.money import Money
from api.domain.pricing.audit import tolerance
from api.domain.pricing.breakdown import CostBreakdown, sum_line
from api.domain.pricing.owed import Owed, owed_for
from api.domain.pricing.retail import RetailRule, driver_price
from api.domain.pricing.verdict import CdrAudit, Verdict

D = Decimal
RULES = st.builds(
    RetailRule, markup_percent=st.sampled_from([D(0), D(15)]), vat_percent=st.none() | st.sampled_from([D(0), D(19)])
)
sums = st.integers(0, 20_000).map(lambda cents: D(cents) / 100)


def stated(amount: str, taxed: str | None = None, *, percent: str | None = None) -> CostBreakdown:
    """Return a cost of one line before tax, with what it is after tax if that is known."""
    tax = None if taxed is None else D(taxed) - D(amount)
    line = sum_line("X", D(amount), tax, None if percent is None else D(percent))
    return CostBreakdown("EUR", (line,), D(amount), None if taxed is None else D(taxed))


def audited(promised: CostBreakdown | None) -> CdrAudit:
    """Return an audit that promised this."""
    return CdrAudit(Verdict.unexplained, "EUR", D(0), None, promised)


def gross(owed: Owed, rule: RetailRule) -> Decimal:
    """Return what the driver pays for it, exactly."""
    return driver_price(owed.cost, rule).gross_exact


def test_a_bill_above_the_promise_is_not_passed_on() -> None:
    """The driver pays what was promised, whatever the partner asks for above it."""
    found = owed_for(stated("6.00", "7.14"), audited(stated("4.00", "4.76", percent="19")), RetailRule())
    assert found.promise_kept
    assert gross(found, RetailRule()) == D("4.76")


def test_a_bill_within_its_rounding_or_below_is_passed_on() -> None:
    """A cent a line is a partner's rounding; a bill below the promise is what the driver pays."""
    for billed in ("4.01", "3.00"):
        found = owed_for(stated(billed), audited(stated("4.00")), RetailRule())
        assert (found.promise_kept, found.cost.excl_vat) == (False, D(billed))


def test_a_tax_that_is_left_open_is_the_tariffs() -> None:
    """A bill without tax under a tariff with one is sold with that tax, at its rate, not with the place's own."""
    found = owed_for(stated("4.00"), audited(stated("4.00", "4.40", percent="10")), RetailRule(vat_percent=D(19)))
    price = driver_price(found.cost, RetailRule(vat_percent=D(19)))
    assert price.total == Money(440, "EUR")
    assert [line.vat_percent for line in price.tax_lines] == [D(10)]


def test_a_higher_tax_is_above_the_promise_too() -> None:
    """Nobody pays more tax than the accepted price held."""
    found = owed_for(stated("4.00", "5.00"), audited(stated("4.00", "4.76")), RetailRule())
    assert found.promise_kept


def test_a_tax_that_only_the_bill_knows_is_no_reason_to_keep_it_from_its_partner() -> None:
    """Where the tariff tells no tax and nobody knows the place's, the sums before tax are compared."""
    found = owed_for(stated("4.00", "4.76"), audited(stated("4.00")), RetailRule())
    assert not found.promise_kept
    assert gross(found, RetailRule()) == D("4.76")


def test_without_a_promise_the_bill_is_owed() -> None:
    """Who agreed to an unknown price pays the bill."""
    assert owed_for(stated("9.00"), audited(None), RetailRule()) == Owed(stated("9.00"))


@settings(max_examples=200, deadline=None)
@given(
    sums, sums, st.none() | st.sampled_from([D(0), D(10), D(25)]), st.none() | st.sampled_from([D(10), D(19)]), RULES
)
def test_never_above_bill_and_never_above_promise(
    billed: Decimal, promised: Decimal, bill_tax: Decimal | None, tariff_tax: Decimal | None, rule: RetailRule
) -> None:
    """Whatever taxes are known to whom, the driver pays no more than was promised, rounding aside, nor than billed."""

    def cost(amount: Decimal, percent: Decimal | None) -> CostBreakdown:
        after = None if percent is None else str(amount * (100 + percent) / 100)
        return stated(str(amount), after, percent=None if percent is None else str(percent))

    bill, promise = cost(billed, bill_tax), cost(promised, tariff_tax)
    found = owed_for(bill, audited(promise), rule)
    allowed = tolerance("EUR", 1)
    bare = RetailRule(vat_percent=rule.vat_percent)
    paid, asked, most = (driver_price(each, bare) for each in (found.cost, bill, promise))
    if paid.vat is not None and most.vat is not None:
        assert paid.gross_exact <= most.gross_exact + allowed
        assert asked.vat is None or paid.gross_exact <= max(asked.gross_exact, gross(Owed(promise), bare))
    else:
        assert found.cost.excl_vat <= promised + allowed
    assert found.cost.excl_vat <= max(billed, promised)
