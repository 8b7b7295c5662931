"""Reading complaints: for their drivers, and for staff with all that is known."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.support.complaint import ComplaintState
from api.domain.support.complaint_texts import state_text
from api.models.charging import ChargingSession
from api.models.complaint import Complaint, ComplaintBundle, ComplaintRuling
from api.models.finance import Receipt
from api.models.support import SupportCase
from api.ports import Ports
from api.services.charging.queries import charge_of_driver
from api.services.support.complaint_advance import UnknownComplaint
from api.services.support.complaint_bundle import bundle_facts, came_later, digest_of
from api.services.support.complaint_rulings import newest_ruling, words_of

MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class ComplaintView:
    """A complaint as its driver sees it."""

    row: Complaint
    case_number: str | None
    text: str
    """The answer, or where it stands."""
    ruling: ComplaintRuling | None
    credit_note_id: str | None
    """The paper of what goes back, once it is written."""

    @property
    def can_object(self) -> bool:
        """Say whether the driver may say that they are not content."""
        return self.row.state == ComplaintState.DECIDED


@dataclass(frozen=True, slots=True)
class ComplaintFile:
    """A complaint with everything, for staff."""

    view: ComplaintView
    rulings: tuple[ComplaintRuling, ...]
    bundle: ComplaintBundle | None
    intact: bool
    """The bundle is what its digest was taken of."""
    later: dict[str, list[Any]]
    """What came since the bundle was taken."""
    charge: ChargingSession | None


async def complaint_of_driver(*, db: AsyncSession, driver_id: str, complaint_id: str) -> ComplaintView:
    """Return one complaint of one driver; raises UnknownComplaint also for somebody else's."""
    row = await db.get(Complaint, complaint_id)
    if row is None or row.driver_id != driver_id:
        raise UnknownComplaint("unknown_complaint")
    return await view_of(db=db, row=row)


async def complaints_of_charge(*, db: AsyncSession, driver_id: str, charging_session_id: str) -> list[ComplaintView]:
    """Return the complaints about one charge of a driver, oldest first; raises UnknownCharge."""
    await charge_of_driver(db=db, driver_id=driver_id, charging_session_id=charging_session_id)
    query = select(Complaint).where(Complaint.charging_session_id == charging_session_id)
    rows = await db.exec(query.order_by(col(Complaint.opened_at), col(Complaint.id)))
    return [await view_of(db=db, row=row) for row in rows.all()]


async def view_of(*, db: AsyncSession, row: Complaint) -> ComplaintView:
    """Return a complaint as its driver sees it."""
    case = None if row.case_id is None else await db.get(SupportCase, row.case_id)
    ruling = await newest_ruling(db=db, complaint_id=row.id)
    stands = ruling if row.state == ComplaintState.DECIDED else None
    text = words_of(stands, row.language) if stands is not None else state_text(row.state, row.language) or ""
    note = None
    if stands is not None and stands.credit_id is not None:
        cause = (Receipt.cause_type == "credit", Receipt.cause_id == stands.credit_id)
        note = (await db.exec(select(Receipt.id).where(*cause))).first()
    return ComplaintView(row, None if case is None else case.number, text, stands, note)


async def complaint_file(*, db: AsyncSession, ports: Ports, complaint_id: str) -> ComplaintFile:
    """Return a complaint with its bundle, what came later and all rulings; raises UnknownComplaint."""
    row = await db.get(Complaint, complaint_id)
    if row is None:
        raise UnknownComplaint("unknown_complaint")
    query = select(ComplaintRuling).where(ComplaintRuling.complaint_id == row.id).order_by(col(ComplaintRuling.at))
    rulings = tuple(await db.exec(query))
    bundle = await db.get(ComplaintBundle, row.id)
    charge = None if row.charging_session_id is None else await db.get(ChargingSession, row.charging_session_id)
    later = {}
    if bundle is not None and charge is not None:
        later = came_later(bundle.facts, await bundle_facts(db=db, ports=ports, charge=charge))
    intact = bundle is not None and digest_of(bundle.facts) == bundle.sha256
    return ComplaintFile(await view_of(db=db, row=row), rulings, bundle, intact, later, charge)


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list of staff."""

    row: Complaint
    case_number: str | None
    solve_due_at: datetime | None


async def list_complaints(*, db: AsyncSession, state: ComplaintState | None) -> list[Listed]:
    """Return complaints in one state, else those that are not decided, the oldest first."""
    waits = (ComplaintState.WAITING, ComplaintState.WITH_AGENT, ComplaintState.APPROVAL)
    wanted = waits if state is None else (state,)
    query = select(Complaint).where(col(Complaint.state).in_([str(each) for each in wanted]))
    rows = list(await db.exec(query.order_by(col(Complaint.opened_at)).limit(MOST_LISTED)))
    ids = [row.case_id for row in rows if row.case_id is not None]
    cases = {case.id: case for case in await db.exec(select(SupportCase).where(col(SupportCase.id).in_(ids)))}
    return [_listed(row, cases.get(row.case_id or "")) for row in rows]


def _listed(row: Complaint, case: SupportCase | None) -> Listed:
    return Listed(row, None, None) if case is None else Listed(row, case.number, case.solve_due_at)
