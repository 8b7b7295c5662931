"""Incidents and planned work on the public status page, and signals of trouble that only staff see."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import RedirectResponse, Response

from api.deps import Now, Work
from api.domain.language import LANGUAGES
from api.domain.staff.roles import Permission
from api.routes.console.acting import Acting
from api.routes.console.render import page
from api.routes.console.signed_in import Form, Posted, needs
from api.routes.console.told import told_after
from api.routes.page_forms import FormUnreadable
from api.services.charging.approvals import sign_with_request
from api.services.status.console import site_meant, status_desk
from api.services.status.maintenance import end_maintenance, plan_maintenance
from api.services.status.staff import open_by_staff, texts_told, update_incident
from api.services.status.words import Component, Kind, Severity, Stage, incident_code

router = APIRouter(prefix="/status")
_TELL = [needs(Permission.TELL_STATUS)]
HERE = "/console/status?told=done"
Number = Annotated[int, Path(ge=1, le=2**53)]


@router.get("", dependencies=_TELL)
async def show_status(request: Request, work: Work, now: Now) -> Response:
    """Show what is open, what is planned, and the forms to tell of more."""
    async with work() as db:
        desk = await status_desk(db=db, now=now)
    return page(
        request,
        "status.html",
        desk=desk,
        told=told_after(request),
        languages=LANGUAGES,
        components=list(Component),
        severities=[Severity.OUTAGE, Severity.DEGRADED],
        stages=list(Stage),
        code=incident_code,
    )


@router.post("/incidents", dependencies=_TELL)
async def open_one(form: Posted, by: Acting, work: Work, now: Now) -> Response:
    """Open an incident, or tell of the one that is open on the same."""
    async with work() as db:
        sign_with_request(db, by.request_id)
        kind, subject_id = await _subject(db, form)
        await open_by_staff(
            db=db,
            now=now,
            by=by.name,
            kind=kind,
            subject_id=subject_id,
            severity=form["severity"],
            texts=_texts(form),
        )
    return RedirectResponse(HERE, 303)


@router.post("/incidents/{number}/updates", dependencies=_TELL)
async def tell_more(number: Number, form: Posted, by: Acting, work: Work, now: Now) -> Response:
    """Tell how far the work is, or that it is over."""
    async with work() as db:
        sign_with_request(db, by.request_id)
        await update_incident(db=db, now=now, by=by.name, incident_id=number, stage=form["stage"], texts=_texts(form))
    return RedirectResponse(HERE, 303)


@router.post("/maintenance", dependencies=_TELL)
async def plan_one(form: Posted, by: Acting, work: Work, now: Now) -> Response:
    """Plan work on a component, a partner or a site."""
    async with work() as db:
        sign_with_request(db, by.request_id)
        kind, subject_id = await _subject(db, form)
        await plan_maintenance(
            db=db,
            now=now,
            by=by.name,
            kind=kind,
            subject_id=subject_id,
            starts_at=_moment(form, "starts_at"),
            ends_at=_moment(form, "ends_at"),
            texts=texts_told(_texts(form)),
        )
    return RedirectResponse(HERE, 303)


@router.post("/maintenance/{number}/end", dependencies=_TELL)
async def end_one(number: Number, by: Acting, work: Work, now: Now) -> Response:
    """Call planned work off, or end it now."""
    async with work() as db:
        sign_with_request(db, by.request_id)
        await end_maintenance(db=db, now=now, by=by.name, maintenance_id=number)
    return RedirectResponse(HERE, 303)


async def _subject(db: AsyncSession, form: Form) -> tuple[str, str]:
    """Return what a form is about: ``platform:payments``, ``partner:prt_1``, or ``site`` and an id beside it."""
    kind, _, subject_id = form["about"].partition(":")
    if kind == Kind.SITE:
        return kind, await site_meant(db=db, typed=form["site"])
    return kind, subject_id


def _texts(form: Form) -> dict[str, str]:
    return {language: form[f"text_{language}"] for language in LANGUAGES}


def _moment(form: Form, field: str) -> datetime:
    """Return a moment as a browser's field sends it, in UTC; raises FormUnreadable."""
    try:
        return datetime.fromisoformat(form[field]).replace(tzinfo=UTC)
    except ValueError:
        raise FormUnreadable("moment_unreadable", field=field) from None
