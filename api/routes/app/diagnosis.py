"""Help that acts: what is wrong, one next step after the other, and at last a person with the case written."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field, StringConstraints
from sqlmodel.ext.asyncio.session import AsyncSession

from api.deps import CurrentDriver, Now, PortsDep, Work
from api.domain.language import language_of, wishes_of
from api.domain.support.diagnose import Step, Symptom
from api.models.diagnosis import DiagnosisRow
from api.models.driver import Driver
from api.ports import Ports
from api.routes.app.diagnosis_shapes import ShownDiagnosis, ShownLine
from api.routes.app.languages import AcceptLanguage
from api.routes.app.shapes import Moment, PublicId, Shape, example, signed_in
from api.services.diagnosis.begin import begin_diagnosis, diagnosis_of, go_on, look_again
from api.services.diagnosis.hand_over import hand_over
from api.services.diagnosis.known import Looked
from api.services.directory.best import always_open_contact
from api.services.drivers.queries import driver_by_id

router = APIRouter(tags=["Help"])
_ONE = "/help/diagnoses/{diagnosis_id}"
Said = Annotated[str, StringConstraints(max_length=2000)]


class DiagnoseRequest(Shape):
    """What the driver sees, and where."""

    model_config = example({"symptom": "not_started", "charging_session_id": "chs_0a1b", "connector_id": None})
    symptom: Symptom
    charging_session_id: PublicId | None = Field(None, description="Null with no connector: the charge that runs.")
    connector_id: PublicId | None = Field(None, description="Where the driver stands, if no charge was started.")


class StepDone(Shape):
    """The driver did what was said."""

    model_config = example({"step": "check_cable", "helped": False})
    step: Step
    helped: bool = Field(description="True ends the diagnosis: it works.")


class HandOverRequest(Shape):
    """What the driver wants to add."""

    model_config = example({"said": "The display shows error 7."})
    said: Said = ""


class ShownHandOver(Shape):
    """The case that is written, and the line that is open now."""

    model_config = example(
        {
            "case_id": "cas_9d2e",
            "case_number": "C12345-67890",
            "expected_at": "2026-06-04T10:00:00Z",
            "line": {
                "phone": "+49 30 0000",
                "name": None,
                "open": True,
                "always_open": True,
                "languages_now": ["de", "en"],
                "next_change_at": None,
            },
        }
    )
    case_id: str
    case_number: str = Field(description="To be read out on the phone.")
    expected_at: Moment
    line: ShownLine | None = Field(description="Null: no line is known; we answer by the case.")


@router.post(
    "/help/diagnose",
    operation_id="diagnose",
    summary="Find out what is wrong and what to do first",
    response_model=ShownDiagnosis,
    responses=signed_in(unknown_charging_session=404, unknown_connector=404),
)
async def post_diagnose(
    body: DiagnoseRequest,
    response: Response,
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,
    accept_language: AcceptLanguage = None,
) -> ShownDiagnosis:
    """Run every check and return one next step. Asked again it is the same diagnosis, with what is known now."""
    async with work() as db:
        who = await driver_by_id(db, driver.driver_id)
        row, looked = await begin_diagnosis(
            db=db,
            ports=ports,
            now=now,
            driver=who,
            symptom=body.symptom,
            charging_session_id=body.charging_session_id,
            connector_id=body.connector_id,
            language=language_of(*wishes_of(accept_language), who.language),
        )
        return await _shown(db, ports, now, who, row, looked, response, accept_language)


@router.get(
    _ONE,
    operation_id="getDiagnosis",
    summary="Show a diagnosis",
    response_model=ShownDiagnosis,
    responses=signed_in(unknown_diagnosis=404),
)
async def get_diagnosis(
    diagnosis_id: PublicId,
    response: Response,
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,
    accept_language: AcceptLanguage = None,
) -> ShownDiagnosis:
    """Return where a diagnosis stands; nothing is checked anew."""
    async with work() as db:
        who = await driver_by_id(db, driver.driver_id)
        row = await diagnosis_of(db=db, driver_id=who.id, diagnosis_id=diagnosis_id)
        looked = await look_again(db=db, ports=ports, now=now, driver=who, row=row)
        return await _shown(db, ports, now, who, row, looked, response, accept_language)


@router.post(
    f"{_ONE}/steps",
    operation_id="doDiagnosisStep",
    summary="Say that a step was done, and whether it helped",
    response_model=ShownDiagnosis,
    responses=signed_in(unknown_diagnosis=404, diagnosis_over=409, step_not_now=409, wait_not_over=429),
)
async def post_step(
    diagnosis_id: PublicId,
    body: StepDone,
    response: Response,
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,
    accept_language: AcceptLanguage = None,
) -> ShownDiagnosis:
    """Return the next step; before a wait is over it is `wait-not-over` with `Retry-After`."""
    async with work() as db:
        who = await driver_by_id(db, driver.driver_id)
        row, looked = await go_on(
            db=db,
            ports=ports,
            now=now,
            driver=who,
            diagnosis_id=diagnosis_id,
            step=body.step,
            helped=body.helped,
        )
        return await _shown(db, ports, now, who, row, looked, response, accept_language)


@router.post(
    f"{_ONE}/hand-over",
    operation_id="handOverDiagnosis",
    summary="Let a person take over",
    response_model=ShownHandOver,
    responses=signed_in(unknown_diagnosis=404, diagnosis_over=409),
)
async def post_hand_over(
    diagnosis_id: PublicId, body: HandOverRequest, work: Work, ports: PortsDep, now: Now, driver: CurrentDriver
) -> ShownHandOver:
    """Write the case with all that was checked and tried, once, and return whom to call about it."""
    async with work() as db:
        who = await driver_by_id(db, driver.driver_id)
        done = await hand_over(db=db, ports=ports, now=now, driver=who, diagnosis_id=diagnosis_id, said=body.said)
        return ShownHandOver(
            case_id=done.case.id,
            case_number=done.case.number,
            expected_at=done.case.expected_at,
            line=ShownLine.of(done.line),
        )


async def _shown(
    db: AsyncSession,
    ports: Ports,
    now: Now,
    driver: Driver,
    row: DiagnosisRow,
    looked: Looked,
    response: Response,
    accept_language: str | None,
) -> ShownDiagnosis:
    language = language_of(*wishes_of(accept_language), driver.language)
    response.headers["Content-Language"] = language
    country = looked.site.location.location.country if looked.site is not None else None
    line = await always_open_contact(db, country=country, languages=[language], now=now, hotline=ports.policy.hotline)
    return ShownDiagnosis.of(row, looked, ports.policy, now, language, line.number if line is not None else None)
