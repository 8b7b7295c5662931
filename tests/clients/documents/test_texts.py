"""The words in five languages: each text is there, fills in the same facts, and is written as the language writes."""

from dataclasses import asdict, fields
from decimal import Decimal
from string import Formatter

import pytest

from api.domain.language import LANGUAGES
from clients.documents.formats import Reader
from clients.documents.texts import WORDS
from clients.documents.texts.words import Words

MAY_BE_EMPTY: set[str] = set()


def facts_of(text: str) -> set[str]:
    """Return the names that a text fills in."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_there_are_words_for_every_language_and_no_other() -> None:
    """The five languages of papers."""
    assert tuple(WORDS) == LANGUAGES


@pytest.mark.parametrize("key", [each.name for each in fields(Words)])
def test_a_text_exists_in_all_languages_with_the_same_facts(key: str) -> None:
    """None is empty, and none leaves out or invents a fact."""
    texts = {language: str(asdict(words)[key]) for language, words in WORDS.items()}
    assert all(text.strip() for text in texts.values()), texts
    wanted = facts_of(texts["en"])
    assert {language: facts_of(text) for language, text in texts.items()} == dict.fromkeys(LANGUAGES, wanted)


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
def test_sentences_are_translated(language: str) -> None:
    """A text of several words that is the English one was forgotten."""
    english, other = asdict(WORDS["en"]), asdict(WORDS[language])
    plain = {"{price} per kWh", "{count} h"}
    same = [key for key, text in english.items() if " " in text and text not in plain and other[key] == text]
    assert same == []


NUMBERS = {
    "en": ("€1,234.50", "NOK 1,234.50", "1,234.5 kWh", "7.7%", "€0.395"),
    "de": ("1.234,50 €", "1.234,50 NOK", "1.234,5 kWh", "7,7 %", "0,395 €"),
    "fr": ("1 234,50 €", "1 234,50 NOK", "1 234,5 kWh", "7,7 %", "0,395 €"),
    "nb": ("1 234,50 €", "1 234,50 kr", "1 234,5 kWh", "7,7 %", "0,395 €"),
    "sv": ("1 234,50 €", "1 234,50 Nkr", "1 234,5 kWh", "7,7 %", "0,395 €"),
}


def plain(text: str) -> str:
    """Return a text with plain blanks."""
    return "".join(" " if each.isspace() else each for each in text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_are_written_as_the_language_writes_them(language: str) -> None:
    """Money at home and abroad, energy, a rate, and a price finer than a cent."""
    euro, krone = Reader(language, "EUR", "Europe/Berlin"), Reader(language, "NOK", "Europe/Oslo")
    written = (
        euro.money(123450),
        krone.money(123450),
        euro.energy("1234.500"),
        euro.percent(Decimal("7.7")),
        euro.unit_price(Decimal("0.395")),
    )
    assert tuple(map(plain, written)) == NUMBERS[language]


@pytest.mark.parametrize(("currency", "written"), [("JPY", "JP¥1,234"), ("BHD", "BHD 1.234"), ("ISK", "ISK 12.34")])
def test_money_has_as_many_decimals_as_its_minor_units(currency: str, written: str) -> None:
    """What is shown is what is stored, whatever the currency."""
    assert plain(Reader("en", currency, "UTC").money(1234)) == written


def test_a_price_is_never_rounded_and_never_padded() -> None:
    """At least a cent is shown, and every further digit that there is."""
    reader = Reader("en", "EUR", "UTC")
    prices = [reader.unit_price(Decimal(each)) for each in ("3", "0.5", "0.39500", "0.12345", "100")]
    assert prices == ["€3.00", "€0.50", "€0.395", "€0.12345", "€100.00"]
