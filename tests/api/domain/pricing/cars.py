"""Made-up cars of the pricing tests."""

from decimal import Decimal

from hypothesis import strategies as st

from api.domain.pricing.vehicle import CurvePoint, Vehicle, VehicleKind

D = Decimal


def car(
    *points: tuple[str, str],
    usable: str = "60",
    ac: str = "11",
    phases: int = 3,
    one_phase: str = "7.4",
    kind: VehicleKind = VehicleKind.bev,
) -> Vehicle:
    """Return a car with a DC curve of (percent, kW) points; none is a car without DC."""
    curve = tuple(CurvePoint(D(percent), D(power)) for percent, power in points)
    return Vehicle("Nordwind Fjord", kind, D(usable), D(ac), phases, D(one_phase), curve)


FAST = car(("0", "100"), ("20", "120"), ("50", "120"), ("51", "90"), ("80", "60"), ("100", "8"))
HYBRID = car(usable="10", ac="3.7", phases=1, one_phase="3.7", kind=VehicleKind.phev)

tenths = st.integers(0, 1000).map(lambda each: D(each) / 10)
powers = st.integers(1, 3500).map(lambda each: D(each) / 10)


@st.composite
def cars(draw: st.DrawFn) -> Vehicle:
    """Draw a car with a DC curve between any percents."""
    percents = sorted(draw(st.sets(tenths, min_size=1, max_size=6)))
    curve = tuple(CurvePoint(each, draw(powers)) for each in percents)
    usable = D(draw(st.integers(20, 1200))) / 10
    return Vehicle("C", VehicleKind.bev, usable, draw(powers), draw(st.integers(1, 3)), draw(powers), curve)
