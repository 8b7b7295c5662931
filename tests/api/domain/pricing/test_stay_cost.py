"""What staying plugged in costs, as the driver pays it, and when that changes."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.domain.money import Money
from api.domain.pricing.periods import Reading, cut_into_periods
from api.domain.pricing.price import price
from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.retail import RetailRule, driver_price
from api.domain.pricing.stay_cost import StayTimeline, stay_timeline
from api.domain.pricing.stay_text import describe
from api.domain.pricing.tariff import ComponentType, PriceLimit, Restrictions, Tariff, TaxIncluded
from tests.api.domain.pricing.make import BERLIN, START, charging, element, energy, flat, parking, reading, tariff
from tests.api.domain.pricing.test_properties import rates, sessions, tariffs

D = Decimal
MINUTE = timedelta(minutes=1)
DAYTIME_FEE = Restrictions(start_time=time(8), end_time=time(20), min_duration_seconds=4 * 3600)
AFTER_AN_HOUR = Restrictions(min_duration_seconds=3600)
few: Callable[[Callable[..., None]], Callable[..., None]] = settings(max_examples=25, deadline=None)
PLAIN = RetailRule()


def stay(
    model: Tariff,
    *,
    retail: RetailRule = PLAIN,
    charged: int = 30,
    readings: Sequence[Reading] | None = None,
    hours: int = 24,
) -> StayTimeline:
    """Return the stay after 10 kWh in the first ``charged`` minutes from noon in Berlin."""
    told = [reading(0, "0"), reading(charged, "10", charging=False)] if readings is None else readings
    return stay_timeline(
        model,
        readings=told,
        stays_from=START + charged * MINUTE,
        time_zone=BERLIN,
        retail=retail,
        look_ahead=timedelta(hours=hours),
    )


def shape(found: StayTimeline) -> list[tuple[int, int | None, Decimal]]:
    """Return the entries as minutes since the start with the driver's price per hour."""
    return [
        (
            (each.starts_at - START) // MINUTE,
            None if each.ends_at is None else (each.ends_at - START) // MINUTE,
            each.per_hour,
        )
        for each in found.entries
    ]


def test_free_until_then_dear_until_evening_then_free() -> None:
    """Four hours after noon the fee begins, 4.80 with tax; it ends at 20:00 and comes back at 8:00 (idea 3)."""
    model = tariff(element(parking("4"), when=DAYTIME_FEE), element(energy("0.5")))
    found = stay(model, hours=12)
    assert shape(found) == [(30, 240, D(0)), (240, 480, D("4.8")), (480, None, D(0))]
    assert [each.total for each in found.entries] == [Money(600, "EUR"), Money(2520, "EUR"), Money(2520, "EUR")]
    assert found.total_now == Money(600, "EUR")
    assert describe(found, BERLIN) == "free until 16:00, then 4.80 EUR/h until 20:00, free after"
    assert describe(stay(model), BERLIN).endswith("then free until Tue 08:00, 4.80 EUR/h after")


def test_markup_and_vat_are_the_drivers() -> None:
    """The driver pays the markup too; where the partner states no tax, the location's rate counts."""
    rule = RetailRule(markup_percent=D(10), session_fee=Money(60, "EUR"), vat_percent=D(19))
    (entry,) = stay(tariff(element(parking("4", vat=None))), retail=rule).entries
    assert (entry.per_hour_net, entry.per_hour_gross) == (D("4.4"), D("5.236"))
    assert entry.total is None


@pytest.mark.parametrize(
    ("included", "net", "gross", "text"),
    [
        (TaxIncluded.no, D(3), None, "3.00 EUR/h before tax"),
        (TaxIncluded.yes, None, D(3), "3.00 EUR/h"),
        (TaxIncluded.not_applicable, D(3), D(3), "3.00 EUR/h"),
    ],
)
def test_a_tax_that_nobody_knows_stays_unknown(
    included: TaxIncluded, net: Decimal | None, gross: Decimal | None, text: str
) -> None:
    """Net and gross are told as far as they are known; an unknown one is None, never the other one."""
    found = stay(tariff(element(parking("3", vat=None)), tax=included))
    assert [(each.per_hour_net, each.per_hour_gross) for each in found.entries] == [(net, gross)]
    assert describe(found, BERLIN) == text


def test_staying_costs_nothing_more_once_the_limit_is_reached() -> None:
    """6.00 were charged; at 6.00 an hour a limit of 12.00 is reached after an hour, and stays reached."""
    model = tariff(element(energy("0.5"), parking("5")), most=PriceLimit(D(10), D(12)))
    found = stay(model)
    assert shape(found) == [(30, 90, D(6)), (90, None, D(0))]
    assert [each.capped for each in found.entries] == [False, True]
    assert found.entries[-1].total == Money(1200, "EUR")
    assert describe(found, BERLIN) == "6.00 EUR/h until 13:30, nothing more after (at most 12.00 EUR in all)"


@pytest.mark.parametrize(
    ("limit", "vat", "until"),
    [
        (PriceLimit(D(10)), "20", 90),  # before tax only, and the tax follows it
        (PriceLimit(D(10), D(18)), "20", 150),  # the bound after tax is reached later, and till then the price grows
        (PriceLimit(D(10)), None, 90),
    ],
)
def test_limits_before_and_after_tax(limit: PriceLimit, vat: str | None, until: int) -> None:
    """The end of growth is where the bound that the driver's price follows is reached."""
    model = tariff(element(energy("0.5", vat=vat), parking("5", vat=vat)), most=limit)
    assert stay(model).entries[0].ends_at == START + until * MINUTE


def test_a_limit_before_tax_over_several_rates_does_not_end_the_growth() -> None:
    """Where it is open how the tax follows a net limit, the price of the hour goes on being told."""
    model = tariff(element(energy("0.5", vat="10"), parking("5")), most=PriceLimit(D(10)))
    assert [(each.capped, each.per_hour) for each in stay(model).entries] == [(False, D(6))]


def test_a_limit_reached_before_the_stay_makes_it_free() -> None:
    """When charging alone reached the maximum, staying adds nothing at all."""
    found = stay(tariff(element(energy("2"), parking("5")), most=PriceLimit(D(10), D(12))))
    assert [(each.capped, each.ends_at, each.per_hour) for each in found.entries] == [(True, None, D(0))]
    assert found.total_now == Money(1200, "EUR")


def test_a_fee_that_comes_with_time_is_told() -> None:
    """A blocking fee once after an hour is due as its entry begins, though no hour has a price."""
    model = tariff(element(flat("10"), when=AFTER_AN_HOUR), element(energy("0.5")))
    found = stay(model)
    assert [(each.fee.minor, each.total) for each in found.entries] == [
        (0, Money(600, "EUR")),
        (1200, Money(1800, "EUR")),
    ]
    assert describe(found, BERLIN) == "free until 13:00, a fee of 12.00 EUR after"


def test_a_fee_at_the_start_is_no_fee_of_staying() -> None:
    """The fee that every session pays has been paid already."""
    assert [each.fee.minor for each in stay(tariff(element(flat("1"), parking("2")))).entries] == [0]


def test_blocks_are_told() -> None:
    """Time billed in started quarters of an hour says so: an hour's price alone would be too low."""
    found = stay(tariff(element(parking("4", step=900))), hours=1)
    assert found.entries[0].block_seconds == 900
    assert describe(found, BERLIN) == "4.80 EUR/h in blocks of 15 min"


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (Restrictions(min_kwh=D(20)), [(30, None, 0)]),
        (Restrictions(max_kwh=D(20)), [(30, None, 6)]),
        (Restrictions(min_power=D(5)), [(30, None, 0)]),  # nothing flows while parked
        (Restrictions(max_current=D(5)), [(30, None, 6)]),
        (Restrictions(max_duration_seconds=7200), [(30, 120, 6), (120, None, 0)]),
        (Restrictions(days_of_week=frozenset({1})), [(30, 720, 6), (720, None, 0)]),
        (Restrictions(start_date=datetime(2026, 5, 5, tzinfo=UTC).date()), [(30, 720, 0), (720, None, 6)]),
        (Restrictions(reservation="reservation"), [(30, None, 0)]),
    ],
)
def test_every_restriction_counts(rules: Restrictions, expected: list[tuple[int, int | None, Decimal]]) -> None:
    """Energy is what was charged, power is zero, and clock, date and duration begin and end the price."""
    assert shape(stay(tariff(element(parking("5"), when=rules)))) == expected


@pytest.mark.parametrize(
    ("start", "hour_long"),
    [
        (datetime(2026, 3, 28, 22, tzinfo=UTC), 2),  # 23:00; the clock skips the hour from two to three
        (datetime(2026, 10, 24, 21, tzinfo=UTC), 4),  # 23:00; the clock shows the hour from two twice
    ],
)
def test_nights_on_which_the_clock_changes(start: datetime, hour_long: int) -> None:
    """A price from one to four in the morning lasts as long as the charger's clock takes from one to four."""
    model = tariff(element(parking("5"), when=Restrictions(start_time=time(1), end_time=time(4))))
    readings = [Reading(start, D(0), charging=True), Reading(start + 30 * MINUTE, D(1), charging=False)]
    found = stay_timeline(
        model, readings=readings, stays_from=start, time_zone=BERLIN, retail=PLAIN, look_ahead=timedelta(hours=12)
    )
    priced = [each for each in found.entries if each.per_hour]
    assert [(each.starts_at, each.ends_at) for each in priced] == [
        (start + timedelta(hours=2), start + timedelta(hours=2 + hour_long))
    ]


def test_time_alone_ends_with_the_energy_but_is_doubted() -> None:
    """TIME is charging time (2.3.0 chapter 11), so the stay is free; that some operators go on is told as a doubt."""
    found = stay(tariff(element(charging("3"))))
    assert (shape(found), found.doubts) == ([(30, None, D(0))], ("time_price_may_go_on",))
    assert stay(tariff(element(charging("3"), parking("1")))).doubts == ()


def test_a_partners_clock_ahead_of_ours_does_no_harm() -> None:
    """A last reading in our future begins the stay there; no readings at all are refused."""
    model = tariff(element(parking("5")))
    found = stay(model, readings=[reading(0, "0"), reading(40, "10")])
    assert found.entries[0].starts_at == START + 40 * MINUTE
    with pytest.raises(PricingRefused, match="readings_missing"):
        stay(model, readings=[])


def test_a_car_that_never_charged_can_stay_too() -> None:
    """A session of one reading, its start, parks from there on."""
    found = stay(tariff(element(flat("1"), parking("5"))), charged=0, readings=[reading(0, "0")])
    assert (found.total_now, shape(found)) == (Money(120, "EUR"), [(0, None, D(6))])


@few
@given(
    tariffs(), sessions(), st.builds(RetailRule, markup_percent=st.just(D(5)), vat_percent=rates), st.integers(1, 59)
)
def test_the_hourly_price_is_what_an_hour_adds(
    model: Tariff, session: tuple[list[Reading], datetime], rule: RetailRule, minutes: int
) -> None:
    """Inside an entry the engine's price grows by just the hourly price, unless a price limit bends it."""
    free = Tariff(model.id, model.currency, model.elements, tax_included=model.tax_included)
    readings, _ = session
    begins = readings[-1].at
    told = [*readings, Reading(begins, readings[-1].energy_kwh, charging=False)]

    def paid(at: datetime) -> Decimal:
        cost = price(cut_into_periods(told, at, free, BERLIN), free, time_zone=BERLIN, ended_at=at)
        sold = driver_price(cost, rule)
        parked = [line for line in sold.lines if line.kind == ComponentType.parking_time]
        return sum((line.net if line.gross is None else line.gross for line in parked), D(0))

    for entry in stay_timeline(free, readings=readings, stays_from=begins, time_zone=BERLIN, retail=rule).entries:
        end = entry.ends_at or entry.starts_at + timedelta(hours=2)
        middle = entry.starts_at + (end - entry.starts_at) // MINUTE * minutes // 60 * MINUTE
        grown = paid(middle) - paid(entry.starts_at)
        expected = entry.per_hour * ((middle - entry.starts_at) // MINUTE) / 60
        assert abs(grown - expected) < D("0.000001")
