"""By what a driver named the post they stood at: kept with the charge, whatever the operator renames (ocpi#252).

A CDR does not carry it and most operators never say what their posts show (capabilities.md 0.1), so nobody else knows.
"""

from api.models.charging import ChargingSession
from api.models.location import EvseRow

TYPED, SHOWN = "typed", "shown"


def named_by(typed: str | None, evse: EvseRow) -> dict[str, str | None]:
    """Return the text and where it came from: as typed, letter by letter, else as our own screens showed the post."""
    if typed:
        return {"visual_id": typed, "visual_id_source": TYPED}
    shown = evse.physical_reference or evse.evse_id
    return {"visual_id": shown or None, "visual_id_source": SHOWN if shown else None}


def keep_name(charge: ChargingSession) -> ChargingSession:
    """Write the name of the post from the picture of the place into the columns that charges are looked up by."""
    charge.visual_id = charge.place.get("visual_id")
    charge.visual_id_source = charge.place.get("visual_id_source")
    return charge
