"""Files of OCPI objects that somebody hands to a command: reading them, and saying what is wrong with one.

A file may hold the bare object, a list, or the envelope it was answered in. Does not live here: what the objects mean
(``clients/ocpi``), and what a command does with them.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import typer

from api.cli.terminal import printable
from api.domain.errors import Invalid
from api.domain.pricing.local_time import zone_of
from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.tariff import Tariff
from clients.ocpi.dialect import UnknownVersion
from clients.ocpi.exact_json import parse
from clients.ocpi.pricing import VERSIONS, PricingDialect, detect_version, embedded_tariffs, pricing_dialect_for
from clients.ocpi.unreadable import NotJson, Unreadable


class BadInput(Invalid):
    """A file or an option cannot be used. Facts: ``source`` (the file or option) and ``problem`` (field and reason)."""

    def __init__(self, source: str, problem: str) -> None:
        """Keep what is wrong, and with what."""
        super().__init__("input_unusable", source=source, problem=problem)

    def __str__(self) -> str:
        """Return one line for a person."""
        return printable(f"{self.facts['source']}: {self.facts['problem']}")


@contextlib.contextmanager
def saying_what_is_wrong() -> Iterator[None]:
    """End a command that was given bad input with one line on stderr and exit code 2."""
    try:
        yield
    except BadInput as error:
        typer.echo(f"chargehand: {error}", err=True)
        raise typer.Exit(2) from error


def check_time_zone(name: str) -> None:
    """Refuse a zone that the IANA database does not have."""
    try:
        zone_of(name)
    except PricingRefused:
        raise BadInput("--time-zone", f"{name!r} is no IANA time zone, such as Europe/Berlin") from None


def choose_dialect(version: str | None, tariffs: list[object], stay: object = None) -> PricingDialect:
    """Return the dialect that was asked for, else the one that the files show."""
    try:
        return pricing_dialect_for(detect_version(tariffs, stay) if version is None else version)
    except UnknownVersion:
        raise BadInput("--version", f"{version!r} is none of {', '.join(VERSIONS)}") from None


def read_data(path: Path) -> object:
    """Return what a file holds, out of its envelope if it came in one. Numbers are exact."""
    try:
        raw = parse(path.read_bytes())
    except OSError as error:
        raise BadInput(str(path), error.strerror or "cannot be read") from None
    except NotJson as error:
        raise BadInput(str(path), f"not JSON: {error.reason.removeprefix('body: ')}") from None
    if not (isinstance(raw, dict) and "status_code" in raw):
        return raw
    if raw.get("data") is None:
        told = f"status_code {raw['status_code']}, status_message {raw.get('status_message')}"
        raise BadInput(str(path), f"data: missing in the answer ({told})")
    return raw["data"]


def one_of(path: Path, data: object) -> object:
    """Return the only object of a file, which may stand in a list of one."""
    if not isinstance(data, list):
        return data
    if len(data) != 1:
        raise BadInput(str(path), f"holds {len(data)} objects where one is wanted")
    return data[0]


def listed(data: object) -> list[object]:
    """Return the objects of a file that holds one or a list."""
    return data if isinstance(data, list) else [data]


def tariffs_in(data: object) -> list[object]:
    """Return the tariffs of a file that holds one, a list, or locations with tariffs on their EVSEs."""
    items = data["items"] if isinstance(data, dict) and "items" in data else data
    found: list[object] = []
    for each in listed(items):
        is_location = isinstance(each, dict) and "elements" not in each and bool({"evses", "coordinates"} & each.keys())
        found += embedded_tariffs(each) if is_location else [each]
    return found


def read_tariffs(path: Path, raw: list[object], dialect: PricingDialect) -> list[Tariff]:
    """Return the tariffs of a file, or say which of them cannot be read and why."""
    found = []
    for index, each in enumerate(raw):
        try:
            found.append(dialect.read_tariff(each))
        except Unreadable as error:
            which = f"[{index}]: " if len(raw) > 1 else ""
            raise BadInput(str(path), f"{which}not a tariff of OCPI {dialect.version}: {error.reason}") from None
    if not found:
        raise BadInput(str(path), "holds no tariff")
    return found
