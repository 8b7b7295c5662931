"""Working on findings: the steps of one, and of many at once."""

from datetime import timedelta
from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from api.deps import Now, PortsDep, Work
from api.domain.staff.roles import Permission
from api.routes.console.acting import Acting
from api.routes.console.findings import FindingId
from api.routes.console.findings_filter import NONE
from api.routes.console.signed_in import Posted, needs
from api.services.reconciliation.findings_accept import ACCEPTANCE, accept
from api.services.reconciliation.findings_steps import (
    acknowledge,
    assign,
    comment,
    each_of,
    reopen,
    snooze,
)

router = APIRouter(prefix="/findings")
_WORK = [needs(Permission.WORK_ON_FINDINGS)]
_MOST = 200
"""As many as a page shows, and more."""


def back(finding_id: str, told: str = "done") -> Response:
    """Return to a finding and say what happened."""
    return RedirectResponse(f"/console/findings/{finding_id}?told={told}", 303)


def _to_list(form: Posted, told: str) -> Response:
    """Return to the list as it was filtered."""
    query = form["back"]
    safe = query if query.isascii() and query.isprintable() and " " not in query else ""
    return RedirectResponse(f"/console/findings?{f'{safe}&' if safe else ''}told={told}", 303)


async def _all_of(form: Posted, work: Work, step: Any, **facts: Any) -> Response:
    """Take a step with all that were chosen."""
    chosen = form.every("finding")[:_MOST]
    async with work() as db:
        done, left = await each_of(chosen, lambda each: step(db=db, finding_id=each, **facts))
    return _to_list(form, "some" if left else "done" if done else "none")


@router.post("/acknowledge", dependencies=_WORK)
async def acknowledge_all(form: Posted, who: Acting, work: Work, now: Now) -> Response:
    """Acknowledge all that were chosen."""
    return await _all_of(form, work, acknowledge, now=now, by=who)


@router.post("/assign", dependencies=_WORK)
async def assign_all(form: Posted, who: Acting, work: Work, now: Now) -> Response:
    """Assign all that were chosen."""
    return await _all_of(form, work, partial(assign, to=_name(form["to"])), now=now, by=who)


def _name(told: str) -> str | None:
    return None if told in {"", NONE} else told


@router.post("/{finding_id}/acknowledge", dependencies=_WORK)
async def acknowledge_one(finding_id: FindingId, who: Acting, work: Work, now: Now) -> Response:
    """Say that one cares."""
    async with work() as db:
        await acknowledge(db=db, now=now, finding_id=finding_id, by=who)
    return back(finding_id)


@router.post("/{finding_id}/assign", dependencies=_WORK)
async def assign_one(finding_id: FindingId, form: Posted, who: Acting, work: Work, now: Now) -> Response:
    """Give a finding to somebody."""
    async with work() as db:
        await assign(db=db, now=now, finding_id=finding_id, to=_name(form["to"]), by=who)
    return back(finding_id)


@router.post("/{finding_id}/snooze", dependencies=_WORK)
async def snooze_one(finding_id: FindingId, form: Posted, who: Acting, work: Work, now: Now) -> Response:
    """Put a finding out of sight for some days."""
    days = int(form["days"]) if form["days"].isdecimal() and len(form["days"]) < 4 else 0
    async with work() as db:
        until = now + timedelta(days=days)
        await snooze(db=db, now=now, finding_id=finding_id, until=until, by=who, text=form["text"])
    return back(finding_id)


@router.post("/{finding_id}/comment", dependencies=_WORK)
async def comment_one(finding_id: FindingId, form: Posted, who: Acting, work: Work, now: Now) -> Response:
    """Write something to a finding."""
    async with work() as db:
        await comment(db=db, now=now, finding_id=finding_id, text=form["text"], by=who)
    return back(finding_id)


@router.post("/{finding_id}/accept", dependencies=_WORK)
async def accept_one(
    finding_id: FindingId, form: Posted, who: Acting, work: Work, ports: PortsDep, now: Now
) -> Response:
    """Accept a difference with a note."""
    async with work() as db:
        row = await accept(db=db, ports=ports, now=now, finding_id=finding_id, note=form["text"], by=who)
    return back(finding_id, "waits" if row.waiting_for == ACCEPTANCE else "done")


@router.post("/{finding_id}/reopen", dependencies=_WORK)
async def reopen_one(finding_id: FindingId, form: Posted, who: Acting, work: Work, now: Now) -> Response:
    """Open a finding again."""
    async with work() as db:
        await reopen(db=db, now=now, finding_id=finding_id, text=form["text"], by=who)
    return back(finding_id)
