"""What every language has to say."""

from dataclasses import dataclass
from enum import StrEnum


class Page(StrEnum):
    """The pages, as their addresses name them."""

    ACTIVATE = "activate"
    RESET = "reset"
    EMAIL = "email"
    UNDO_EMAIL = "undo-email"
    UNDO_ERASURE = "undo-erasure"


@dataclass(frozen=True, slots=True)
class PageText:
    """One page, before and after its button."""

    title: str
    lead: str
    button: str
    done_title: str
    done_lead: str


@dataclass(frozen=True, slots=True)
class Texts:
    """All pages of a language; ``reasons`` tell why something did not work."""

    pages: dict[Page, PageText]
    field_label: str
    field_hint: str
    refused_title: str
    reasons: dict[str, str]
