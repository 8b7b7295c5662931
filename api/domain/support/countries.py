"""Countries as a directory of contacts needs them: region, zone of the wall clock, languages of their people.

Where a country has several zones one stands here for all: it serves to show times to callers who do not say where they
are. Does not live here: what anybody's tax is there, and the zone of a charger, which its operator tells.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Region(StrEnum):
    """A part of the world with contacts of its own."""

    EUROPE = "europe"
    NORTH_AMERICA = "north_america"
    ASIA_PACIFIC = "asia_pacific"


@dataclass(frozen=True, slots=True)
class Country:
    """One country: ISO 3166 codes, region, zone, and the languages that are official or spoken by many."""

    code: str
    alpha3: str
    region: Region
    zone: str
    languages: tuple[str, ...]


_EUROPE = """
AL ALB Tirane sq; AD AND Andorra ca; AT AUT Vienna de; BA BIH Sarajevo bs,hr,sr; BE BEL Brussels nl,fr,de
BG BGR Sofia bg; CH CHE Zurich de,fr,it; CZ CZE Prague cs; DE DEU Berlin de; DK DNK Copenhagen da; EE EST Tallinn et
ES ESP Madrid es,ca,eu,gl; FI FIN Helsinki fi,sv; FR FRA Paris fr; GB GBR London en; GR GRC Athens el
HR HRV Zagreb hr; HU HUN Budapest hu; IE IRL Dublin en,ga; IT ITA Rome it; LI LIE Vaduz de; LT LTU Vilnius lt
LU LUX Luxembourg lb,fr,de; LV LVA Riga lv; MC MCO Monaco fr; ME MNE Podgorica sr; MK MKD Skopje mk; MT MLT Malta mt,en
NL NLD Amsterdam nl; NO NOR Oslo nb,nn; PL POL Warsaw pl; PT PRT Lisbon pt; RO ROU Bucharest ro; RS SRB Belgrade sr
SE SWE Stockholm sv; SI SVN Ljubljana sl; SK SVK Bratislava sk; SM SMR San_Marino it; UA UKR Kyiv uk
"""
_OTHERS = (
    Country("CY", "CYP", Region.EUROPE, "Asia/Nicosia", ("el", "tr")),
    Country("IS", "ISL", Region.EUROPE, "Atlantic/Reykjavik", ("is",)),
    Country("TR", "TUR", Region.EUROPE, "Europe/Istanbul", ("tr",)),
    Country("US", "USA", Region.NORTH_AMERICA, "America/New_York", ("en", "es")),
    Country("CA", "CAN", Region.NORTH_AMERICA, "America/Toronto", ("en", "fr")),
    Country("MX", "MEX", Region.NORTH_AMERICA, "America/Mexico_City", ("es",)),
    Country("AU", "AUS", Region.ASIA_PACIFIC, "Australia/Sydney", ("en",)),
    Country("NZ", "NZL", Region.ASIA_PACIFIC, "Pacific/Auckland", ("en",)),
)


def _european(words: str) -> Country:
    code, alpha3, city, languages = words.split()
    return Country(code, alpha3, Region.EUROPE, f"Europe/{city}", tuple(languages.split(",")))


COUNTRIES = {
    each.code: each
    for each in (*(_european(words) for words in _EUROPE.replace("\n", ";").split(";") if words.strip()), *_OTHERS)
}
_BY_ALPHA3 = {each.alpha3: each for each in COUNTRIES.values()}
_HOUR = timedelta(hours=1)
_ZONES = {
    "CET": ("Europe/Brussels", _HOUR),
    "GMT": ("Europe/London", timedelta(0)),
    "ET": ("America/New_York", -5 * _HOUR),
}
"""What people call a zone, as an IANA zone with the same winter offset: the clocks of both go to summer time."""


def country_of(code: str | None) -> Country | None:
    """Return the country of a code of two or three letters."""
    known = (code or "").strip().upper()
    return COUNTRIES.get(known) or _BY_ALPHA3.get(known)


def zone_called(name: str, country: Country | None) -> str | None:
    """Return the IANA zone that ``CET``, ``GMT`` or ``ET`` means in a country: its own where its clocks agree."""
    if name.upper() not in _ZONES:
        return None
    zone, winter = _ZONES[name.upper()]
    return country.zone if country is not None and _offsets(country.zone) == (winter, winter + _HOUR) else zone


def _offsets(zone: str) -> tuple[timedelta | None, timedelta | None]:
    """Return the offsets of a zone in winter and in summer."""
    known = ZoneInfo(zone)
    winter, summer = (datetime(2026, month, 1, 12, tzinfo=known).utcoffset() for month in (1, 7))
    return winter, summer
