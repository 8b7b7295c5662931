"""The engine, quick as it is, agrees with one that was written for clearness alone."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from api.domain.pricing.periods import ChargingPeriod, Dimension, Reading, cut_into_periods
from api.domain.pricing.price import price
from api.domain.pricing.tariff import DimensionType, Tariff, TariffElement, TaxIncluded
from tests.api.domain.pricing.make import BERLIN
from tests.api.domain.pricing.reference import reference_price
from tests.api.domain.pricing.test_properties import MINUTE, sessions, tariffs

D = Decimal
NOISE = Fraction(1, 10**18)
"""Decimals keep 28 digits of a quotient; what they cut off is far below this."""
DIMENSIONS = (DimensionType.energy, DimensionType.time, DimensionType.parking_time)


@st.composite
def stated_periods(draw: st.DrawFn) -> tuple[list[ChargingPeriod], datetime]:
    """Draw the periods of a CDR as partners write them: hours with four decimals, some volumes twice, none or zero."""
    readings, at = draw(sessions())
    at = readings[0].at
    periods = []
    for _ in range(draw(st.integers(1, 6))):
        length = draw(st.integers(1, 200))
        hours = (D(length) / 60).quantize(D("0.0001"))
        kinds = draw(st.lists(st.sampled_from(DIMENSIONS), max_size=3))
        volumes = (draw(st.integers(0, 9000)) / D(1000) if kind is DimensionType.energy else hours for kind in kinds)
        periods.append(ChargingPeriod(at, tuple(map(Dimension, kinds, volumes))))
        at += length * MINUTE
    return periods, at


def agrees(periods: list[ChargingPeriod] | tuple[ChargingPeriod, ...], model: Tariff, end: datetime) -> None:
    """Assert that both engines bill the same components, in the same order, for the same amounts and taxes."""
    inside = model.tax_included is TaxIncluded.yes
    if inside:  # of an unknown tax inside a price the reference knows nothing
        model = replace(model, elements=tuple(map(_taxed, model.elements)))
    plain = replace(model, min_price=None, max_price=None)
    cost = price(periods, plain, time_zone=BERLIN, ended_at=end)
    amounts, net, gross = reference_price(periods, plain, BERLIN, end)
    assert [(line.element_index, line.component_type) for line in cost.lines] == [each[:2] for each in amounts]
    for line, (_, _, amount, tax) in zip(cost.lines, amounts, strict=True):
        assert abs(Fraction(line.amount) - amount) < NOISE
        assert (line.tax is None) == (tax is None)
        assert line.tax is None or abs(Fraction(line.tax) - (tax or 0)) < NOISE
    assert abs(Fraction(cost.excl_vat) - net) < NOISE
    assert (cost.incl_vat is None) == (gross is None)
    assert cost.incl_vat is None or abs(Fraction(cost.incl_vat) - (gross or 0)) < NOISE


def _taxed(element: TariffElement) -> TariffElement:
    components = tuple(replace(each, vat=D(19) if each.vat is None else each.vat) for each in element.components)
    return replace(element, components=components)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([0, 1, 60, 300, 900]).flatmap(tariffs), stated_periods())
def test_periods_as_partners_state_them(model: Tariff, session: tuple[list[ChargingPeriod], datetime]) -> None:
    """Whatever the periods of a CDR say, both engines choose, round and tax alike."""
    periods, end = session
    agrees(periods, model, end)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([0, 1, 60, 300, 900]).flatmap(tariffs), sessions())
def test_periods_cut_from_readings(model: Tariff, session: tuple[list[Reading], datetime]) -> None:
    """The same on the periods that a live session is cut into, nights of clock change among them."""
    readings, end = session
    agrees(cut_into_periods(readings, end, model, BERLIN), model, end)
