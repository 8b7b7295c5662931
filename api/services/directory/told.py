"""What a list of contacts tells, before anything is stored: its rows, whatever form the list had, and its doubts."""

from dataclasses import dataclass, field
from typing import Any

from api.domain.errors import Invalid
from api.domain.support.contact import ContactRole, Doubt, Toll
from api.domain.support.countries import Region


class DirectoryListUnreadable(Invalid):
    """The list as a whole cannot be used. Fact: ``reason``."""


@dataclass(frozen=True, slots=True)
class Noted:
    """One doubt about a row."""

    row: int
    kind: Doubt
    text: str
    """The row, or the part of it that is meant."""
    detail: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as an import keeps it."""
        return {"row": self.row, "kind": self.kind.value, "text": self.text, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class Told:
    """One number row. ``countries`` empty: all of the region; ``toll`` None: the row says nothing of it."""

    row: int
    number: str
    text: str
    role: ContactRole
    region: Region
    countries: tuple[str, ...]
    zone: str
    hours: str | None
    products: tuple[str | None, ...] = (None,)
    """For whom: None for everybody, else users of a product; a row may be both."""
    toll: Toll | None = None


@dataclass
class Reading:
    """What was read of a list: the rows that can be taken in, all doubts, and how many number rows there were."""

    rows: list[Told] = field(default_factory=list)
    noted: list[Noted] = field(default_factory=list)
    count: int = 0

    def note(self, row: int, kind: Doubt, text: str, detail: str = "") -> None:
        """Note a doubt."""
        self.noted.append(Noted(row, kind, text, detail))
