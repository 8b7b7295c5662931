"""What a timeline consists of, and how stored facts become words. Where entries come from is in ``timeline_*.py``."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import TextClause

from api.domain.money import Money, format_money

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LONG = 160
Facts = tuple[tuple[str, str], ...]


class Lane(StrEnum):
    """Who an entry is about; a timeline may be narrowed to one."""

    CHARGE = "charge"
    CHARGER = "charger"
    MONEY = "money"
    TOLD = "told"
    PEOPLE = "people"
    BOOKS = "books"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened."""

    at: datetime
    lane: Lane
    title: str
    amount: str = ""
    told: str = ""
    """In a few words what came of it."""
    id: str = ""
    facts: Facts = ()
    tone: str = ""
    """``money``: money moved; ``bad``: it failed, or somebody must look."""
    target: tuple[str, str] | None = None
    """What page tells more: kind and id."""


@dataclass(frozen=True, slots=True)
class Source:
    """A query by ``:charge``, and what a row of it means."""

    query: TextClause
    read: Callable[[Any], Iterable[Entry]]
    books: bool = False
    """Only for who may see the books."""


def words(name: str) -> str:
    """Return ``Hold placed`` for ``HoldPlaced`` and for ``hold_placed``."""
    plain = _WORD.sub(" ", name).replace("_", " ").lower()
    return re.sub(r"\bcdr\b", "CDR", plain[:1].upper() + plain[1:], flags=re.IGNORECASE)


def amount(minor: int | None, currency: str | None) -> str:
    """Return an amount as it is read, empty where there is none."""
    return "" if minor is None or not currency else format_money(Money(int(minor), currency))


def facts_of(document: Mapping[str, Any] | None, *, without: Iterable[str] = ()) -> Facts:
    """Return what a stored document says, as names and short texts; nothing empty, no secrets."""
    hidden = {"client_secret", *without}
    said = ((name, _text(value)) for name, value in (document or {}).items() if name not in hidden)
    return tuple((name.replace("_", " "), value) for name, value in said if value)


def _text(value: Any) -> str:
    """Return a stored value as text; an amount with its currency."""
    if isinstance(value, Mapping):
        if set(value) == {"minor", "currency"}:
            return amount(value["minor"], value["currency"])
        return ", ".join(f"{name} {told}" for name, told in facts_of(value))[:_LONG]
    if isinstance(value, list):
        return ", ".join(told for each in value if (told := _text(each)))[:_LONG]
    if value is None or value == "":
        return ""
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)[:_LONG]
