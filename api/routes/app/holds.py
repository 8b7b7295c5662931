"""The hold of a charge: its passport, the driver's word that the bank was answered, and raising it."""

from typing import Any

from fastapi import APIRouter, Response

from api.deps import CurrentDriver, Now, PortsDep, Work
from api.domain.language import language_of, wishes_of
from api.routes.app.charging import Consent
from api.routes.app.charging_shapes import ShownCharge, shown_charge
from api.routes.app.hold_shapes import ShownPassport
from api.routes.app.languages import AcceptLanguage
from api.routes.app.shapes import PublicId, Shape, example, signed_in
from api.services.charging.confirm import confirm_hold
from api.services.charging.extend import extend_hold
from api.services.charging.hold_passport import hold_passport
from api.services.charging.queries import charge_of_driver, hold_of_charge
from api.services.drivers.queries import driver_by_id
from api.services.finance.hold_letter import letter_about_hold

router = APIRouter(tags=["Charging"])
_PATH = "/charging-sessions/{charging_session_id}/hold"
_PDF: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The letter.",
        "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class ExtensionRequest(Shape):
    """The driver's agreement to the exact new amount of the hold, in all."""

    model_config = example({"consent": {"amount_minor": 8000, "currency": "EUR"}})
    consent: Consent


@router.get(
    _PATH,
    operation_id="getHoldPassport",
    summary="Show everything about the hold",
    response_model=ShownPassport,
    responses=signed_in(unknown_charging_session=404, no_hold=404),
)
async def get_hold(
    charging_session_id: PublicId,
    response: Response,
    work: Work,
    now: Now,
    driver: CurrentDriver,
    accept_language: AcceptLanguage = None,
) -> ShownPassport:
    """Return amounts, card, history, consent, and when the bank should show the release. One hold, one passport."""
    async with work() as db:
        mine = await driver_by_id(db, driver.driver_id)
        passport = await hold_passport(
            db=db, now=now, driver_id=driver.driver_id, charging_session_id=charging_session_id
        )
    language = language_of(*wishes_of(accept_language), mine.language)
    response.headers["Content-Language"] = language
    return ShownPassport.of(passport, language)


@router.get(
    f"{_PATH}/letter.pdf",
    operation_id="getHoldLetter",
    summary="Show the letter for the bank",
    response_class=Response,
    responses=signed_in(unknown_charging_session=404, no_hold=404, nothing_held=409) | _PDF,
)
async def get_letter(
    charging_session_id: PublicId,
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,
    accept_language: AcceptLanguage = None,
) -> Response:
    """Return the hold on paper, for a bank that does not show its release."""
    async with work() as db:
        mine = await driver_by_id(db, driver.driver_id)
    language = language_of(*wishes_of(accept_language), mine.language)
    letter = await letter_about_hold(
        work=work,
        ports=ports,
        now=now,
        driver_id=driver.driver_id,
        charging_session_id=charging_session_id,
        language=language,
    )
    headers = {"Content-Language": language, "Content-Disposition": 'attachment; filename="hold.pdf"'}
    return Response(letter, media_type="application/pdf", headers=headers)


@router.post(
    f"{_PATH}/confirmation",
    operation_id="confirmHold",
    summary="Say that the bank was answered",
    status_code=202,
    response_model=ShownCharge,
    responses=signed_in(unknown_charging_session=404),
)
async def post_confirmation(
    charging_session_id: PublicId,
    work: Work,
    ports: PortsDep,
    driver: CurrentDriver,
) -> ShownCharge:
    """Look at the hold at once. The charge goes on if the bank agreed; otherwise nothing changes."""
    await confirm_hold(work=work, ports=ports, driver_id=driver.driver_id, charging_session_id=charging_session_id)
    async with work() as db:
        charge = await charge_of_driver(db=db, driver_id=driver.driver_id, charging_session_id=charging_session_id)
        hold = await hold_of_charge(db=db, charging_session_id=charge.id)
    return shown_charge(charge, hold, ports.clock.now())


@router.post(
    f"{_PATH}/extension",
    operation_id="extendHold",
    summary="Raise the hold of a running charge",
    status_code=202,
    response_model=ShownCharge,
    responses=signed_in(unknown_charging_session=404, hold_not_extendable=409, extension_invalid=422),
)
async def post_extension(
    charging_session_id: PublicId,
    body: ExtensionRequest,
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,
) -> ShownCharge:
    """Ask the bank for a higher hold, where `capabilities.can_extend` says so. A no leaves the hold as it is."""
    async with work() as db:
        charge = await extend_hold(
            db=db,
            ports=ports,
            now=now,
            driver_id=driver.driver_id,
            charging_session_id=charging_session_id,
            consent_amount_minor=body.consent.amount_minor,
            consent_currency=body.consent.currency,
        )
        hold = await hold_of_charge(db=db, charging_session_id=charge.id)
    return shown_charge(charge, hold, now)
