"""The words for one reason of a finding, for staff, who read English."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReasonText:
    """What people read about a finding."""

    title: str
    meaning: str
    to_do: str


def said(title: str, meaning: str, to_do: str) -> ReasonText:
    """Return the words of one reason."""
    return ReasonText(title, meaning, to_do)
