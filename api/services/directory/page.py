"""Reading a page of contacts as it is on the web, as plain text: headings, then numbers with their hours below.

The page is in Norwegian (``page_words.py``). What is dirty in it is reported row by row: a plus or a bracket that is
missing is mended, what could mean two things is kept as it stands and noted. Nothing is filled in from knowledge of who
wrote it.
"""

import re
from dataclasses import dataclass, field

from api.domain.support.contact import ContactRole, Doubt, Toll
from api.domain.support.countries import Region, country_of
from api.services.directory.page_hours import plain, read_hours
from api.services.directory.page_words import COUNTRIES, DRIVER, FEE, FREE_OF_CHARGE, OWNER, PRODUCTS, REGIONS
from api.services.directory.told import DirectoryListUnreadable, Reading, Told

_NUMBER = re.compile(r"(?:(?P<label>[^:+]*):\s*)?(?P<number>\+?\(?\d[\d\s()-]*\d)\s*(?P<beside>\(?[^\d]*)")
_FEWEST_DIGITS = 7


@dataclass
class _Section:
    """Where on the page we are."""

    region: Region | None = None
    country: str | None = None
    role: ContactRole | None = None
    also: str | None = None
    """A product that the section is for as well."""


@dataclass
class _Row:
    """A number with the lines below it."""

    line: str
    label: str
    number: str
    beside: str
    below: list[str] = field(default_factory=list)


def read_page(text: str) -> Reading:
    """Read the page; raises DirectoryListUnreadable where it has no number in any section."""
    reading, section = Reading(), _Section()
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n")):
        lines = [line.strip() for line in block.splitlines() if line.strip()]
        rows, words = _rows_of(lines)
        if not rows:
            _enter(section, words)
            continue
        for row in rows:
            reading.count += 1
            _add(reading, section, row, words, rows)
    if not reading.count:
        raise DirectoryListUnreadable("directory_list_unreadable", reason="no number stands on the page")
    return reading


def _rows_of(lines: list[str]) -> tuple[list[_Row], list[str]]:
    """Return the numbers of a block with the lines below each, and the lines above all of them."""
    rows: list[_Row] = []
    words: list[str] = []
    for line in lines:
        found = _NUMBER.fullmatch(line)
        if found and sum(each.isdecimal() for each in found["number"]) >= _FEWEST_DIGITS:
            rows.append(_Row(line, found["label"] or "", found["number"], found["beside"]))
        elif rows:
            rows[-1].below.append(line)
        else:
            words.append(line)
    return rows, words


def _enter(section: _Section, words: list[str]) -> None:
    """Go on to another part of the page where a block is its heading."""
    for word in map(plain, words):
        if word in REGIONS:
            section.region, section.country, section.role, section.also = REGIONS[word], None, None, None
        elif word in COUNTRIES:
            section.country, section.role, section.also = COUNTRIES[word], None, None
        else:
            _enter_role(section, word)


def _enter_role(section: _Section, word: str) -> None:
    role = ContactRole.DRIVER if DRIVER in word else ContactRole.OWNER if OWNER in word else None
    if role is not None:
        section.role, section.also = role, _product_in(word)


def _add(reading: Reading, section: _Section, row: _Row, words: list[str], rows: list[_Row]) -> None:
    """Add a row of the page, with all that is doubtful about it."""
    for word in map(plain, words):
        _enter_role(section, word)
    text, label = "\n".join([row.line, *row.below]), plain(row.label)
    if section.region is None or section.role is None:
        reading.note(reading.count, Doubt.ROW_UNREADABLE, text, "it stands in no region, or nobody said for whom")
        return
    countries = _countries_in(label) or ((section.country,) if section.country else ())
    country = country_of(countries[0]) if countries else None
    hours = read_hours(_below(reading, row, rows), row.beside, country)
    for kind, line, detail in hours.doubts:
        reading.note(reading.count, kind, line, detail)
    if hours.text is None:
        reading.note(reading.count, Doubt.HOURS_MISSING, text)
    product = _product_in(" ".join(map(plain, [*words, row.label])))
    reading.rows.append(
        Told(
            row=reading.count,
            number=row.number,
            text=text,
            role=section.role,
            region=section.region,
            countries=countries,
            zone=hours.zone or (country.zone if country else "UTC"),
            hours=hours.text,
            products=(product,) if product else (None, section.also) if section.also else (None,),
            toll=Toll.PAID if FEE in plain(row.beside) else Toll.FREE if FREE_OF_CHARGE in label else None,
        )
    )


def _below(reading: Reading, row: _Row, rows: list[_Row]) -> list[str]:
    """Return the hours of a number: its own, else those that stand once below it and the numbers that follow."""
    if row.below:
        return row.below
    shared = next((each.below for each in rows[rows.index(row) + 1 :] if each.below), [])
    if shared:
        reading.note(reading.count, Doubt.HOURS_SHARED, row.line, " ".join(shared))
    return shared


def _countries_in(label: str) -> tuple[str, ...]:
    """Return the countries that a label names, in its order."""
    places = ((re.search(rf"\b{name}\b", label), code) for name, code in COUNTRIES.items())
    return tuple(code for _, code in sorted((found.start(), code) for found, code in places if found))


def _product_in(text: str) -> str | None:
    return next((product for name, product in PRODUCTS.items() if name in text), None)
