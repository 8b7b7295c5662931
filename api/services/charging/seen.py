"""By what a driver named the post they stood at: kept with the charge, whatever the operator renames (ocpi#252).

A CDR does not carry it and most operators never say what their posts show (capabilities.md 0.1), so nobody else knows.
"""

from typing import NamedTuple

from api.models.location import EvseRow

TYPED, SHOWN = "typed", "shown"


class Named(NamedTuple):
    """The text, and whether the driver typed it or our screens showed it."""

    text: str | None
    source: str | None


def named_by(typed: str | None, evse: EvseRow) -> Named:
    """Return the text as typed, letter by letter, else as our own screens showed the post."""
    if typed:
        return Named(typed, TYPED)
    shown = evse.physical_reference or evse.evse_id
    return Named(shown or None, SHOWN if shown else None)
