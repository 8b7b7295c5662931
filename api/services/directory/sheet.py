"""Reading our own form of the list: CSV with a head, or JSON with the same names (``docs/directory.md``)."""

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

from api.domain.support.contact import ContactRole, Doubt, Toll
from api.domain.support.countries import COUNTRIES, Country, Region
from api.domain.support.hours_text import HoursInvalid, hours_of
from api.services.directory.told import DirectoryListUnreadable, Reading, Told

NAMES = ("region", "country", "role", "product", "number", "toll", "zone", "hours")
_NEEDED = {"role", "number"}


class _RowUnreadable(Exception):
    """One value of a row is none that we know."""


def read_csv(text: str) -> Reading:
    """Read a list in CSV; raises DirectoryListUnreadable."""
    lines = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    names = set(lines.fieldnames or ())
    if not names >= _NEEDED or not names <= set(NAMES):
        raise DirectoryListUnreadable("directory_list_unreadable", reason=f"the head is some of {', '.join(NAMES)}")
    try:
        rows = [{name: value or "" for name, value in row.items() if isinstance(name, str)} for row in lines]
    except csv.Error as error:
        raise DirectoryListUnreadable("directory_list_unreadable", reason=str(error)) from error
    return _read(rows)


def read_json(text: str) -> Reading:
    """Read a list in JSON: ``{"contacts": [{...}]}``; raises DirectoryListUnreadable."""
    try:
        tree = json.loads(text)
    except ValueError as error:
        raise DirectoryListUnreadable("directory_list_unreadable", reason=str(error)) from error
    rows = tree.get("contacts") if isinstance(tree, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) and set(row) <= set(NAMES) for row in rows):
        raise DirectoryListUnreadable("directory_list_unreadable", reason=f"contacts with {', '.join(NAMES)}")
    return _read([dict.fromkeys(_NEEDED, "") | {name: _plain(value) for name, value in row.items()} for row in rows])


def _plain(value: Any) -> str:
    """Return a value as a CSV would have it; lists of countries and of hours become one text."""
    if isinstance(value, list):
        return "; ".join(str(each) for each in value)
    return "" if value is None else str(value)


def _read(rows: list[dict[str, str]]) -> Reading:
    reading = Reading(count=len(rows))
    for number, row in enumerate(rows, 1):
        text = ",".join(row.get(name, "") for name in NAMES if row.get(name))
        try:
            reading.rows.append(_told(number, row, text))
        except (_RowUnreadable, HoursInvalid) as error:
            reading.note(number, Doubt.ROW_UNREADABLE, text, str(error))
            continue
        if reading.rows[-1].hours is None:
            reading.note(number, Doubt.HOURS_MISSING, text)
    return reading


def _told(number: int, row: Mapping[str, str], text: str) -> Told:
    """Return a row; raises _RowUnreadable, HoursInvalid."""
    countries = [_country(each) for each in row.get("country", "").replace(";", " ").replace(",", " ").split()]
    region = _region(row.get("region", ""), countries)
    zone = row.get("zone", "").strip() or (countries[0].zone if countries else "UTC")
    hours = row.get("hours", "").strip() or None
    if hours is not None:
        read = hours_of(hours, zone)
        if (read.windows or read.holidays) and not countries and not row.get("zone"):
            raise _RowUnreadable("hours of a whole region need a zone")
    toll = row.get("toll", "").strip().lower()
    if toll and toll not in set(Toll):
        raise _RowUnreadable(f"toll {toll}")
    if (role := row["role"].strip().lower()) not in set(ContactRole):
        raise _RowUnreadable(f"role {role}")
    return Told(
        row=number,
        number=row["number"].strip(),
        text=text,
        role=ContactRole(role),
        region=region,
        countries=tuple(each.code for each in countries),
        zone=zone,
        hours=hours,
        products=(row.get("product", "").strip().lower() or None,),
        toll=Toll(toll) if toll else None,
    )


def _country(code: str) -> Country:
    try:
        return COUNTRIES[code.upper()]
    except KeyError:
        raise _RowUnreadable(f"country {code}") from None


def _region(name: str, countries: list[Country]) -> Region:
    """Return the region of a row: named, else that of its countries."""
    if not name.strip() and not countries:
        raise _RowUnreadable("neither country nor region")
    named = name.strip().lower() or countries[0].region
    if named not in set(Region) or any(each.region != named for each in countries):
        raise _RowUnreadable(f"region {named}")
    return Region(named)
