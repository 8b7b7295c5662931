"""Beginning a diagnosis and going on with it: the checks, the one next step, what was tried, what helped."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict, NotFound, Refused
from api.domain.ids import Prefix
from api.domain.money import Money
from api.domain.support.checks import SEVERAL, Check, CheckName, Outcome, ordered_checks
from api.domain.support.diagnose import Next, Step, Symptom, may_go_on, next_step
from api.models.charging import ChargingSession
from api.models.diagnosis import DiagnosisRow
from api.models.driver import Driver
from api.ports import Ports
from api.services.charging.queries import active_charge, charge_of_driver
from api.services.diagnosis.known import Looked, look
from api.services.diagnosis.place import Site, UnknownPlace
from api.services.status.incidents import open_incident
from api.services.status.words import SEVERAL_FAIL, Severity

RUNNING, SOLVED, HANDED_OVER = "running", "solved", "handed_over"
SAME_TROUBLE = timedelta(hours=6)
"""What nobody went on with for so long is over, whether or not somebody said so: the next one begins anew."""


class UnknownDiagnosis(NotFound):
    """There is no such diagnosis of this driver."""


class DiagnosisOver(Conflict):
    """It was solved or handed over already. Facts: ``state``."""


class StepNotNow(Conflict):
    """Another step is to be done now. Fact: ``step``."""


class TooEarly(Refused):
    """The wait is not over. Fact: ``retry_after_s``, whole seconds."""


async def begin_diagnosis(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    driver: Driver,
    symptom: Symptom,
    charging_session_id: str | None,
    connector_id: str | None,
    language: str,
) -> tuple[DiagnosisRow, Looked]:
    """Check everything and return the first step; the same trouble that still runs is gone on with.

    Without a charge or a connector the charge that runs is meant. Raises UnknownCharge, UnknownPlace.
    """
    charge = await _charge(db, driver, charging_session_id, connector_id)
    looked = await look(
        db=db, ports=ports, now=now, driver=driver, symptom=symptom, charge=charge, connector_id=connector_id
    )
    if connector_id is not None and looked.site is None:
        raise UnknownPlace("unknown_connector")
    row = await _running(db, now, driver, symptom, charge, connector_id)
    if row is None:
        row = DiagnosisRow(
            id=ports.randomness.new_id(Prefix.DIAGNOSIS),
            driver_id=driver.id,
            symptom=symptom,
            charging_session_id=charge.id if charge is not None else None,
            connector_id=connector_id,
            language=language,
            state=RUNNING,
            step="",
            created_at=now,
            updated_at=now,
        )
    row.location_key = looked.site.location.location.key if looked.site is not None else None
    await _place_step(db, row, looked, now)
    return row, looked


async def go_on(
    *, db: AsyncSession, ports: Ports, now: datetime, driver: Driver, diagnosis_id: str, step: Step, helped: bool
) -> tuple[DiagnosisRow, Looked]:
    """Note that the step was done, and return the next one, or that it helped.

    Said twice it counts once. Raises UnknownDiagnosis, DiagnosisOver, StepNotNow, TooEarly.
    """
    row = await locked_diagnosis(db=db, driver_id=driver.id, diagnosis_id=diagnosis_id)
    looked = await look_again(db=db, ports=ports, now=now, driver=driver, row=row)
    if row.state != RUNNING:
        raise DiagnosisOver("diagnosis_over", state=row.state)
    if step in tried_of(row) and not helped:
        return row, looked
    if step != row.step:
        raise StepNotNow("step_not_now", step=row.step)
    if not helped and not may_go_on(step, row.not_before, now):
        wait = (row.not_before - now) if row.not_before is not None else now - now
        raise TooEarly("wait_not_over", retry_after_s=int(wait.total_seconds()) + 1)
    row.tried = [*row.tried, {"step": str(step), "at": now.isoformat()}]
    if helped:
        row.state, row.solved_by, row.updated_at = SOLVED, str(step), now
        db.add(row)
        return row, looked
    await _place_step(db, row, looked, now, told_at=now)
    return row, looked


async def locked_diagnosis(*, db: AsyncSession, driver_id: str, diagnosis_id: str) -> DiagnosisRow:
    """Return a diagnosis of a driver, locked; raises UnknownDiagnosis also for somebody else's."""
    row = await db.get(DiagnosisRow, diagnosis_id, with_for_update=True, populate_existing=True)
    if row is None or row.driver_id != driver_id:
        raise UnknownDiagnosis("unknown_diagnosis")
    return row


async def diagnosis_of(*, db: AsyncSession, driver_id: str, diagnosis_id: str) -> DiagnosisRow:
    """Return a diagnosis of a driver; raises UnknownDiagnosis also for somebody else's."""
    row = await db.get(DiagnosisRow, diagnosis_id)
    if row is None or row.driver_id != driver_id:
        raise UnknownDiagnosis("unknown_diagnosis")
    return row


async def look_again(*, db: AsyncSession, ports: Ports, now: datetime, driver: Driver, row: DiagnosisRow) -> Looked:
    """Look at everything that a diagnosis is about, as it is now."""
    charge = await db.get(ChargingSession, row.charging_session_id) if row.charging_session_id else None
    return await look(
        db=db,
        ports=ports,
        now=now,
        driver=driver,
        symptom=Symptom(row.symptom),
        charge=charge,
        connector_id=row.connector_id,
    )


def tried_of(row: DiagnosisRow) -> tuple[Step, ...]:
    """Return the steps that were done."""
    return tuple(Step(each["step"]) for each in row.tried)


def checks_of(row: DiagnosisRow) -> tuple[Check, ...]:
    """Return what the checks came to when the step was chosen."""
    return tuple(
        Check(CheckName(each["name"]), Outcome(each["outcome"]), each["reason"], each["facts"]) for each in row.checks
    )


async def _charge(
    db: AsyncSession, driver: Driver, charging_session_id: str | None, connector_id: str | None
) -> ChargingSession | None:
    if charging_session_id is not None:
        return await charge_of_driver(db=db, driver_id=driver.id, charging_session_id=charging_session_id)
    return await active_charge(db=db, driver_id=driver.id) if connector_id is None else None


async def _running(
    db: AsyncSession,
    now: datetime,
    driver: Driver,
    symptom: Symptom,
    charge: ChargingSession | None,
    connector_id: str | None,
) -> DiagnosisRow | None:
    """Return the same trouble that still runs, locked, so that a step that is done meanwhile is not forgotten."""
    await db.get_one(Driver, driver.id, with_for_update={"key_share": True})
    query = select(DiagnosisRow).where(
        DiagnosisRow.driver_id == driver.id,
        DiagnosisRow.symptom == symptom,
        DiagnosisRow.state == RUNNING,
        DiagnosisRow.updated_at > now - SAME_TROUBLE,
        DiagnosisRow.charging_session_id == (charge.id if charge is not None else None),
        DiagnosisRow.connector_id == connector_id,
    )
    newest = query.order_by(col(DiagnosisRow.created_at).desc()).limit(1).with_for_update()
    return (await db.exec(newest.execution_options(populate_existing=True))).first()


async def _place_step(
    db: AsyncSession, row: DiagnosisRow, looked: Looked, now: datetime, *, told_at: datetime | None = None
) -> None:
    """Choose the step from what is known now; a wait that runs already keeps its moment."""
    checks = ordered_checks(looked.known)
    await _tell_site(db, looked.site, checks, now)
    found = next_step(
        Symptom(row.symptom), checks, looked.situation, tried=tried_of(row), now=now, told_at=told_at or _told_at(row)
    )
    same = row.step == found.step and row.not_before is not None
    row.not_before = row.not_before if same and _not_later(row, found) else found.not_before
    row.step, row.why = str(found.step), str(found.why) if found.why is not None else None
    row.checks = [_stored(check) for check in checks]
    row.updated_at = now
    db.add(row)
    await db.flush()


def _not_later(row: DiagnosisRow, found: Next) -> bool:
    """Say whether the wait that runs is long enough: only an operator at work makes it longer."""
    return row.not_before is not None and (found.not_before is None or found.not_before <= row.not_before)


def _told_at(row: DiagnosisRow) -> datetime | None:
    return datetime.fromisoformat(row.tried[-1]["at"]) if row.tried else None


async def _tell_site(db: AsyncSession, site: Site | None, checks: Sequence[Check], now: datetime) -> None:
    """Open an incident where several chargers of a site fail: the same one, however many drivers say so (CK14).

    What one driver alone says is a signal, which staff look into: nobody puts a site on the status page by themselves.
    """
    wrong = any(check.name is CheckName.SITE and check.outcome is Outcome.WRONG for check in checks)
    if site is not None and wrong and len(site.failing) >= SEVERAL:
        await open_incident(
            db,
            kind="site",
            subject_id=site.location.location.key,
            reason=SEVERAL_FAIL,
            now=now,
            evidence={"evses": sorted(site.failing)},
            severity=Severity.OUTAGE if site.is_sure else Severity.SIGNAL,
        )


def _stored(check: Check) -> dict[str, Any]:
    facts = {name: _plain(value) for name, value in check.facts.items()}
    return {"name": str(check.name), "outcome": str(check.outcome), "reason": check.reason, "facts": facts}


def _plain(value: object) -> Any:
    if isinstance(value, Money):
        return {"amount_minor": value.minor, "currency": value.currency}
    return value
