"""Handing a trouble over to a person: the line that is open in the driver's language, with the case written already."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.support.case import CaseKind, Channel, Priority
from api.domain.support.contact import ContactRole
from api.domain.support.diagnose import SAFETY, Symptom
from api.domain.support.forms import Topic
from api.domain.support.topics import Queue
from api.models.charging import ChargingSession
from api.models.diagnosis import DiagnosisRow
from api.models.driver import Driver
from api.models.support import SupportCase
from api.ports import Ports
from api.ports.policy import ServicePolicy
from api.services.diagnosis.begin import HANDED_OVER, SOLVED, DiagnosisOver, locked_diagnosis, look_again
from api.services.diagnosis.place import Site
from api.services.directory.best import BestContact, best_contact
from api.services.support.open import About, Customer, NewCase, open_case
from api.services.support.place import run_by_us, scene_of_charge


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The case, and whom to call about it; None: nobody answers now."""

    case: SupportCase
    line: BestContact | None


async def hand_over(
    *, db: AsyncSession, ports: Ports, now: datetime, driver: Driver, diagnosis_id: str, said: str = ""
) -> HandedOver:
    """Write the case of a diagnosis, once, and return it with the best line; raises UnknownDiagnosis, DiagnosisOver."""
    row = await locked_diagnosis(db=db, driver_id=driver.id, diagnosis_id=diagnosis_id)
    if row.state == SOLVED:
        raise DiagnosisOver("diagnosis_over", state=row.state)
    looked = await look_again(db=db, ports=ports, now=now, driver=driver, row=row)
    charge = await db.get(ChargingSession, row.charging_session_id) if row.charging_session_id else None
    about = _about(ports.policy, row, charge, looked.site)
    case = await open_case(db=db, ports=ports, now=now, new=_case(row, driver, about, said))
    row.state, row.case_id, row.updated_at = HANDED_OVER, case.id, now
    db.add(row)
    country = looked.site.location.location.country if looked.site is not None else None
    line = await best_contact(
        db,
        country=country,
        role=ContactRole.DRIVER,
        languages=[row.language],
        now=now,
        hotline=ports.policy.hotline,
    )
    return HandedOver(case, line)


def _about(policy: ServicePolicy, row: DiagnosisRow, charge: ChargingSession | None, site: Site | None) -> About:
    """Return the charger where the driver stands, else the charge's; whether it is ours says who answers (CK04)."""
    if charge is not None and row.connector_id is None:
        return scene_of_charge(policy=policy, charge=charge).about
    place = site.location.location if site is not None else None
    return About(
        charging_session_id=row.charging_session_id,
        location_key=row.location_key,
        evse_key=site.here.evse.key if site is not None and site.here is not None else None,
        partner_id=place.partner_id if place is not None else None,
        operated_by_us=place is not None and run_by_us(policy, f"{place.country_code}-{place.party_id}".upper()),
    )


def _case(row: DiagnosisRow, driver: Driver, about: About, said: str) -> NewCase:
    customer = Customer(
        driver_id=driver.id,
        email=driver.email,
        account_number=driver.account_number,
        language=row.language,
    )
    return NewCase(
        kind=CaseKind.DRIVER,
        topic=Topic.CHARGING_SESSION,
        queue=Queue.DRIVERS,
        channel=Channel.APP,
        customer=customer,
        title=_TITLES[Symptom(row.symptom)],
        description=said.strip() or _TITLES[Symptom(row.symptom)],
        priority=_priority(Symptom(row.symptom)),
        about=about,
        detail=_detail(row),
        once_key=f"diagnosis:{row.id}",
    )


def _priority(symptom: Symptom) -> Priority:
    """What may hurt somebody, or keeps them at a charger, cannot wait."""
    pressing = symptom in SAFETY or symptom is Symptom.DOES_NOT_STOP
    return Priority.URGENT if pressing else Priority.HIGH


def _detail(row: DiagnosisRow) -> dict[str, Any]:
    """Return what the agent reads: what was checked and what was tried, so that nobody asks again."""
    return {"diagnosis_id": row.id, "symptom": row.symptom, "checks": row.checks, "tried": row.tried, "step": row.step}


_TITLES = {
    Symptom.NOT_STARTED: "Charging does not start",
    Symptom.TROUBLE: "Trouble while charging",
    Symptom.DOES_NOT_STOP: "Charging does not stop",
    Symptom.STUCK_CABLE: "The cable is stuck",
    Symptom.BADGE: "The pass is not recognized",
    Symptom.CANNOT_CHARGE: "The driver cannot charge",
}
"""For staff, in their language; what the driver said is beside it."""
