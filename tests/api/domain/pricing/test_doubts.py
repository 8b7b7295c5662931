"""What a price could not be sure of: flags on its lines, notes beside it, sums unknown rather than wrong."""

from datetime import time
from decimal import Decimal

import pytest

from api.domain.pricing.periods import ParkingReading
from api.domain.pricing.price import price
from api.domain.pricing.snapshot import tariff_from_json, tariff_to_json
from api.domain.pricing.tariff import PriceLimit, Restrictions, Tariff, TaxIncluded
from tests.api.domain.pricing.make import BERLIN, START, charging, element, energy, parking, period, tariff
from tests.api.domain.pricing.test_price import HOUR, cost

D = Decimal


def test_what_no_element_could_be_judged_for_is_told_apart() -> None:
    """Energy that only power decides on, in a session without power, is unpriced for that reason and not as free."""
    model = tariff(element(energy("1"), when=Restrictions(max_power=D(22))))
    found = cost(model, period(energy="3"))
    told = {note.code: note.facts for note in found.notes}
    assert told["not_priced"]["reason"] == "not_evaluable"
    assert told["restriction_not_evaluable"]["element"] == 0
    free = cost(tariff(element(energy("1"), when=Restrictions(min_kwh=D(9)))), period(energy="3"))
    assert [note.facts["reason"] for note in free.notes] == ["no_match"]


def test_a_fallback_behind_a_doubt_is_flagged_on_its_line() -> None:
    """A line that applies only because an earlier element could not be judged says so."""
    model = tariff(element(energy("1"), when=Restrictions(max_power=D(22))), element(energy("2")))
    found = cost(model, period(energy="3", min_power="10", max_power="30"))
    assert [(line.amount, line.flags) for line in found.lines] == [(D(6), ("restriction_not_evaluable",))]


def test_more_time_than_there_was_is_told() -> None:
    """Hours beyond the length of their period are priced as stated, and the reader is told."""
    found = cost(tariff(element(charging("2"))), period(time="1", parking_time="2.5"))
    assert [note.facts for note in found.notes if note.code == "time_exceeds_period"] == [
        {"period": 0, "stated": "3.5", "length": "3"}
    ]
    rounded = cost(tariff(element(charging("2"))), period(time="1.3334", parking_time="1.6667"))
    assert [note.code for note in rounded.notes] == ["not_priced"]


def test_a_priced_dimension_that_nobody_states_is_told() -> None:
    """Hours or kWh that a tariff prices and no period mentions may have been forgotten: never silently nothing."""
    model = tariff(element(energy("1"), charging("2")))
    assert {note.facts["dimension"] for note in cost(model, period(max_power="7")).notes} == {"energy", "time"}
    assert [note.facts["dimension"] for note in cost(model, period(energy="1")).notes] == ["time"]
    assert cost(model, period(energy="0", parking_time="3")).notes[0].code == "not_priced"


def test_charging_without_energy_depends_on_what_parking_means() -> None:
    """Where parking is all time without energy, charging time without any is a contradiction."""
    model = tariff(element(energy("1"), charging("2")))
    session = (period(energy="1", time="1"), period(START + HOUR, time="2"))
    for reading, told in (("not_charging", [{"period": 1, "hours": "2"}]), ("not_requesting_power", [])):
        found = price(session, model, time_zone=BERLIN, ended_at=START + 3 * HOUR, parking=ParkingReading(reading))
        assert [note.facts for note in found.notes if note.code == "charging_without_energy"] == told
        assert found.excl_vat == 7


def test_a_price_in_words_is_not_zero() -> None:
    """A tariff without elements says its price in words: no total is known, and the reader learns where to look."""
    words = Tariff("T1", "EUR", (), texts=(("en", "2 euro an hour"),), url="https://cpo.example/prices")
    found = cost(words, period(energy="1"))
    assert (found.lines, found.incl_vat, found.excl_known) == ((), None, False)
    assert {note.code for note in found.notes} >= {"price_only_in_words", "alternative_text", "alternative_url"}


def test_an_average_never_stands_for_an_extreme() -> None:
    """The mean power of a period says nothing about its lowest and highest: what a limit looks at was not measured."""
    model = tariff(element(energy("3"), when=Restrictions(max_power=D(5))), element(energy("7")))
    found = cost(model, period(energy="1", power="3"))
    assert [(line.amount, line.flags) for line in found.lines] == [(D(7), ("restriction_not_evaluable",))]
    by_current = tariff(element(energy("3"), when=Restrictions(min_current=D(5))), element(energy("7")))
    assert cost(by_current, period(energy="1", current="30")).excl_vat == 7


@pytest.mark.parametrize(
    ("when", "volumes", "told"),
    [
        (Restrictions(max_kwh=D(2)), {"energy": "40"}, ["energy"]),
        (Restrictions(max_kwh=D(40)), {"energy": "40"}, []),
        (Restrictions(min_kwh=D(40)), {"energy": "40"}, []),
        (Restrictions(max_duration_seconds=1800), {"energy": "1", "time": "3"}, ["energy", "time"]),
        (Restrictions(max_duration_seconds=3 * 3600), {"time": "3"}, []),
        (Restrictions(end_time=time(13)), {"energy": "1"}, ["energy"]),
        (Restrictions(start_time=time(13), end_time=time(14)), {"parking_time": "3"}, ["parking_time"]),
        (Restrictions(end_time=time(15)), {"energy": "1"}, []),
        (Restrictions(days_of_week=frozenset({1})), {"energy": "1"}, []),
        (Restrictions(max_power=D(2)), {"energy": "1", "min_power": "1", "max_power": "1"}, []),
    ],
)
def test_a_period_that_should_have_been_cut_is_told(
    when: Restrictions, volumes: dict[str, str], told: list[str]
) -> None:
    """Priced as it begins, three hours from noon, and told where a price changes inside; its end is not inside."""
    model = tariff(element(energy("1"), charging("1"), parking("1"), when=when), element(energy("5"), charging("5")))
    notes = [
        note.facts["dimension"]
        for note in cost(model, period(START, None, **volumes)).notes
        if note.code == "period_not_cut"
    ]
    assert notes == told


def test_a_limit_before_an_unknown_tax_is_in_doubt() -> None:
    """Whether a maximum before tax binds prices that contain an unknown tax nobody knows, unless they are below it."""
    inside = Tariff(
        "T1",
        "EUR",
        (element(energy("1", vat=None)),),
        max_price=PriceLimit(D(5)),
        tax_included=TaxIncluded.yes,
    )
    doubtful = cost(inside, period(energy="40"))
    assert (doubtful.excl_known, doubtful.incl_vat) == (False, None)
    assert "limit_not_evaluable" in [note.code for note in doubtful.notes]
    clear = cost(inside, period(energy="4"))
    assert (clear.incl_vat, [note.code for note in clear.notes]) == (D(4), ["tax_unknown"])


def test_a_restriction_nobody_knows_is_never_taken_to_match() -> None:
    """An element that is restricted by something we cannot judge is passed over, and that is flagged."""
    model = tariff(element(energy("1"), when=Restrictions(unknown=frozenset({"min_soc"}))), element(energy("5")))
    found = cost(model, period(energy="2"))
    assert [(line.amount, line.flags) for line in found.lines] == [(D(10), ("restriction_not_evaluable",))]
    assert tariff_from_json(tariff_to_json(model)) == model
