"""Where pages of things are. A page that is not there yet has no link."""

from api.routes.console.render import PLACES

CHARGES = "/console/charges"
_PLACES = {"payout": "/console/payouts", "finding": "/console/findings", "case": "/console/cases"}


def path_of(target: str, subject_id: str) -> str | None:
    """Return the page of something, None where there is none."""
    if target == "charge":
        return f"{CHARGES}/{subject_id}"
    place = _PLACES.get(target)
    return f"{place}/{subject_id}" if place and any(each.path == place for each in PLACES) else None
