"""Tests of ``clients.ocpi.stay``: what pricing needs of sessions, CDRs and bare periods in every spelling."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from api.domain.pricing.periods import ChargingPeriod, Dimension
from api.domain.pricing.stay import Stay
from api.domain.pricing.tariff import DimensionType
from clients.ocpi.stay import read_stay
from clients.ocpi.unreadable import Unreadable
from tests.clients.ocpi.samples import a_cdr, a_session

START = datetime(2025, 3, 3, 17, 5, tzinfo=UTC)
END = datetime(2025, 3, 3, 19, 5, tzinfo=UTC)


def _bare(**changes: object) -> dict[str, object]:
    period = {"start_date_time": "2025-03-03T17:05:00Z", "dimensions": [{"type": "TIME", "volume": "1.5"}]}
    return {"start_date_time": "2025-03-03T17:05:00Z", "charging_periods": [period]} | changes


def test_a_cdr_is_read() -> None:
    """Times, periods with the tariff they name, and the currency; the rest of a bill has no part in its price."""
    dimensions = (Dimension(DimensionType.energy, Decimal("14.5")), Dimension(DimensionType.time, Decimal(2)))
    assert read_stay(a_cdr()) == Stay(
        starts_at=START,
        ended_at=END,
        periods=(ChargingPeriod(START, dimensions, "day"),),
        currency="EUR",
        last_updated=datetime(2025, 3, 3, 19, 6, tzinfo=UTC),
        kwh=Decimal("14.5"),
    )


def test_a_session_that_goes_on_has_no_end() -> None:
    """Without an end the stay is open, and it is known until when it was told."""
    stay = read_stay(a_session())
    assert (stay.ended_at, stay.last_updated) == (None, datetime(2025, 3, 3, 17, 40, tzinfo=UTC))


@pytest.mark.parametrize("starts", ["start_date_time", "start_datetime"])
@pytest.mark.parametrize("ends", ["end_date_time", "end_datetime", "stop_date_time"])
def test_every_spelling_is_read(starts: str, ends: str) -> None:
    """The spellings of 2.1.1 sessions and CDRs and of later versions all say the same."""
    sent = _bare(start_date_time=None) | {starts: "2025-03-03T17:05:00", ends: "2025-03-03T19:05:00Z"}
    stay = read_stay(sent)
    assert (stay.starts_at, stay.ended_at, stay.currency, len(stay.periods)) == (START, END, None, 1)


def test_a_flat_dimension_of_2_1_1_is_known_and_a_new_one_is_left_out() -> None:
    """2.1.1 counts FLAT among the dimensions; what nobody can price is not carried along."""
    period = {"start_date_time": "2025-03-03T17:05:00Z"}
    sent = [{"type": "FLAT", "volume": 1}, {"type": "MOONLIGHT", "volume": 3}]
    stay = read_stay(_bare(charging_periods=[period | {"dimensions": sent}]))
    assert stay.periods[0].dimensions == (Dimension(DimensionType.flat, Decimal(1)),)


@pytest.mark.parametrize("counter", ["kwh", "total_energy"])
def test_energy_in_wh_is_brought_to_kwh_and_told(counter: str) -> None:
    """Beside the session's own count it is clear what was meant; without one nothing is guessed."""
    dimensions = [{"type": "ENERGY", "volume": 6250}]
    sent = _bare(charging_periods=[{"start_date_time": "2025-03-03T17:05:00Z", "dimensions": dimensions}])
    stay = read_stay(sent | {counter: "6.25"})
    assert (stay.energy_in_wh, stay.periods[0].dimensions[0].volume) == (True, Decimal("6.25"))
    untouched = read_stay(sent)
    assert (untouched.energy_in_wh, untouched.periods[0].dimensions[0].volume) == (False, Decimal(6250))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"start_date_time": None}, "start_date_time: missing"),
        ({"start_date_time": "noon"}, "start_date_time: not a date and time"),
        ({"charging_periods": {}}, "charging_periods: "),
        ({"charging_periods": [{"dimensions": []}]}, "charging_periods[0]: "),
        ({"currency": "euro"}, "currency: not three letters"),
    ],
)
def test_a_stay_that_cannot_be_read_says_why(changes: dict[str, object], reason: str) -> None:
    """The field and the problem are named."""
    with pytest.raises(Unreadable) as failure:
        read_stay(_bare(**changes))
    assert failure.value.reason.startswith(reason)


@pytest.mark.parametrize("raw", [None, [], 1, "x", {}])
def test_what_is_no_stay_is_unreadable(raw: object) -> None:
    """Anything but an object with a start is refused."""
    with pytest.raises(Unreadable):
        read_stay(raw)
