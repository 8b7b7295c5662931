"""The list of charges: every line in its own currency and day, sums by currency, an employer's money apart."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from api.domain.finance.charges_overview import ChargesOverview
from api.domain.language import LANGUAGES
from clients.documents.formats import Reader
from clients.documents.overview_view import render_overview
from clients.documents.texts import WORDS
from tests.clients.documents.reading import text_of
from tests.clients.documents.samples import a_listed_charge, an_overview


def of_two_countries(language: str, **fields: object) -> ChargesOverview:
    """Return a list of charges in euro and kroner, one paid by an employer, one not settled."""
    lines = [
        a_listed_charge(),
        a_listed_charge(paid_minor=500, refunded_minor=120, receipt_number="CHH-2026-000124"),
        a_listed_charge(paid_minor=2000, by_employer=True, employer="Quay Logistics AG"),
        a_listed_charge(
            currency="NOK", time_zone="America/New_York", place="Fjord", price_minor=None, paid_minor=None,
            energy_kwh=Decimal("7.25"), receipt_number=None,
        ),
    ]  # fmt: skip
    return an_overview(language, *lines, **fields)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_list_is_summed_up_by_currency(language: str) -> None:
    """The driver's 16.42, the employer's 20.00 and 1.20 that came back; kroner are no euro; all in their language."""
    words, euro, kroner = WORDS[language], *(Reader(language, each, "Europe/Berlin") for each in ("EUR", "NOK"))
    text = text_of(render_overview(of_two_countries(language)))
    seen = text.upper()  # as heads of columns are set
    figures = [euro.money(1642), euro.money(2000), euro.money(120), euro.energy("61.5"), kroner.money(0)]
    told = [
        words.overview, words.paid_by_you, words.paid_by_employer, words.overview_note, "Robin Example", "48210-93751",
        "CHH-2026-000124", "Quay Logistics AG", "Fjord", "EUR", "NOK", kroner.energy("7.25"), *figures,
    ]  # fmt: skip
    assert [each for each in told if " ".join(each.split()).upper() not in seen] == []
    assert words.narrowed not in text
    assert words.period not in text


def test_a_day_is_the_one_at_the_charger() -> None:
    """Half past midnight in Germany is the evening before in New York."""
    at = datetime(2026, 10, 24, 22, 30, tzinfo=UTC)
    for zone, day in (("Europe/Berlin", "25 Oct 2026"), ("America/New_York", "24 Oct 2026")):
        assert day in text_of(render_overview(an_overview("en", a_listed_charge(at=at, time_zone=zone))))


def test_a_part_of_the_history_says_that_it_is_one() -> None:
    """The period that was asked for is shown, and that other charges of it may be left out; nothing is said twice."""
    words, since = WORDS["en"], datetime(2026, 10, 1, tzinfo=UTC)
    text = text_of(render_overview(of_two_countries("en", since=since, narrowed=True)))
    assert "1 Oct 2026, 02:00 – …" in text
    assert words.narrowed in text
    empty = text_of(render_overview(an_overview("en")))
    assert words.nothing_listed in empty
    assert words.paid_by_you not in empty
