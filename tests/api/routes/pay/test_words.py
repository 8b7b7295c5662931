"""The pages' words: all five languages complete, chosen by the browser, switched by the reader, and kept."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from api.domain.language import LANGUAGES
from api.domain.pricing.tariff import ComponentType, PriceComponent, TariffElement
from api.routes.pay.words import catalog
from tests.bench import Bench
from tests.builders import a_location, a_tariff, an_evse
from tests.guests import Guest

API = Path(__file__).resolve().parents[4] / "api"
_SOURCES = [*(API / "templates" / "pay").glob("*.html"), *(API / "routes" / "pay").glob("*.py")]
_TEXT = re.compile(r"""\b(?:_|say)\(\s*(?:"([^"]+)"|'([^']+)')""")
_FACT = re.compile(r"%\((\w+)\)s")


def texts() -> set[str]:
    """Return every English text of the pages."""
    found = {one or other for path in _SOURCES for one, other in _TEXT.findall(path.read_text("utf-8"))}
    assert len(found) > 150
    return found


@pytest.mark.capability("EP14", "CN31", "L11")
@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
def test_every_text_is_translated_and_none_is_left_over(language: str) -> None:
    """A text without a translation would be English in the middle of a page; one nobody uses is forgotten."""
    words = catalog(language)
    assert texts() - words.keys() == set()
    assert words.keys() - texts() == set()
    for english, translated in words.items():
        assert set(_FACT.findall(english)) == set(_FACT.findall(translated)), english


@pytest.mark.capability("EP14", "CN31")
@pytest.mark.parametrize(
    ("wish", "language"),
    [
        ("fr-CH, fr;q=0.9, en;q=0.8", "fr"),
        ("da;q=1, sv;q=0.5, de;q=0.7", "de"),
        ("nn-NO", "nb"),
        ("", "en"),
        ("x;q=y", "en"),
    ],
)
async def test_the_browser_chooses_and_the_reader_switches(guest: Guest, wish: str, language: str) -> None:
    """The page says which language it is in; a switch is kept with the visit and wins from then on."""
    guest.http.headers["Accept-Language"] = wish
    shown = await guest.scan()
    assert (shown.headers["content-language"], f'<html lang="{language}">' in shown.text) == (language, True)
    assert shown.headers["vary"].startswith("Accept-Language")
    assert (await guest.look(lang="sv")).headers["content-language"] == "sv"
    assert (await guest.look()).headers["content-language"] == "sv"
    assert (await guest.look(lang="xx")).headers["content-language"] == "sv"
    await guest.start()
    assert (await guest.charge()).consent["language"] == "sv"


@pytest.mark.capability("EP14")
async def test_francs_are_shown_and_held_as_francs(stand: Bench, guest: Guest) -> None:
    """A Swiss tariff in a French page: whole minor units of CHF all the way, and no sum over currencies."""
    evse = an_evse("EVSE7")
    await a_location(
        stand, location_id="LOC7", evses=(evse,), country="CHE", tariff=a_tariff(kwh="0.50", currency="CHF")
    )
    guest.http.headers["Accept-Language"] = "fr-CH"
    shown = (await guest.scan("DE*CPO*EVSE7")).text
    assert re.search(r"CHF par kWh", shown)
    assert "€" not in shown
    await guest.start()
    await stand.drain()
    assert stand.payments.holds[0].amount.currency == "CHF"


@pytest.mark.capability("L1")
async def test_prices_stand_in_the_order_of_the_law_with_their_conditions(stand: Bench, guest: Guest) -> None:
    """Per kWh, per minute, per session, other; each with its tax and steps; then who gets what of an example."""
    prices = {"parking_time": "6", "flat": "1", "time": "2.4", "energy": "0.39"}
    components = tuple(PriceComponent(ComponentType(kind), Decimal(price), 60) for kind, price in prices.items())
    tariff = a_tariff(elements=(TariffElement(components),))
    await a_location(stand, location_id="LOC8", evses=(an_evse("EVSE8"),), tariff=tariff)
    shown = (await guest.scan("DE*CPO*EVSE8")).text
    labels = ["Energy", "Time while charging", "Start of a session", "Parking without charging"]
    parts = ["Charge point operator", "Roaming", "Our fee", "VAT"]
    places = [shown.index(f'<th scope="row">{label}') for label in [*labels, *parts]]
    assert places == sorted(places)
    rows = re.findall(r'<th scope="row">([^<]+)(.*?)</th><td>([^<]*)', shown)
    assert [row[2] for row in rows[:4]] == [
        "€0.4641 per kWh",
        "€0.0476 per minute",
        "€1.19 once",
        "€0.119 per minute",
    ]
    assert all("VAT of 19% included" in row[1] for row in rows[:4])
    assert "billed in steps of 60 seconds" in rows[1][1]
    assert "Time may cost until you unplug" in shown
