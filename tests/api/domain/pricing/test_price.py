"""The engine: steps, tax, limits, several tariffs, refusals (2.3.0 chapters 10 and 11)."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from api.domain.pricing.breakdown import CostBreakdown
from api.domain.pricing.lines import rounded_up_energy, rounded_up_seconds
from api.domain.pricing.periods import ChargingPeriod
from api.domain.pricing.price import PricingRefused, price
from api.domain.pricing.retail import RetailRule, driver_price
from api.domain.pricing.tariff import PriceLimit, Restrictions, Tariff
from tests.api.domain.pricing.make import BERLIN, START, charging, element, energy, flat, parking, period, tariff

D = Decimal
HOUR = timedelta(hours=1)


def cost(
    model: Tariff, *periods: ChargingPeriod, end: datetime = START + 3 * HOUR, also: tuple[Tariff, ...] = ()
) -> CostBreakdown:
    """Price periods in Berlin with an end three hours after the start."""
    return price(periods, model, time_zone=BERLIN, ended_at=end, other_tariffs=also)


@pytest.mark.parametrize(
    ("kwh", "step", "billed"),
    [
        ("0.1152", 1, "0.116"),
        ("0.101", 25, "0.125"),
        ("0.125", 25, "0.125"),
        ("0.001", 500, "0.5"),
        ("7.77", 0, "7.77"),
    ],
)
def test_energy_steps(kwh: str, step: int, billed: str) -> None:
    """Energy is billed in whole steps of Wh, never fewer; a step of zero is none."""
    assert rounded_up_energy(D(kwh), step) == D(billed)


@pytest.mark.parametrize(
    ("used", "step", "billed"),
    [("121", 60, "180"), ("120", 60, "120"), ("120.18", 60, "120"), ("120.6", 60, "180"), ("7.25", 0, "7.25")],
)
def test_time_steps(used: str, step: int, billed: str) -> None:
    """Time is billed in whole steps; what decimal hours add below half a second is not billed as a step."""
    assert rounded_up_seconds(D(used), step) == D(billed)


def test_unpriced_parking_leaves_charging_time_rounded() -> None:
    """Only a parking time that a component prices takes the rounding; unpriced stretches do not count."""
    found = cost(tariff(element(charging("6", step=1800))), period(time="0.25"), period(START + HOUR, parking_time="1"))
    assert found.excl_vat == D(3)
    assert [(note.code, note.facts["dimension"]) for note in found.notes] == [("not_priced", "parking_time")]


@pytest.mark.parametrize(
    ("first", "second", "billed"),
    [(charging, parking, ["0.2", "0.25"]), (parking, charging, ["0.2", "0.25"])],
    ids=["charging, then parking", "parking, then charging"],
)
def test_of_two_tariffs_only_the_last_is_rounded(first: Any, second: Any, billed: list[str]) -> None:
    """A switch of tariffs ends rounding, also between charging and parking, whichever of them came last."""
    one, other = tariff(element(first("6", step=900)), id_="A"), tariff(element(second("6", step=900)), id_="B")
    names = {charging: "time", parking: "parking_time"}
    periods = [
        period(START, "A", **{names[first]: "0.2"}),
        period(START + HOUR, "B", **{names[second]: "0.2"}),
    ]
    assert [str(line.billed_quantity) for line in cost(one, *periods, also=(other,)).lines] == billed


def test_parking_is_rounded_even_when_charging_resumed() -> None:
    """Where both are charged only the parking total takes the step, also when charging time came last."""
    model = tariff(element(charging("6", step=600), parking("6", step=600)))
    found = cost(
        model, period(time="0.1"), period(START + HOUR, parking_time="0.1"), period(START + 2 * HOUR, time="0.1")
    )
    assert [(line.component_type.value, line.amount) for line in found.lines] == [
        ("time", D("1.2")),
        ("parking_time", 1),
    ]


def test_duration_counts_from_the_start_of_charging() -> None:
    """Reserved time before the charge does not use up the minutes or kWh of the session."""
    model = tariff(element(energy("1"), when=Restrictions(max_duration_seconds=3600)), element(energy("9")))
    found = cost(model, period(reservation_time="1"), period(START + HOUR, energy="1"))
    assert found.excl_vat == 1


def test_flat_is_charged_once_and_only_where_it_matches() -> None:
    """A fee is charged once, at the first period whose restrictions match, however many follow."""
    late_fee = tariff(element(flat("2"), when=Restrictions(min_duration_seconds=3600)))
    assert cost(late_fee, period(energy="1"), end=START + HOUR).excl_vat == 0
    assert cost(late_fee, period(energy="1"), period(START + HOUR), period(START + 2 * HOUR)).excl_vat == 2


def test_unknown_tax_is_not_zero() -> None:
    """One charged line without a rate makes the gross unknown; a line that costs nothing needs no rate."""
    unknown = cost(tariff(element(flat("1"), energy("0.5", vat=None))), period(energy="2"))
    assert (unknown.excl_vat, unknown.incl_vat) == (D(2), None)
    assert [note.code for note in unknown.notes] == ["tax_unknown"]
    free = cost(tariff(element(flat("0.00", vat=None))), period(energy="2"))
    assert (free.excl_vat, free.incl_vat) == (D(0), D(0))


def test_limit_before_tax_takes_the_tax_along() -> None:
    """Where only the bound before tax is stated, tax follows, with several rates in proportion, and that is told."""
    most = PriceLimit(D(10))
    single = cost(tariff(element(energy("1")), most=most), period(energy="50"))
    assert (single.excl_vat, single.incl_vat) == (D(10), D(12))
    assert [note.code for note in single.notes] == ["max_price"]
    several = cost(tariff(element(flat("10", vat="10"), energy("1")), most=most), period(energy="30"))
    assert (several.excl_vat, several.incl_vat) == (D(10), D("11.75"))  # a quarter at 10 %, the rest at 20 %
    assert [(line.amount, line.vat_percent) for line in several.lines[2:]] == [(D("-7.5"), D(10)), (D("-22.5"), D(20))]
    assert [note.code for note in several.notes] == ["max_price", "limit_tax_in_proportion"]


def test_a_limit_over_a_tax_that_is_partly_unknown() -> None:
    """What a limit takes from a line of unknown tax has unknown tax too, and only that."""
    model = tariff(element(flat("10", vat=None), energy("1")), most=PriceLimit(D(20)))
    found = cost(model, period(energy="30"))
    assert (found.excl_vat, found.incl_vat) == (D(20), None)
    assert [(line.amount, line.tax) for line in found.lines[2:]] == [(D(-5), None), (D(-15), D(-3))]


def test_a_limit_with_two_bounds_leaves_the_known_tax_alone_where_another_is_unknown() -> None:
    """The bound after tax cannot be compared then; a part free of tax stays so, or a price would be negative."""
    nothing = PriceLimit(D(0), D(0))
    found = cost(tariff(element(flat("1", vat=None), energy("1", vat="0")), most=nothing), period(energy="1"))
    taken = [(line.amount, line.vat_percent, line.tax) for line in found.lines[2:]]
    assert taken == [(D(-1), None, None), (D(-1), D(0), D(0))]
    assert driver_price(found, RetailRule(vat_percent=D(10))).gross_exact == 0


def test_minimum_holds_even_when_nothing_is_priced() -> None:
    """A session under a tariff costs at least its minimum, also when no component applied."""
    found = cost(tariff(element(energy("1")), least=PriceLimit(D(2), D("2.4"))), period(time="1"))
    assert (found.excl_vat, found.incl_vat) == (D(2), D("2.4"))


def test_periods_may_name_another_tariff() -> None:
    """Each period is priced by its tariff; only the last relevant tariff is rounded; without one it costs nothing."""
    first, second = (
        tariff(element(flat("1"), energy("1", step=1000)), id_="A"),
        tariff(element(energy("2", step=1000)), id_="B"),
    )
    found = cost(
        first,
        period(START, "a", energy="1.5"),
        period(START + HOUR, "B", energy="1.5"),
        period(START + 2 * HOUR, energy="9"),
        also=(second,),
    )
    assert [(line.tariff_id, line.amount) for line in found.lines] == [("A", 1), ("A", D("1.5")), ("B", 4)]
    assert [note.code for note in found.notes] == ["period_without_tariff"]


def test_tariff_that_was_not_given_is_told() -> None:
    """A period naming an unknown tariff is priced with the one at hand, and the price says so."""
    found = cost(tariff(element(energy("1"))), period(START, "elsewhere", energy="1"))
    assert found.excl_vat == 1
    assert found.notes[0].facts == {"tariff_id": "elsewhere", "priced_with": "T1"}


def test_parked_means_no_power() -> None:
    """Parking time without measured power is judged as zero power: nothing flows, by definition."""
    model = tariff(element(parking("4"), when=Restrictions(max_power=D(1))))
    found = cost(model, period(parking_time="0.5"))
    assert found.excl_vat == 2
    assert found.notes == ()


@pytest.mark.parametrize(
    ("periods", "end", "reason"),
    [
        ((), START, "periods_missing"),
        ((period(time="1"),), START - HOUR, "period_inverted"),
        ((period(START + HOUR), period(START)), START + 2 * HOUR, "periods_not_ascending"),
        ((period(energy="1"),), START, "period_zero_length"),
        ((period(energy="0"),), START, "session_zero_length"),
        ((period(energy="-1"),), START + HOUR, "volume_negative"),
        ((period(time="NaN"),), START + HOUR, "volume_not_a_number"),
        ((period(START.replace(tzinfo=None)),), START + HOUR, "time_without_zone"),
    ],
)
def test_nonsense_is_refused(periods: tuple[ChargingPeriod, ...], end: datetime, reason: str) -> None:
    """What cannot have happened is refused with a stable reason, never repaired in silence."""
    with pytest.raises(PricingRefused) as refused:
        cost(tariff(element(energy("1"))), *periods, end=end)
    assert refused.value.reason == refused.value.code == reason


def test_a_period_of_nothing_is_left_out() -> None:
    """A last period that begins at the end and measured nothing changes no price; a fee needs time to fall due."""
    model = tariff(element(energy("1")), element(flat("5"), when=Restrictions(min_duration_seconds=3 * 3600)))
    with_it = cost(model, period(energy="2"), period(START + 3 * HOUR, energy="0", parking_time="0"))
    assert with_it == cost(model, period(energy="2"))
    assert with_it.excl_vat == 2


def test_durations_count_from_the_start_of_the_session() -> None:
    """The first period may begin after the car was plugged in; the session's own start is what durations count from."""
    model = tariff(element(energy("1"), when=Restrictions(max_duration_seconds=3600)), element(energy("9")))
    late = period(START + HOUR, energy="1")
    assert price([late], model, time_zone=BERLIN, started_at=START, ended_at=START + 2 * HOUR).excl_vat == 9
    assert price([late], model, time_zone=BERLIN, ended_at=START + 2 * HOUR).excl_vat == 1
    with pytest.raises(PricingRefused, match="period_before_start"):
        price([late], model, time_zone=BERLIN, started_at=START + 2 * HOUR, ended_at=START + 3 * HOUR)


def test_a_time_that_is_its_period_is_the_length_of_it() -> None:
    """Four decimals of an hour miss a third of it by 0.12 s: who parks afterwards pays for 20 minutes, not less."""
    model = tariff(element(charging("60"), parking("0")))
    later = START + timedelta(minutes=20)
    found = cost(model, period(time="0.3333"), period(later, parking_time="0.1667"), end=START + timedelta(minutes=30))
    assert found.excl_vat == 20
    both = cost(model, period(time="0.3333", parking_time="0.1667"), end=START + timedelta(minutes=30))
    assert both.excl_vat == D("19.998")  # nobody knows where in the period the one ended


def test_each_tariff_is_rounded_by_its_own_parking() -> None:
    """Parking under another tariff in between does not make charging time take the step that parking takes."""
    a = tariff(element(parking("1", step=60)), id_="A")
    b = tariff(element(charging("6", step=1000), parking("12", step=300)), id_="B")
    minute = timedelta(minutes=1)
    found = cost(
        b,
        period(START, "B", parking_time=str(D(7) / 60)),
        period(START + 7 * minute, "A", parking_time=str(D(10) / 60)),
        period(START + 17 * minute, "B", time=str(D(20) / 60)),
        end=START + 37 * minute,
        also=(a,),
    )
    assert {
        (line.tariff_id, line.component_type.value): line.amount for line in found.lines if line.tariff_id == "B"
    } == {
        ("B", "parking_time"): D(2),
        ("B", "time"): D(2),
    }


def test_unknown_zone_and_mixed_currencies_are_refused() -> None:
    """A zone must be an IANA name, and tariffs of one session share a currency."""
    model = tariff(element(energy("1")))
    for zone in ("Mars/Olympus", "../etc", ""):
        with pytest.raises(PricingRefused, match="time_zone_unknown"):
            price([period(energy="1")], model, time_zone=zone, ended_at=START + HOUR)
    with pytest.raises(PricingRefused, match="currency_mixed"):
        cost(model, period(energy="1"), also=(tariff(element(energy("1")), id_="F", currency="CHF"),))
