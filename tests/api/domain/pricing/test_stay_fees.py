"""What staying plugged in costs where our own fees grow with time, and whether its totals are the final prices."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.domain.money import Money
from api.domain.pricing.periods import Reading, cut_into_periods
from api.domain.pricing.price import price
from api.domain.pricing.retail import RetailRule, driver_price
from api.domain.pricing.stay_cost import stay_timeline
from api.domain.pricing.stay_text import describe
from api.domain.pricing.tariff import PriceLimit, Tariff, TaxIncluded
from tests.api.domain.pricing.make import BERLIN, element, energy, parking, tariff
from tests.api.domain.pricing.test_properties import rates, sessions, tariffs
from tests.api.domain.pricing.test_stay_cost import MINUTE, few, shape, stay

D = Decimal


def test_our_fees_begin_when_the_free_minutes_are_over() -> None:
    """Sixty minutes free, then 0.50 for the session and 0.02 a minute, with the operator's parking beside it."""
    rule = RetailRule(session_fee=Money(50, "EUR"), minute_fee=D("0.02"), free_minutes=60, vat_percent=D(19))
    found = stay(tariff(element(energy("0.5"), parking("1"))), retail=rule, hours=2)
    assert shape(found) == [(30, 60, D("1.2")), (60, None, D("2.4"))]
    assert [each.fee for each in found.entries] == [Money(0, "EUR"), Money(50, "EUR")]
    assert [each.block_seconds for each in found.entries] == [1, 60]
    assert found.entries[0].total == Money(660, "EUR")
    text = "1.20 EUR/h until 13:00, a fee of 0.50 EUR and 2.40 EUR/h in blocks of 1 min after"
    assert describe(found, BERLIN) == text


def test_our_minutes_go_on_above_the_operators_limit() -> None:
    """What the operator asks for has a most, and our own fee by the minute has none: nothing is called free there."""
    model = tariff(element(energy("0.5"), parking("5")), most=PriceLimit(D(10), D(12)))
    found = stay(model, retail=RetailRule(minute_fee=D("0.02"), vat_percent=D(20)))
    assert shape(found) == [(30, 90, D("7.2")), (90, None, D("1.2"))]
    assert [each.capped for each in found.entries] == [False, True]
    assert (found.entries[0].total, found.entries[1].total) == (Money(1200 + 90 * 2, "EUR"), None)
    assert describe(found, BERLIN).endswith("until 13:30, 1.20 EUR/h in blocks of 1 min after")


@pytest.mark.parametrize(
    ("included", "net", "gross"),
    [(TaxIncluded.no, D("4.2"), None), (TaxIncluded.yes, None, D("4.2")), (TaxIncluded.not_applicable, None, D("4.2"))],
)
def test_a_fee_whose_tax_is_unknown_has_it_inside(
    included: TaxIncluded, net: Decimal | None, gross: Decimal | None
) -> None:
    """Our fee is what the driver pays; beside a price before an unknown tax the sum is told as stated."""
    found = stay(tariff(element(parking("3", vat=None)), tax=included), retail=RetailRule(minute_fee=D("0.02")))
    assert [(each.per_hour_net, each.per_hour_gross) for each in found.entries] == [(net, gross)]


fees = st.builds(
    RetailRule,
    markup_percent=st.just(D(5)),
    session_fee=st.sampled_from([None, Money(45, "EUR")]),
    minute_fee=st.sampled_from([D(0), D("0.03")]),
    free_minutes=st.sampled_from([0, 20, 300]),
    vat_percent=rates,
)


@few
@given(tariffs(step=60), sessions(), fees)
def test_the_totals_are_the_final_prices(
    model: Tariff, session: tuple[list[Reading], datetime], rule: RetailRule
) -> None:
    """Whoever unplugs when an entry ends pays exactly its total, and entries follow each other without a gap."""
    readings, _ = session
    begins = readings[-1].at
    found = stay_timeline(model, readings=readings, stays_from=begins, time_zone=BERLIN, retail=rule)
    told = [*readings, Reading(begins, readings[-1].energy_kwh, charging=False)]
    ends = [begins, *(each.ends_at for each in found.entries[:-1])]
    assert ends == [each.starts_at for each in found.entries]
    assert found.entries[-1].ends_at is None
    for at, total in zip(ends, (found.total_now, *(each.total for each in found.entries)), strict=False):
        assert at is not None
        cost = price(cut_into_periods(told, at, model, BERLIN), model, time_zone=BERLIN, ended_at=at)
        stayed = (at - readings[0].at) // timedelta(seconds=1)
        assert driver_price(cost, rule, stay_seconds=stayed).total == total


@few
@given(tariffs(), sessions(), fees, st.integers(0, 1439))
def test_what_is_told_to_cost_nothing_costs_nothing(
    model: Tariff, session: tuple[list[Reading], datetime], rule: RetailRule, minutes: int
) -> None:
    """Wherever an entry has no price by the hour, leaving at any minute of it costs what its total says."""
    readings, _ = session
    begins = readings[-1].at
    found = stay_timeline(model, readings=readings, stays_from=begins, time_zone=BERLIN, retail=rule)
    told = [*readings, Reading(begins, readings[-1].energy_kwh, charging=False)]
    at = begins + max(minutes, 1) * MINUTE
    entry = next(each for each in reversed(found.entries) if each.starts_at < at)
    limited = (model.min_price or model.max_price) is not None
    if entry.per_hour or (limited and not entry.capped):
        return
    cost = price(cut_into_periods(told, at, model, BERLIN), model, time_zone=BERLIN, ended_at=at)
    stayed = (at - readings[0].at) // timedelta(seconds=1)
    assert driver_price(cost, rule, stay_seconds=stayed).total == entry.total
