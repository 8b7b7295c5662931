"""The log of what staff did, for reading only."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.deps import Work
from api.domain.staff.roles import Permission
from api.routes.console.render import page
from api.routes.console.signed_in import needs
from api.services.reconciliation.audit import AuditFilter, list_actions, names_in_log
from api.services.reconciliation.audit_check import last_check

router = APIRouter(prefix="/audit")
_Word = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]
_Day = Annotated[str, Query(pattern=r"^(20\d\d-\d\d-\d\d)?$")]


def _midnight(day: str, *, after: bool = False) -> datetime | None:
    """Return the beginning of a day in UTC, or of the one after it; None where none is told, or there is no such."""
    try:
        told = date.fromisoformat(day)
    except ValueError:
        return None
    return datetime.combine(told + timedelta(days=after), time(), UTC)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of the log filters by: as it was told, and as the filter that it means."""

    told: dict[str, str]
    wanted: AuditFilter


def _asked(by: _Word = "", action: _Word = "", subject: _Word = "", since: _Day = "", until: _Day = "") -> Asked:
    """Return the filter of an address, of the page and of its export; ``until`` is the last day that is shown."""
    told = {"by": by, "action": action, "subject": subject.strip(), "since": since, "until": until}
    wanted = AuditFilter(
        by=by or None,
        action=action or None,
        subject=told["subject"] or None,
        since=_midnight(since),
        until=_midnight(until, after=True),
    )
    return Asked(told, wanted)


AskedLog = Annotated[Asked, Depends(_asked)]


@router.get("", dependencies=[needs(Permission.SEE_AUDIT)])
async def show_log(
    request: Request, work: Work, asked: AskedLog, below: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None
) -> Response:
    """Show a page of the log, the newest first."""
    async with work() as db:
        found = await list_actions(db=db, wanted=asked.wanted, below=below)
        people, actions = await names_in_log(db=db)
        check = await last_check(db=db)
    return page(request, "audit.html", found=found, people=people, actions=actions, told=asked.told, check=check)
