"""Rules that notice trouble before a driver complains, each at its edge, each with its evidence."""

from datetime import UTC, datetime, timedelta

import pytest

from api.domain.support.start_success import Starts
from api.domain.support.watch_rules import About, Rule, connector_flaps, site_silent, success_dropped

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.capability("CN24", "CN25")
@pytest.mark.parametrize(
    ("lately", "before", "found"),
    [
        ((10, 5), (100, 95), True),
        ((10, 8), (100, 95), False),  # two failures are chance
        ((7, 0), (100, 95), False),  # too few starts
        ((10, 5), (29, 28), False),  # nothing to compare with
        ((10, 5), (100, 69), False),  # it was never good
        ((20, 15), (100, 95), True),  # exactly 20 points
        ((100, 76), (100, 95), False),  # a point less
        ((1000, 700), (1000, 950), True),
        ((10, 10), (100, 10), False),  # better than before
    ],
)
def test_success_drops_when_it_is_more_than_chance(
    lately: tuple[int, int], before: tuple[int, int], found: bool
) -> None:
    """By 20 points at least, and by more failures than the old rate explains."""
    signal = success_dropped(about=About.PARTNER, subject_id="prt_1", lately=Starts(*lately), before=Starts(*before))
    assert (signal is not None) is found
    if signal is not None:
        assert (signal.rule, signal.about, signal.subject_id) == (Rule.SUCCESS_DROPPED, About.PARTNER, "prt_1")
        assert (signal.evidence["asked"], signal.evidence["begun"]) == lately


@pytest.mark.capability("CN24")
def test_a_connector_that_comes_and_goes_is_noticed() -> None:
    """Four times within six hours; what is older, or three, is not enough."""
    times = [NOW - timedelta(hours=each) for each in (1, 2, 3, 5)]
    signal = connector_flaps(location_key="L", evse_key="L/E", broke_at=times, now=NOW)
    assert signal is not None
    assert (signal.subject_id, signal.evidence["broke"], signal.evidence["evse"]) == ("L", 4, "L/E")
    assert signal.evidence["first_at"] == times[3].isoformat()
    late = [*times[:3], NOW - timedelta(hours=6)]
    assert connector_flaps(location_key="L", evse_key="L/E", broke_at=late, now=NOW) is None


@pytest.mark.capability("CN24")
def test_silence_counts_where_others_of_the_operator_are_heard() -> None:
    """A busy site silent for a day while its operator talks; not a quiet site, nor an operator that is away."""

    def silent(hours: int, partner_hours: int | None, charges: int) -> bool:
        heard = None if partner_hours is None else NOW - timedelta(hours=partner_hours)
        since = NOW - timedelta(hours=hours)
        return (
            site_silent(location_key="L", heard_at=since, partner_heard_at=heard, charges=charges, now=NOW) is not None
        )

    assert silent(24, 1, 5)
    assert not silent(23, 1, 5)
    assert not silent(24, 6, 5)
    assert not silent(24, None, 5)
    assert not silent(24, 1, 4)
