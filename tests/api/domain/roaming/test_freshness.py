"""How much a status can be believed, and that occupied and broken are never the same."""

from datetime import timedelta

import pytest

from api.domain.roaming.freshness import Freshness, confirmed_at, freshness_of
from api.domain.roaming.location import EvseStatus
from api.domain.roaming.ways import Availability, availability_of
from tests.fakes import START

MINUTE = timedelta(minutes=1)


@pytest.mark.capability("P11")
@pytest.mark.parametrize(
    ("status_age", "heard_age", "wanted"),
    [
        (4, None, "live"),
        (6, None, "recent"),
        (59, 70, "recent"),
        (61, None, "stale"),
        (600, 3, "live"),
        (600, 30, "recent"),
        (3, 600, "live"),
        (600, 61, "stale"),
        (-10, None, "live"),
    ],
)
def test_a_status_is_as_good_as_our_last_word_with_the_partner(
    status_age: int, heard_age: int | None, wanted: str
) -> None:
    """A status that did not change for hours holds while the partner pushes or was just pulled, and ages otherwise."""
    heard = None if heard_age is None else START - heard_age * MINUTE
    assert freshness_of("charging", START - status_age * MINUTE, heard, START) == wanted


def test_what_nobody_knows_is_never_fresh() -> None:
    """An operator that says so itself leaves nothing to believe."""
    assert freshness_of("unknown", START, START, START) is Freshness.UNKNOWN
    assert confirmed_at(START, START - MINUTE) == START


@pytest.mark.capability("P11")
def test_occupied_and_broken_are_told_apart() -> None:
    """Each status has one meaning, and one that we do not know is unknown, never free."""
    meanings = {status: availability_of(status) for status in EvseStatus}
    assert {each for each, meaning in meanings.items() if meaning is Availability.BROKEN} == {
        EvseStatus.INOPERATIVE,
        EvseStatus.OUT_OF_ORDER,
    }
    assert {each for each, meaning in meanings.items() if meaning is Availability.OCCUPIED} == {
        EvseStatus.CHARGING,
        EvseStatus.BLOCKED,
        EvseStatus.RESERVED,
    }
    assert [each for each, meaning in meanings.items() if meaning is Availability.AVAILABLE] == [EvseStatus.AVAILABLE]
    assert availability_of("brand_new") is Availability.UNKNOWN
