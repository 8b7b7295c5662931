"""The lifecycle machine's state as it is stored on a charge's row. Only ``advance.py`` writes it."""

from typing import Any

import msgspec

from api.domain.charging.state import ChargingState
from api.models.charging import ChargingSession


def state_of(charge: ChargingSession) -> ChargingState:
    """Return the machine's state as stored on the row."""
    return msgspec.convert(charge.state, ChargingState)


def state_document(state: ChargingState) -> dict[str, Any]:
    """Return the machine's state as JSON for the row."""
    document: dict[str, Any] = msgspec.to_builtins(state)
    return document
