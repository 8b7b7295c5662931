"""Bands of time left and of age: without gaps, each limit in one band only."""

from datetime import timedelta

import pytest

from api.domain.finance.hold_bands import AGES, TIME_LEFT, Band, band_named, band_of

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("bands", [TIME_LEFT, AGES])
def test_every_length_is_in_one_band(bands: tuple[Band, ...]) -> None:
    """Also at each limit and a moment before it."""
    limits = [band.below for band in bands if band.below is not None]
    for length in [*limits, *(limit - timedelta(microseconds=1) for limit in limits), -HOUR, 10_000 * HOUR]:
        assert sum(length in band for band in bands) == 1


def test_the_limits_are_48_24_and_6_hours() -> None:
    """Warnings from two days on, a breach from six hours on; an unknown end is in no band."""
    told = {hours: band_of(hours * HOUR) for hours in (48, 47, 24, 23, 6, 5, 0, -1)}
    assert [(hours, band and band.tone) for hours, band in told.items()] == [
        (48, "good"),
        (47, "warning"),
        (24, "warning"),
        (23, "warning"),
        (6, "warning"),
        (5, "breach"),
        (0, "breach"),
        (-1, "breach"),
    ]
    assert band_of(None) is None
    assert band_named("under_6h", TIME_LEFT) is told[5]
    assert band_named("soon", TIME_LEFT) is None
