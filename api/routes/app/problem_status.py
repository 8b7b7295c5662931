"""Which open incident a problem is about, from the memory of this process: nothing is read on the way of an error."""

from collections.abc import Mapping

from starlette.requests import Request

from api.domain.roaming.ways import MAINTENANCE
from api.services.status.board import StatusBoard
from api.services.status.words import Component

_PAYMENTS = frozenset({"payment_unavailable", "processor_outcome_unknown", "processor_refused"})
_STARTS = frozenset({"not_startable"})
_PARTNERS = frozenset({"partner_unreachable", "partner_answered_badly", "operator_not_connected"})
_OURS = (Component.DATABASE, Component.APP_API)
_FIRST_SERVER_ERROR = 500


def incident_behind(
    request: Request, *, status: int, code: str, facts: Mapping[str, object], location_key: str | None
) -> str | None:
    """Return the short id of an open incident, or of planned work, that touches what failed; None: of none."""
    if code in _STARTS and facts.get("reason") == MAINTENANCE:
        return str(facts.get("maintenance_id"))
    board = getattr(request.app.state, "board", None) if "app" in request.scope else None
    if not isinstance(board, StatusBoard):
        return None
    if code in _PAYMENTS:
        return board.touching(components=(Component.PAYMENTS,))
    if code in _PARTNERS or (code in _STARTS and str(facts.get("reason", "")).startswith("operator_")):
        return board.touching(components=(Component.STARTING,), location_key=location_key)
    if code in _STARTS:
        return board.touching(components=(), location_key=location_key)
    return board.touching(components=_OURS) if status >= _FIRST_SERVER_ERROR else None
