"""A bill against the tariff that its driver accepted: each class of difference, and what is owed at the most."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.domain.pricing.audit import audit_cdr, tolerance
from api.domain.pricing.corrections import SessionEnd, capped, volume_of
from api.domain.pricing.periods import ChargingPeriod, ParkingReading
from api.domain.pricing.tariff import DimensionType, PriceLimit, Restrictions, Tariff, TariffElement, TaxIncluded
from api.domain.pricing.verdict import CdrAudit, Verdict
from api.domain.roaming.cdr import Cdr, CdrLocation
from api.domain.roaming.session import Price
from api.domain.roaming.token import CdrToken, TokenType
from tests.api.domain.pricing.make import BERLIN, START, charging, element, energy, flat, parking, period, tariff

D = Decimal
HOUR = timedelta(hours=1)
BY_KWH = tariff(element(energy("0.40")))
BY_TIME = tariff(element(flat("1"), energy("0.40"), charging("1.20"), parking("6")))
CHARGED_THEN_PARKED = (period(energy="10", time="1"), period(START + HOUR, parking_time="2"))


def bill(cost: str, *, taxed: str | None = None, periods: Any = None, **fields: Any) -> Cdr:
    """Return a CDR of three hours: 10 kWh in the first, then plugged in; its totals are those of its periods."""
    periods = CHARGED_THEN_PARKED if periods is None else periods
    parked = volume_of(periods, DimensionType.parking_time)
    values: dict[str, Any] = {
        "country_code": "DE",
        "party_id": "CPO",
        "id": "CDR1",
        "starts_at": START,
        "ended_at": START + 3 * HOUR,
        "cdr_token": CdrToken("UID", TokenType.APP_USER, "DE-CHH-C1"),
        "location": CdrLocation("LOC1", "Street 1", "Town", "DEU", "E1", "DE*CPO*E1", "1"),
        "currency": "EUR",
        "charging_periods": periods,
        "total_cost": Price(D(cost), None if taxed is None else D(taxed)),
        "total_energy_kwh": volume_of(periods, DimensionType.energy),
        "total_time_hours": volume_of(periods, DimensionType.time) + parked,
        "total_parking_time_hours": parked,
        "last_updated": START + 4 * HOUR,
    }
    return Cdr(**(values | fields))


def audit(cdr: Cdr, model: Tariff | None = BY_TIME, **told: Any) -> CdrAudit:
    """Audit a CDR in Berlin; the price of its three hours under BY_TIME is 1 + 4 + 1.20 + 12 = 18.20."""
    return audit_cdr(cdr, tariff=model, time_zone=BERLIN, **told)


def overcharged(found: CdrAudit) -> bool:
    """Say whether the bill asks for more than what was promised, by more than partners may round."""
    return found.difference is not None and found.difference > 0 and not found.is_clean


def test_the_right_bill_is_equal() -> None:
    """A bill that is its own computation is equal, with every dimension beside what it states."""
    costs = {"energy": Price(D(4)), "time": Price(D("1.20")), "parking_time": Price(D(12)), "flat": Price(D(1))}
    found = audit(bill("18.20", taxed="21.84", costs=costs))
    assert (found.verdict, found.difference, found.is_clean, overcharged(found)) == (Verdict.equal, D(0), True, False)
    assert {line.kind: line.difference for line in found.lines} == dict.fromkeys(costs, D(0))


def test_line_by_line() -> None:
    """A bill names the dimension in which it differs; what it does not state is not compared."""
    found = audit(bill("18.70", costs={"energy": Price(D("4.50")), "reservation": Price(D(0))}))
    told = {line.kind: (line.billed, line.computed, line.difference) for line in found.lines}
    assert told["energy"] == (D("4.50"), D(4), D("0.50"))
    assert told["time"] == (None, D("1.20"), None)
    assert told["reservation"] == (D(0), D(0), D(0))


@pytest.mark.parametrize(
    ("cost", "verdict"),
    [
        ("18.204", "equal"),
        ("18.206", "rounding"),
        ("18.24", "rounding"),
        ("18.25", "unexplained"),
        ("18.16", "rounding"),
    ],
)
def test_rounding_is_a_cent_for_each_line(cost: str, verdict: str) -> None:
    """Four lines may each have been rounded by a partner; the same cents are equal; more is a difference."""
    assert audit(bill(cost)).verdict == verdict


@pytest.mark.parametrize(
    ("currency", "allowed"), [("EUR", "0.02"), ("JPY", "2"), ("KWD", "0.02"), ("ISK", "2"), ("HUF", "2")]
)
def test_tolerance_is_the_currencys_own(currency: str, allowed: str) -> None:
    """Two lines may differ by twice the smallest amount that can be charged in the currency."""
    assert tolerance(currency, 2) == D(allowed)


def test_another_tariff_is_found_in_the_bill_itself() -> None:
    """A CDR that carries and applies another tariff than the accepted one does not raise what is promised."""
    dearer = tariff(element(energy("0.60")), id_="NEW")
    found = audit(bill("6.00", tariffs=(dearer,)), BY_KWH)
    assert (found.verdict, found.difference, overcharged(found)) == (Verdict.wrong_tariff, D(2), True)
    assert found.promised is not None
    assert found.promised.excl_vat == 4
    named = bill("6.00", tariffs=(dearer,), periods=(period(START, "NEW", energy="10"),))
    assert audit(named, BY_KWH).verdict == Verdict.wrong_tariff


def test_a_cheaper_tariff_is_told_and_no_overcharge() -> None:
    """A partner may bill less than was accepted."""
    cheaper = tariff(element(energy("0.30")), id_="NEW")
    found = audit(bill("3.00", tariffs=(cheaper,)), BY_KWH)
    assert (found.verdict, found.difference, overcharged(found)) == (Verdict.wrong_tariff, D(-1), False)


def test_other_quantities_than_its_own_periods() -> None:
    """A bill for totals that its periods do not hold is recognized as such."""
    assert audit(bill("4.80", total_energy_kwh=D(12)), BY_KWH).verdict == Verdict.wrong_quantity
    longer = bill("19.40", total_time_hours=D(4))
    assert audit(longer).verdict == Verdict.wrong_quantity


def test_idle_time_at_the_price_of_charging() -> None:
    """Hours plugged in that were billed as hours of charging are recognized (P8), whichever of the two is dearer."""
    dear_charging = tariff(element(energy("0.40"), charging("9"), parking("1")))
    found = audit(bill("31.00"), dear_charging)
    assert (found.verdict, found.difference) == (Verdict.idle_at_charging_rate, D(16))


def test_time_without_energy_is_parking_where_parking_means_not_charging() -> None:
    """Two hours without energy told as charging: a difference by the old reading of PARKING_TIME, none by the new."""
    dear_charging = tariff(element(energy("0.40"), charging("9"), parking("1")))
    cdr = bill("31.00", periods=(period(energy="10", time="1"), period(START + HOUR, time="2")))
    old = audit(cdr, dear_charging, parking=ParkingReading.not_charging)
    assert (old.verdict, old.difference) == (Verdict.idle_at_charging_rate, D(16))
    assert audit(cdr, dear_charging).verdict == Verdict.equal


def test_a_bill_may_not_make_charging_time_of_what_its_session_told_as_parking() -> None:
    """The partner's own session said that the car was parked: the bill's hours without energy are that, and cheaper."""
    dear_charging = tariff(element(energy("0.40"), charging("9"), parking("1")))
    cdr = bill("31.00", periods=(period(energy="10", time="1"), period(START + HOUR, energy="0", time="2")))
    found = audit(cdr, dear_charging, session=SessionEnd(D("10.000"), D(2)))
    assert (found.verdict, found.difference) == (Verdict.idle_at_charging_rate, D(16))
    assert audit(cdr, dear_charging, session=SessionEnd(D("10.000"))).verdict == Verdict.equal


def test_energy_above_the_meter_is_not_promised() -> None:
    """The driver owes what the meter of the session ended at, even when the CDR says more (CK15)."""
    found = audit(bill("4.00"), BY_KWH, session=SessionEnd(D("8.25")))
    assert (found.verdict, found.difference) == (Verdict.energy_above_metered, D("0.70"))
    assert audit(bill("3.30"), BY_KWH, session=SessionEnd(D("8.25"))).verdict == Verdict.equal
    assert audit(bill("4.00"), BY_KWH, session=SessionEnd(D("12"))).verdict == Verdict.equal


@pytest.mark.parametrize(
    ("metered", "taken"),
    [("9.8", "9.8"), ("9.95", "9.95"), ("9.995", "10"), ("9.96", "9.96"), ("9", "9"), ("11", "10")],
)
def test_a_meter_is_believed_as_exactly_as_it_was_written(metered: str, taken: str) -> None:
    """A session told in Wh ended where it says, within 5 Wh; what is written more coarsely within 100 Wh."""
    assert volume_of(capped((period(energy="10"),), D(metered)), DimensionType.energy) == D(taken)


def test_a_meter_in_tenths_may_have_ended_a_tenth_above() -> None:
    """A partner that tells its sessions in tenths of a kWh, cut off, and bills in Wh is not taken for a cheat."""
    within_it = (period(energy="9.99"),)
    assert capped(within_it, D("9.9")) == within_it
    assert capped(within_it, D("9.90")) != within_it


def test_the_last_energy_goes_first() -> None:
    """Energy above the meter is taken off at the end of the session, where it cannot have flowed."""
    found = capped((period(energy="6"), period(START + HOUR, energy="4", time="1")), D("7.000"))
    assert [volume_of((each,), DimensionType.energy) for each in found] == [6, 1]
    assert volume_of(found, DimensionType.time) == 1


def test_another_tax_is_told_apart() -> None:
    """Right before tax and wrong after it is a difference in tax only; an unknown tax differs from nothing."""
    assert audit(bill("4.00", taxed="4.76"), BY_KWH).verdict == Verdict.tax_differs
    assert audit(bill("4.00", taxed="4.80"), BY_KWH).verdict == Verdict.equal
    assert audit(bill("4.00"), BY_KWH).verdict == Verdict.equal
    untaxed = tariff(element(energy("0.40", vat=None)))
    assert audit(bill("4.00", taxed="4.76"), untaxed).verdict == Verdict.equal


def test_prices_with_tax_inside_are_compared_with_it() -> None:
    """Where only the price with tax is known, the bill with tax is compared."""
    inside = replace(tariff(element(energy("0.40", vat=None))), tax_included=TaxIncluded.yes)
    assert audit(bill("3.36", taxed="4.00"), inside).verdict == Verdict.equal
    assert overcharged(audit(bill("4.00", taxed="4.76"), inside))


def test_without_an_accepted_tariff_nothing_is_promised() -> None:
    """No tariff, another currency, or a price in words: the bill cannot be checked, and that is said."""
    words = Tariff("T1", "EUR", (), texts=(("en", "ask the attendant"),))
    for model, why in (
        (None, "no_tariff"),
        (words, "price_only_in_words"),
        (replace(BY_KWH, currency="CHF"), "currency_differs"),
    ):
        found = audit(bill("4.00"), model)
        assert (found.verdict, found.promised, found.notes[0].code) == (Verdict.unpriced, None, why)


def test_periods_that_make_no_sense_are_bounded_by_the_totals() -> None:
    """A bill that cannot be computed again owes at most its totals at the dearest price of each kind."""
    night = tariff(
        TariffElement((energy("0.20"),), Restrictions(min_kwh=D(5))), element(flat("1"), energy("0.40"), parking("6"))
    )
    broken = bill("17.00", periods=())
    broken = replace(broken, total_energy_kwh=D(10), total_time_hours=D(3), total_parking_time_hours=D(2))
    found = audit(broken, night)
    assert (found.verdict, found.is_ceiling, found.difference) == (Verdict.unpriced, True, None)
    assert found.promised is not None
    assert found.promised.excl_vat == 17  # 1 + 4 + 12
    over = audit(replace(broken, total_cost=Price(D(50))), night)
    assert (over.verdict, over.difference, overcharged(over)) == (Verdict.unpriced, D(33), True)
    assert [note.code for note in over.notes] == ["periods_missing"]
    assert audit(replace(broken, total_cost=Price(D(17))), night, session=SessionEnd(D("5.00"))).difference == D(2)
    impossible = audit(replace(broken, total_time_hours=D(30)), night)
    assert (impossible.promised, impossible.notes[0].facts["totals"]) == (None, "totals_exceed_session")


def test_what_hangs_on_unmeasured_power_is_bounded_by_the_dearest_reading() -> None:
    """A bill between the cheapest and the dearest reading of a tariff is let through, one above it is not."""
    by_power = tariff(TariffElement((energy("0.60"),), Restrictions(min_power=D(50))), element(energy("0.40")))
    assert audit(bill("4.00"), by_power).verdict == Verdict.equal
    between = audit(bill("6.00"), by_power)
    assert (between.verdict, between.difference, between.is_ceiling) == (Verdict.unpriced, None, True)
    assert audit(bill("7.00"), by_power).difference == D(1)


def test_the_maximum_price_is_promised_too() -> None:
    """What the tariff's maximum takes off is part of the promise and a line of its own."""
    capped_ = tariff(element(energy("0.40")), most=PriceLimit(D(3)))
    found = audit(bill("4.00", costs={"energy": Price(D(4))}), capped_)
    assert (found.difference, overcharged(found)) == (D(1), True)
    assert {line.kind: line.computed for line in found.lines} == {"energy": D(4), "limit": D(-1)}


def test_a_credit_is_audited_by_its_size() -> None:
    """A credit CDR takes back what it states, whose size is compared."""
    assert audit(bill("-4.00", credit=True, credit_reference_id="CDR0"), BY_KWH).verdict == Verdict.equal


def test_a_start_that_nobody_knows_counts_for_nothing() -> None:
    """1970 stands for an unknown start: durations then count from the first period."""
    model = tariff(element(energy("0.40"), when=Restrictions(max_duration_seconds=7200)), element(energy("9")))
    assert audit(bill("4.00", starts_at=START.replace(year=1970)), model).verdict == Verdict.equal


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 40_000),
    st.integers(0, 3600),
    st.integers(0, 7200),
    st.integers(-3000, 6000),
    st.booleans(),
    st.none() | st.integers(0, 40_000).map(lambda wh: D(wh) / 1000),
)
def test_no_bill_is_ever_owed_above_its_promise(
    wh: int, charging_s: int, parking_s: int, cents: int, broken: bool, metered: Decimal | None
) -> None:
    """Whatever is billed, the audit ends in a verdict, and one that is clean lies within its rounding."""
    periods: tuple[ChargingPeriod, ...] = (
        period(energy=str(D(wh) / 1000), time=str(D(charging_s) / 3600)),
        period(START + HOUR, parking_time=str(D(parking_s) / 3600)),
    )
    cdr = bill(str(D(cents) / 100), periods=periods)
    found = audit(
        replace(cdr, charging_periods=()) if broken else cdr, session=None if metered is None else SessionEnd(metered)
    )
    assert found.promised is not None or metered == 0
    if found.is_clean and found.promised is not None:
        assert abs(found.billed - found.promised.excl_vat) <= tolerance("EUR", len(found.promised.lines))
    if found.difference is not None and found.difference <= 0:
        assert not overcharged(found)
