"""The model behind the load profile: its arithmetic, and what grows with what."""

import csv
from collections import Counter
from dataclasses import fields, replace

import pytest

from bench.material import SHARED
from bench.profile_model import Kind, Population, counts_of, profile_of

BY_HAND = Population(
    drivers=36_000,
    charges_a_month=3,
    days_a_month=30,
    busiest_hour_share=0.1,
    plugged_minutes=60,
    watched_share=0.5,
    streamed_share=0.4,
    poll_seconds=10,
    streams_opened_a_charge=5,
    push_seconds=60,
    evses=1_000,
    uses_an_evse_a_day=18,
    statuses_a_use=2,
    map_looks_a_charge=10,
    help_looks_a_charge=0.5,
)
"""3,600 charges a day, 360 in the busiest hour, one in ten seconds, and each lasts an hour: 360 are live."""


@pytest.mark.capability("CN23")
def test_an_example_worked_by_hand() -> None:
    """Of 360 live charges 180 are watched: 72 by streams, 108 by polls; 1,000 EVSEs change 3,600 times in the hour."""
    profile = profile_of(BY_HAND)
    assert (profile.live, profile.streams, profile.polled, profile.events) == pytest.approx((360, 72, 108, 1.2))
    assert profile.rates == pytest.approx(
        {
            Kind.QUOTE: 0.1,
            Kind.START: 0.1,
            Kind.POLL: 10.8,
            Kind.STREAM_OPENED: 0.2,
            Kind.MAP: 1,
            Kind.HELP: 0.05,
            Kind.BEGUN: 0.1,
            Kind.SESSION: 6,
            Kind.STATUS: 1,
            Kind.ENDED: 0.1,
            Kind.CDR: 0.1,
        }
    )
    assert profile.total == pytest.approx(19.55)


@pytest.mark.capability("CN23")
def test_the_default_population_is_the_one_that_is_asked_for() -> None:
    """200,000 active drivers: more than one charge begins every two seconds, and thousands run at the same time."""
    profile = profile_of(Population())
    assert Population().drivers == 200_000
    assert 0.5 < profile.rates[Kind.START] < 1
    assert 3_000 < profile.live < 4_000
    assert set(profile.rates) == set(Kind)


def test_a_scaled_population_asks_so_many_times_as_much() -> None:
    """Every rate is proportional to the population, so a run of a tenth tells a tenth."""
    whole, double = profile_of(BY_HAND), profile_of(BY_HAND.scaled(2))
    assert double.rates == pytest.approx({kind: rate * 2 for kind, rate in whole.rates.items()})
    assert (double.live, double.streams, double.polled) == pytest.approx((720, 144, 216))


def test_watched_charges_are_streamed_or_polled() -> None:
    """However apps divide, nobody watches twice and nobody is forgotten."""
    for share in (0.0, 0.3, 1.0):
        profile = profile_of(replace(BY_HAND, streamed_share=share))
        assert profile.streams + profile.polled == pytest.approx(profile.live * BY_HAND.watched_share)


SLOWER = {"poll_seconds", "push_seconds", "days_a_month"}
"""What makes for fewer requests when it grows."""
SHIFTS = {"streamed_share"}
"""What makes for fewer polls and more streams."""


@pytest.mark.parametrize("name", [each.name for each in fields(Population)])
def test_every_assumption_moves_the_profile_its_way(name: str) -> None:
    """No field is idle: more of it never lowers a rate and raises one, or the other way round where it slows."""
    more = profile_of(replace(BY_HAND, **{name: getattr(BY_HAND, name) * 2}))
    grown = {kind: more.rates[kind] - rate for kind, rate in profile_of(BY_HAND).rates.items()}
    if name in SHIFTS:
        assert grown[Kind.POLL] < 0 < grown[Kind.STREAM_OPENED]
        return
    sign = -1 if name in SLOWER else 1
    assert all(each * sign >= 0 for each in grown.values())
    assert any(each * sign > 0 for each in grown.values())


def test_a_run_plays_each_kind_at_least_once() -> None:
    """Counts are rates times seconds; what needs something else comes as often as it."""
    profile = profile_of(BY_HAND)
    counts, least = counts_of(profile, 60), counts_of(profile, 0.01)
    assert (counts[Kind.POLL], counts[Kind.SESSION], counts[Kind.HELP]) == (648, 360, 3)
    assert counts[Kind.QUOTE] == counts[Kind.START] == counts[Kind.BEGUN] == 6
    assert counts[Kind.ENDED] == counts[Kind.CDR] == 6
    assert least == dict.fromkeys(Kind, 1)


def test_the_busiest_hour_is_not_below_a_public_record() -> None:
    """The share that is assumed covers that of a city's chargers over a quarter, and not by much."""
    record = SHARED / "data" / "sessions" / "dundee_2018q1.csv"
    if not record.exists():
        pytest.skip("the record is not at hand")
    with record.open(newline="") as lines:
        hours = Counter(row["Start Time"][:2] for row in csv.DictReader(lines) if row["Start Time"])
    busiest = hours.most_common(1)[0][1] / hours.total()
    assert busiest <= Population().busiest_hour_share <= busiest * 1.25
