"""Tests of ``clients.ocpi.countries``."""

import re
from zoneinfo import ZoneInfo

import pytest

from clients.ocpi import countries


def test_both_spellings_lead_to_each_other() -> None:
    """Two and three letters are understood in either case."""
    assert (countries.two_letters("deu"), countries.three_letters("de")) == ("DE", "DEU")
    assert (countries.two_letters("NL"), countries.three_letters("NLD")) == ("NL", "NLD")


def test_unknown_codes_are_kept() -> None:
    """A country we do not list keeps its code and has no zone."""
    assert (countries.two_letters("zzz"), countries.main_time_zone("ZZZ")) == ("ZZZ", None)


@pytest.mark.parametrize(
    ("code", "zone"), [("GBR", "Europe/London"), ("pt", "Europe/Lisbon"), ("US", "America/New_York")]
)
def test_the_main_zone_of_a_country(code: str, zone: str) -> None:
    """The zone is that of most people who live there, not the first in the alphabet."""
    assert countries.main_time_zone(code) == zone


def test_every_row_of_the_table_is_well_formed() -> None:
    """Codes have two and three letters, occur once, and every zone exists."""
    rows = countries._ROWS
    assert len({two for two, _, _ in rows}) == len({three for _, three, _ in rows}) == len(rows)
    for two, three, zone in rows:
        assert re.fullmatch(r"[A-Z]{2}", two)
        assert re.fullmatch(r"[A-Z]{3}", three)
        assert ZoneInfo(zone).key == zone
