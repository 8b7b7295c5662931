"""The directory of contacts: its entries, changing one with a reason, and what came of imports."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Now, Work
from api.domain.staff.roles import Permission
from api.domain.support.contact import MENDED, Toll
from api.domain.support.countries import Region
from api.routes.console.findings_filter import ListUnreadable
from api.routes.console.render import page
from api.routes.console.signed_in import Form, Posted, Staff, needs
from api.services.directory.change import change_entry, withdraw_entry
from api.services.directory.queries import entry_of, import_of, imports, list_for_staff

router = APIRouter(prefix="/directory")
_SEE, _KEEP = [needs(Permission.SEE_CASES)], [needs(Permission.KEEP_DIRECTORY)]
EntryId = Annotated[str, Path(pattern="^dir_[A-Za-z0-9]{1,40}$")]
ImportId = Annotated[str, Path(pattern="^dim_[A-Za-z0-9]{1,40}$")]
CountryCode = Annotated[str, Query(pattern="^([A-Za-z]{2})?$")]
HERE = "/console/directory"


@router.get("", dependencies=_SEE)
async def show_directory(
    request: Request, work: Work, now: Now, region: Region | str = "", country: CountryCode = "", doubts: str = ""
) -> Response:
    """List the entries, by region and country, or those that somebody should look at."""
    if region and region not in set(Region):
        raise ListUnreadable("list_unreadable", field="region")
    async with work() as db:
        found = await list_for_staff(db=db, now=now, region=region or None, country=country.upper() or None)
        newest = await imports(db=db)
    if doubts:
        found = [each for each in found if any(doubt["kind"] not in MENDED for doubt in each.entry.doubts)]
    told = {"region": region, "country": country.upper(), "doubts": bool(doubts)}
    return page(request, "directory.html", contacts=found, imports=newest, told=told, regions=list(Region))


@router.get("/imports/{import_id}", dependencies=_SEE)
async def show_import(request: Request, work: Work, import_id: ImportId) -> Response:
    """Show what came of an import: each row that was mended, is doubtful or was not taken in."""
    async with work() as db:
        row = await import_of(db=db, import_id=import_id)
    return page(request, "directory_import.html", row=row, mended=MENDED)


@router.get("/{entry_id}", dependencies=_SEE)
async def show_entry(request: Request, work: Work, now: Now, entry_id: EntryId) -> Response:
    """Show an entry as its source wrote it, as we read it, and as it was before."""
    async with work() as db:
        contact, revisions = await entry_of(db=db, now=now, entry_id=entry_id)
    return page(request, "directory_entry.html", contact=contact, revisions=revisions, tolls=list(Toll))


@router.post("/{entry_id}", dependencies=_KEEP)
async def change(entry_id: EntryId, staff: Staff, form: Posted, work: Work, now: Now) -> Response:
    """Write other hours, costs or product, and settle the doubts."""
    fields = {name: form[name] for name in ("toll", "zone", "hours", "product")}
    async with work() as db:
        await change_entry(
            db=db,
            now=now,
            by=staff.name,
            entry_id=entry_id,
            revision=_revision(form),
            fields=fields,
            reason=form["reason"],
        )
    return RedirectResponse(f"{HERE}/{entry_id}", 303)


@router.post("/{entry_id}/withdraw", dependencies=_KEEP)
async def withdraw(entry_id: EntryId, staff: Staff, form: Posted, work: Work, now: Now) -> Response:
    """Take an entry out of the directory."""
    async with work() as db:
        await withdraw_entry(
            db=db, now=now, by=staff.name, entry_id=entry_id, revision=_revision(form), reason=form["reason"]
        )
    return RedirectResponse(f"{HERE}/{entry_id}", 303)


def _revision(form: Form) -> int:
    """Return the revision that the page showed; one that cannot be read is none that there is."""
    told = form["revision"]
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 10 else 0
