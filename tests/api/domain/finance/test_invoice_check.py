"""An operator's invoice against its own CDRs: what may be billed, what it adds up to, what is wrong."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.domain.finance.invoice_check import InvoiceFault, ListedCdr, Stated, check_invoice

F = InvoiceFault


def cdr(total: str = "7.80", taxed: str | None = "9.282", **fields: Any) -> ListedCdr:
    """Return a CDR in euros that nothing is wrong with."""
    values: dict[str, Any] = {"currency": "EUR", "total": Decimal(total), "total_with_taxes": taxed and Decimal(taxed)}
    return ListedCdr(**(values | fields))


def test_an_invoice_that_agrees_has_no_difference() -> None:
    """Sums are exact before the one comparison in cents, and ids are compared without case."""
    known = {"A": cdr("0.105", "0.12495"), "B": cdr("0.105", "0.12495")}
    check = check_invoice(["a", "B"], known, Stated(Decimal("0.21"), "EUR"))
    assert check.differences == ()
    assert check.sums == {"EUR": (Decimal("0.210"), Decimal("0.24990"))}


def test_one_unknown_tax_makes_the_sum_after_taxes_unknown() -> None:
    """Unknown is not zero."""
    assert check_invoice(["A", "B"], {"A": cdr(), "B": cdr(taxed=None)}).sums == {"EUR": (Decimal("15.60"), None)}


@pytest.mark.parametrize(
    ("fields", "fault", "detail"),
    [
        ({"is_owners": False}, F.CDR_FOREIGN, "another party's"),
        ({"other_invoice": "INV-7"}, F.CDR_REPEATED, "INV-7"),
        ({"credited_by": "CR-1"}, F.CDR_CREDITED, "CR-1"),
    ],
)
def test_what_may_not_be_billed_does_not_count(fields: dict[str, Any], fault: InvoiceFault, detail: str) -> None:
    """Each such CDR is named with what it would cost too much, and left out of the sum."""
    check = check_invoice(["A", "B"], {"A": cdr(), "B": cdr("2.50", **fields)})
    (found,) = check.differences
    assert (found.fault, found.subject, found.amount, found.currency) == (fault, "B", Decimal("2.50"), "EUR")
    assert detail in found.detail
    assert check.sums["EUR"][0] == Decimal("7.80")


def test_an_unknown_cdr_is_named() -> None:
    """What we do not hold cannot be added up."""
    (found,) = check_invoice(["a1"], {}).differences
    assert (found.fault, found.subject, found.amount) == (F.CDR_UNKNOWN, "a1", None)


def test_a_cdr_listed_twice_counts_once() -> None:
    """However it is spelled; the repetition is what is asked too much."""
    check = check_invoice(["a", "A", "a"], {"A": cdr("7.80")})
    (found,) = check.differences
    assert (found.fault, found.subject, found.amount) == (F.CDR_REPEATED, "a", Decimal("15.60"))
    assert check.sums["EUR"][0] == Decimal("7.80")


def test_a_credit_on_the_same_invoice_is_netted() -> None:
    """The original and its credit CDR come to nothing, and neither is wrong."""
    check = check_invoice(["A", "C"], {"A": cdr("7.80"), "C": cdr("-7.80", "-9.282")}, Stated(Decimal(0), "EUR"))
    assert (check.differences, check.sums) == ((), {"EUR": (Decimal(0), Decimal(0))})


def test_sum_and_currency_are_compared_with_the_document() -> None:
    """A cent too much is told with its amount; another currency is told too, and two on one invoice."""
    (too_much,) = check_invoice(["A"], {"A": cdr("7.80")}, Stated(Decimal("7.81"), "EUR")).differences
    assert (too_much.fault, too_much.amount, too_much.currency) == (F.SUM_DIFFERS, Decimal("0.01"), "EUR")
    other = check_invoice(["A"], {"A": cdr()}, Stated(Decimal("7.80"), "CHF")).differences
    assert [each.fault for each in other] == [F.CURRENCY_DIFFERS, F.SUM_DIFFERS]
    mixed = check_invoice(["A", "B"], {"A": cdr(), "B": cdr(currency="CHF")})
    assert [each.fault for each in mixed.differences] == [F.CURRENCY_DIFFERS]
    assert set(mixed.sums) == {"EUR", "CHF"}


amounts = st.decimals(min_value="-999", max_value="9999", places=4)


@given(st.lists(amounts, min_size=1, max_size=8), st.randoms())
def test_the_sum_depends_on_the_cdrs_alone(totals: list[Decimal], random: object) -> None:
    """In whatever order and however often they are listed, each counts once and exactly."""
    known = {f"C{number}": cdr(str(total)) for number, total in enumerate(totals)}
    listed = [*known, *known]
    random.shuffle(listed)  # type: ignore[attr-defined]  # a Random
    check = check_invoice(listed, known)
    assert check.sums["EUR"][0] == sum(totals)
    assert {each.fault for each in check.differences} == {F.CDR_REPEATED}
