"""The search by words: accents, umlauts in every spelling, typing errors, beginnings, ids; and what changes."""

from dataclasses import replace

import pytest

from api.db import UnitOfWork
from api.domain.roaming.location import EvseStatus
from api.domain.search_words import distance, fold, grams_of, mistakes_allowed
from api.services.finding.filters import Filters
from api.services.finding.places import locations_by_words
from api.services.finding.words import read_unread_places, terms_of
from tests.api.services.finding.builders import a_post, a_site, later, store
from tests.api.services.roaming.builders import at
from tests.fakes import START, fake_policy


@pytest.mark.parametrize(
    "spelling", ["Müllerstraße 5", "MUELLERSTR. 5", "mullerstrasse, 5", "Müllerstrasse 5", "müllerstr 5"]
)
def test_spellings_of_one_name_fold_to_the_same(spelling: str) -> None:
    """Case, umlauts, sharp s and the short form of a street make no difference."""
    assert fold(spelling) == ["mullerstr", "5"]


def test_folding_of_many_scripts() -> None:
    """Letters of the north, of the east and of other scripts are kept apart or made plain, never lost."""
    assert fold("Ålesund Tromsø Łódź Đakovo Besançon") == ["alesund", "tromso", "lodz", "dakovo", "besancon"]
    assert fold("Αθήνα") == ["αθηνα"]
    assert fold("*** --- !") == []


@pytest.mark.parametrize(
    ("typed", "word", "far"),
    [
        ("haus", "haus", 0),
        ("haus", "hausen", 0),
        ("hasu", "haus", 1),
        ("hus", "haus", 1),
        ("haaus", "haus", 1),
        ("maus", "haus", 1),
        ("abc", "xyz", 3),
        ("stutgart", "stuttgart", 1),
        ("stutga", "stuttgart", 1),
        ("ab", "a", 1),
    ],
)
def test_distance(typed: str, word: str, far: int) -> None:
    """Wrong, missing, needless and swapped letters count one each; what was not typed yet counts nothing."""
    assert distance(typed, word) == far


def test_short_words_and_numbers_are_never_corrected() -> None:
    """A wrong house number would be another house."""
    assert (mistakes_allowed("abc"), mistakes_allowed("12345"), mistakes_allowed("abcd")) == (0, 0, 1)
    assert (grams_of("12345"), grams_of("abcd")) == ([], ["^ab", "abc", "bcd", "cd$"])


async def found(work: UnitOfWork, typed: str, **more: object) -> list[str]:
    """Return the ids of the locations that a search finds."""
    async with work() as db:
        filters = Filters(terms=await terms_of(db=db, typed=typed))
        near = more.get("near")
        assert near is None or isinstance(near, tuple)
        rows = await locations_by_words(db=db, policy=fake_policy(), now=START, filters=filters, near=near, limit=20)
    return [each.location.id for each in rows]


@pytest.fixture
async def towns(work: UnitOfWork) -> None:
    """Store some places and read their words."""
    await store(
        work,
        a_site("S", "48.78", "9.18", a_post("S1", evse_id="DE*ABC*E7001*1"), name="Königsbau", city="Stuttgart"),
        a_site("M", "48.14", "11.58", name="Parkhaus Müller", address="Prinzenstraße 12", city="München"),
        a_site("T", "69.65", "18.96", name="Havn", city="Tromsø", postal_code="9008"),
    )
    assert await read_unread_places(work=work) > 0


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("stuttgart", ["S"]),
        ("STUTTG", ["S"]),
        ("stutgart", ["S"]),
        ("Koenigsbau", ["S"]),
        ("konigsbua", ["S"]),
        ("muenchen", ["M"]),
        ("München Prinzenstr", ["M"]),
        ("prinzenstr. 12", ["M"]),
        ("prinzenstrasse 13", []),
        ("tromso", ["T"]),
        ("9008", ["T"]),
        ("9007", []),
        ("parkhaus stuttgart", []),
        ("Muller München", ["M"]),
        ("DE*ABC*E7001*1", ["S"]),
        ("de-abc-e70011", ["S"]),
        ("DEABCE7001", ["S"]),
        ("qqqqqq", []),
        ("%_'", []),
    ],
)
async def test_places_are_found_however_they_are_typed(
    work: UnitOfWork, towns: None, typed: str, wanted: list[str]
) -> None:
    """All words must be there, each as typed, begun or slightly wrong, by name, street, city, code or EVSE id."""
    assert await found(work, typed) == wanted


async def test_a_typed_word_that_exists_is_taken_at_its_word(work: UnitOfWork, towns: None) -> None:
    """Only a word that is nobody's is corrected: what was typed right never finds its neighbors."""
    await store(work, a_site("H", "50", city="Hausen"), a_site("U", "50", city="Haufen"))
    await read_unread_places(work=work)
    assert await found(work, "Hausen") == ["H"]
    assert sorted(await found(work, "Hauxen")) == ["H", "U"]


async def test_nearer_places_come_first(work: UnitOfWork) -> None:
    """With the driver's own place the nearest comes first, over the date line too."""
    places = (("A", "0", "179.9"), ("B", "0", "-179.9"), ("C", "0", "100"))
    await store(work, *(a_site(name, latitude, longitude, city="Harbor") for name, latitude, longitude in places))
    await read_unread_places(work=work)
    east = (1, 2**29)
    assert await found(work, "harbor", near=east) == ["B", "A", "C"]


async def test_words_follow_what_changes(work: UnitOfWork) -> None:
    """A new name is found after the next look and the old one is not; a status alone is nothing to read."""
    site = a_site("A", "48", name="Old Mill")
    await store(work, site)
    await read_unread_places(work=work)
    assert await found(work, "mill") == ["A"]
    await store(work, replace(later(site, 1, EvseStatus.CHARGING)))
    assert await read_unread_places(work=work) == 0
    await store(work, replace(later(site, 2, EvseStatus.CHARGING), name="New Tower", last_updated=at(2)))
    assert await read_unread_places(work=work) == 1
    assert (await found(work, "mill"), await found(work, "tower")) == ([], ["A"])
