"""Tests of ``clients.ocpi.time_zones``."""

import pytest

from clients.ocpi.time_zones import is_time_zone, time_zone_of


@pytest.mark.parametrize(("name", "known"), [("Europe/Berlin", True), ("UTC", True), ("Berlin", False), ("", False)])
def test_zones(name: str, known: bool) -> None:
    """Only names of the IANA database are zones."""
    assert is_time_zone(name) is known


def test_the_zone_is_what_was_sent_or_what_the_country_suggests() -> None:
    """A missing or misspelled zone comes from the site's country, then from the owner's, and says that it does."""
    assert time_zone_of("Europe/Oslo", "SWE", "SE") == ("Europe/Oslo", False)
    assert time_zone_of("Oslo", "NOR", "SE") == ("Europe/Oslo", True)
    assert time_zone_of(None, "ZZZ", "SE") == ("Europe/Stockholm", True)
    assert time_zone_of(None, "ZZZ", "ZZ") == ("UTC", True)
