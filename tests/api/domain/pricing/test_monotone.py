"""Where a tariff only ever adds, more energy and more time never cost less, limits, steps and taxes included."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from api.domain.pricing.breakdown import CostBreakdown
from api.domain.pricing.price import price
from api.domain.pricing.tariff import PriceLimit, Tariff
from tests.api.domain.pricing.make import BERLIN, START, charging, element, energy, flat, parking, period, tariff

D = Decimal
NOISE = D("1e-20")
"""What 28 digits cut off a third of an hour, far below any money."""
prices = st.integers(0, 500).map(lambda cents: f"{cents / 100:.2f}")
steps = st.sampled_from([0, 1, 60, 900])


@st.composite
def limits(draw: st.DrawFn) -> tuple[PriceLimit | None, PriceLimit | None]:
    """Draw a minimum and a maximum, or one of them, or none, that do not contradict each other."""
    low, high = sorted(draw(st.tuples(st.integers(0, 40), st.integers(0, 40))))
    taxed = draw(st.booleans())
    least, most = (PriceLimit(D(each), D(each) * D("1.1") if taxed else None) for each in (low, high))
    return least if draw(st.booleans()) else None, most if draw(st.booleans()) else None


rates = st.none() | st.sampled_from(["0", "19"])


@st.composite
def plain_tariffs(draw: st.DrawFn) -> Tariff:
    """Draw a tariff without restrictions: a price of each kind, or not."""
    makers = draw(st.lists(st.sampled_from([flat, energy, charging, parking]), min_size=1, unique=True))
    vat = draw(rates)
    parts = [
        make(draw(prices), vat=vat) if make is flat else make(draw(prices), step=draw(steps), vat=vat)  # type: ignore[call-arg]
        for make in makers
    ]
    least, most = draw(limits())
    return tariff(element(*parts), least=least, most=most)


def cost(model: Tariff, wh: int, charging_s: int, parking_s: int) -> CostBreakdown:
    """Price a session of some energy, charging and parking within a day."""
    volumes = {
        "energy": str(D(wh) / 1000),
        "time": str(D(charging_s) / 3600),
        "parking_time": str(D(parking_s) / 3600),
    }
    return price([period(START, None, **volumes)], model, time_zone=BERLIN, ended_at=START + timedelta(days=1))


@settings(max_examples=120, deadline=None)
@given(
    plain_tariffs(),
    st.tuples(st.integers(1, 90_000), st.integers(1, 20_000), st.integers(1, 20_000)),
    st.tuples(st.integers(0, 9_000), st.integers(0, 9_000), st.integers(0, 9_000)),
)
def test_more_never_costs_less(model: Tariff, used: tuple[int, int, int], more: tuple[int, int, int]) -> None:
    """Net and, where the tax is known, gross: neither falls when anything that is measured grows."""
    less = cost(model, *used)
    greater = cost(model, *(a + b for a, b in zip(used, more, strict=True)))
    assert less.excl_vat <= greater.excl_vat + NOISE
    if less.incl_vat is not None and greater.incl_vat is not None:
        assert less.incl_vat <= greater.incl_vat + NOISE
