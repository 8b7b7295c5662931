"""What holds for every tariff and session, tried on many made-up ones; among it a second, slow engine to agree with."""

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from api.domain.pricing.periods import ChargingPeriod, Dimension, Reading, cut_into_periods
from api.domain.pricing.price import price
from api.domain.pricing.running import running_cost
from api.domain.pricing.snapshot import tariff_from_json, tariff_to_json
from api.domain.pricing.tariff import (
    ComponentType,
    DimensionType,
    PriceComponent,
    PriceLimit,
    Restrictions,
    Tariff,
    TariffElement,
    TaxIncluded,
)
from api.domain.quantities import hours_to_seconds
from tests.api.domain.pricing.make import BERLIN, START, charging, element, energy, flat, parking, period, tariff

D = Decimal
ZERO = D(0)
MINUTE = timedelta(minutes=1)
few: Callable[[Callable[..., None]], Callable[..., None]] = settings(max_examples=25, deadline=None)

prices = st.integers(0, 300).map(lambda cents: D(cents) / 100)
rates = st.none() | st.sampled_from([D(0), D(10), D(19)])
clocks = st.none() | st.builds(time, st.integers(0, 23), st.sampled_from([0, 30]))
amounts = st.none() | st.integers(1, 30).map(D)
lengths = st.none() | st.integers(1, 400).map(lambda minutes: minutes * 60)
days = st.frozensets(st.integers(1, 7), max_size=3)


@st.composite
def restrictions(draw: st.DrawFn) -> Restrictions | None:
    """Draw restrictions on clock, weekday, energy and duration."""
    if draw(st.booleans()):
        return None
    return Restrictions(
        start_time=draw(clocks),
        end_time=draw(clocks),
        min_kwh=draw(amounts),
        max_kwh=draw(amounts),
        min_duration_seconds=draw(lengths),
        max_duration_seconds=draw(lengths),
        days_of_week=draw(days),
    )


@st.composite
def tariffs(draw: st.DrawFn, step: int = 1) -> Tariff:
    """Draw a tariff of up to four elements."""
    elements = []
    for _ in range(draw(st.integers(1, 4))):
        kinds = draw(st.lists(st.sampled_from(list(ComponentType)), min_size=1, max_size=3, unique=True))
        components = tuple(PriceComponent(kind, draw(prices), step, draw(rates)) for kind in kinds)
        elements.append(TariffElement(components, draw(restrictions())))
    limits = st.none() | st.builds(PriceLimit, prices, st.none() | prices)
    included = draw(st.sampled_from(list(TaxIncluded)))
    return Tariff("T", "EUR", tuple(elements), min_price=draw(limits), max_price=draw(limits), tax_included=included)


@st.composite
def sessions(draw: st.DrawFn) -> tuple[list[Reading], datetime]:
    """Draw readings on whole minutes, some of them in the nights on which Berlin changes its clocks, and an end."""
    start = draw(
        st.sampled_from([START, START.replace(month=3, day=28, hour=22), START.replace(month=10, day=24, hour=22)])
    )
    at, kwh = start, ZERO
    readings = [Reading(at, kwh, charging=draw(st.booleans()))]
    for _ in range(draw(st.integers(0, 4))):
        at += draw(st.integers(1, 120)) * MINUTE
        kwh += draw(st.integers(0, 12))
        readings.append(Reading(at, kwh, charging=draw(st.booleans())))
    return readings, at + draw(st.integers(1, 120)) * MINUTE


def volume(periods: Sequence[ChargingPeriod], *types: DimensionType) -> Decimal:
    """Add up a volume over periods, times in seconds."""
    timed = DimensionType.energy not in types
    found = [each.volume for period_ in periods for each in period_.dimensions if each.type in types]
    return sum((hours_to_seconds(each) if timed else each for each in found), ZERO)


@few
@given(tariffs(step=60), sessions())
def test_lines_sum_to_totals(model: Tariff, session: tuple[list[Reading], datetime]) -> None:
    """Net and gross are the sums of the lines, price limits included; the gross is known when every tax is."""
    readings, end = session
    cost = price(cut_into_periods(readings, end, model, BERLIN), model, time_zone=BERLIN, ended_at=end)
    assert sum((line.amount for line in cost.lines), ZERO) == cost.excl_vat
    taxes = [line.tax for line in cost.lines if line.tax is not None]
    if len(taxes) == len(cost.lines):
        assert cost.incl_vat == cost.excl_vat + sum(taxes, ZERO)
    assert all(line.billed_quantity >= line.quantity for line in cost.lines)


@few
@given(tariffs(), sessions())
def test_cutting_conserves_energy_and_time(model: Tariff, session: tuple[list[Reading], datetime]) -> None:
    """Whatever the tariff cuts, no Wh and no second is lost or made, and periods follow each other."""
    readings, end = session
    periods = cut_into_periods(readings, end, model, BERLIN)
    assert volume(periods, DimensionType.energy) == readings[-1].energy_kwh
    assert volume(periods, DimensionType.time, DimensionType.parking_time) == int(
        (end - readings[0].at).total_seconds()
    )
    starts = [each.starts_at for each in periods]
    assert starts[0] == readings[0].at
    assert starts == sorted(set(starts))


@few
@given(tariffs(), sessions(), st.lists(st.integers(0, 500), max_size=6))
def test_running_total_ends_at_the_final_price(
    model: Tariff, session: tuple[list[Reading], datetime], looks: list[int]
) -> None:
    """Readings interpolated on a straight line tell nothing new, so looking more often never changes the price."""
    readings, end = session
    final = price(cut_into_periods(readings, end, model, BERLIN), model, time_zone=BERLIN, ended_at=end)
    assert running_cost(readings, model, BERLIN, end) == final
    last = readings[-1]
    seen = {last.at + minutes * MINUTE for minutes in looks if last.at + minutes * MINUTE < end}
    more = [*readings, *(Reading(at, last.energy_kwh, last.charging) for at in sorted(seen - {last.at}))]
    assert running_cost(more, model, BERLIN, end) == final


@few
@given(prices, st.integers(0, 60_000), st.integers(1, 5_000), st.sampled_from([0, 1, 100, 500]))
def test_price_grows_with_energy(unit: Decimal, wh: int, more: int, step: int) -> None:
    """Where a kWh has one price, more energy never costs less."""
    model = tariff(element(flat("1"), energy(str(unit), step=step)))
    low, high = (
        price([period(energy=str(D(each) / 1000))], model, time_zone=BERLIN, ended_at=START + MINUTE).excl_vat
        for each in (wh, wh + more)
    )
    assert low <= high


@few
@given(st.integers(2, 36_000), st.integers(1, 10_000), st.data())
def test_splitting_a_period_changes_nothing(length: int, wh: int, data: st.DataObject) -> None:
    """With a step of one second and one Wh a session costs the same however finely its periods are written."""
    model = tariff(element(flat("1"), energy("0.37"), charging("1.13"), parking("2.7")))
    cut, part = data.draw(st.integers(1, length - 1)), data.draw(st.integers(0, wh))
    kind = data.draw(st.sampled_from([DimensionType.time, DimensionType.parking_time]))

    def piece(offset: int, seconds: int, energy_wh: int) -> ChargingPeriod:
        volumes = (Dimension(kind, D(seconds) / 3600), Dimension(DimensionType.energy, D(energy_wh) / 1000))
        return ChargingPeriod(START + timedelta(seconds=offset), volumes)

    end = START + timedelta(seconds=length)
    whole = price([piece(0, length, wh)], model, time_zone=BERLIN, ended_at=end)
    parts = [piece(0, cut, part), piece(cut, length - cut, wh - part)]
    split = price(parts, model, time_zone=BERLIN, ended_at=end)
    assert (split.excl_vat, split.incl_vat) == (whole.excl_vat, whole.incl_vat)


@few
@given(prices, prices, st.integers(0, 40))
def test_limits_bound_net_and_gross(least: Decimal, extra: Decimal, kwh: int) -> None:
    """Net and gross each stay between their own minimum and maximum."""
    low, high = PriceLimit(least, least + 1), PriceLimit(least + extra, least + extra + 2)
    model = tariff(element(flat("0.5"), energy("0.2", vat="10")), least=low, most=high)
    cost = price([period(energy=str(kwh))], model, time_zone=BERLIN, ended_at=START + MINUTE)
    assert least <= cost.excl_vat <= least + extra
    assert cost.incl_vat is not None
    assert least + 1 <= cost.incl_vat <= least + extra + 2


@few
@given(tariffs(step=300))
def test_snapshot_gives_back_the_tariff(model: Tariff) -> None:
    """A tariff stored with its session is later read as exactly the tariff that was stored."""
    assert tariff_from_json(tariff_to_json(model)) == model


def minute_by_minute(readings: list[Reading], end: datetime, model: Tariff) -> Decimal:
    """Price a session the slow way: a minute at a time, restrictions judged anew at the start of each."""
    start, total, flat_done = readings[0].at, ZERO, False
    at = start
    while at < end:
        a = max((each for each in readings if each.at <= at), key=lambda each: each.at)
        b = min((each for each in readings if each.at > at), key=lambda each: each.at, default=None)
        gain = ZERO if b is None else b.energy_kwh - a.energy_kwh
        length = ((b.at if b else end) - a.at) // MINUTE
        kwh = a.energy_kwh + gain * ((at - a.at) // MINUTE) / length
        used = {ComponentType.energy: gain / length}
        used[ComponentType.time if a.charging or gain else ComponentType.parking_time] = D(1) / 60
        if not flat_done:
            used[ComponentType.flat] = D(1)
        for kind, quantity in used.items():
            unit = next(
                (
                    found
                    for each in model.elements
                    if _holds(each.restrictions, at, kwh, at - start)
                    for found in each.components
                    if found.type == kind
                ),
                None,
            )
            if unit is not None and quantity:
                total += unit.price * quantity
                flat_done = flat_done or kind is ComponentType.flat
        at += MINUTE
    return total


def _holds(rules: Restrictions | None, at: datetime, kwh: Decimal, elapsed: timedelta) -> bool:
    if rules is None:
        return True
    local = at.astimezone(ZoneInfo(BERLIN))
    minute = local.hour * 60 + local.minute
    start = rules.start_time.hour * 60 + rules.start_time.minute if rules.start_time else 0
    end = rules.end_time.hour * 60 + rules.end_time.minute if rules.end_time else 0
    inside = start == end or (minute - start) % 1440 < (end - start) % 1440
    longest = rules.max_duration_seconds
    return (
        inside
        and (not rules.days_of_week or local.isoweekday() in rules.days_of_week)
        and elapsed >= timedelta(seconds=rules.min_duration_seconds or 0)
        and (longest is None or elapsed < timedelta(seconds=longest))
        and (rules.min_kwh is None or kwh >= rules.min_kwh)
        and (rules.max_kwh is None or kwh < rules.max_kwh)
    )


@st.composite
def even_sessions(draw: st.DrawFn) -> tuple[list[Reading], datetime]:
    """Draw sessions whose every kWh falls on a whole minute, so that minutes are fine enough for any tariff drawn."""
    at, kwh = (
        draw(
            st.sampled_from([START, START.replace(month=3, day=28, hour=22), START.replace(month=10, day=24, hour=22)])
        ),
        0,
    )
    readings = [Reading(at, ZERO, charging=True)]
    for _ in range(draw(st.integers(1, 3))):
        gained = draw(st.integers(0, 12))
        at += MINUTE * (draw(st.sampled_from([1, 2, 5, 10])) * gained if gained else draw(st.integers(1, 150)))
        kwh += gained
        readings.append(Reading(at, D(kwh), charging=draw(st.booleans())))
    return readings, at + draw(st.integers(0, 120)) * MINUTE


@settings(max_examples=30, deadline=None)
@given(tariffs(step=0), even_sessions())
def test_agrees_with_pricing_minute_by_minute(model: Tariff, session: tuple[list[Reading], datetime]) -> None:
    """Cutting at boundaries gives the price that a naive walk through every minute gives, clock changes included."""
    readings, end = session
    plain = Tariff(model.id, model.currency, model.elements, tax_included=TaxIncluded.not_applicable)
    cost = running_cost(readings, plain, BERLIN, end)
    assert abs(cost.excl_vat - minute_by_minute(readings, end, plain)) < D("0.000001")


def test_a_note_spells_a_volume_in_one_way() -> None:
    """Energy that was interpolated and energy that was read give the same note: what nobody priced is told alike."""
    model = tariff(element(energy("1"), when=Restrictions(min_duration_seconds=86_400)))
    told = [
        price([period(energy=each)], model, time_zone=BERLIN, ended_at=START + MINUTE).notes for each in ("1", "1.000")
    ]
    assert told[0] == told[1]
    assert told[0][0].facts["quantity"] == "1"
