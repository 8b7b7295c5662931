"""Help at a price in a case of the driver: what is offered, and yes or no to it (EP10)."""

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field, StringConstraints

from api.deps import CurrentDriver, Now, PortsDep, Work
from api.domain.support.billable import Consent, state_at, text_of_consent
from api.models.help_offer import HelpOffer
from api.routes.app.guards import IdempotencyKey
from api.routes.app.shapes import Amount, Moment, PublicId, Shape, decimal_text, example, signed_in
from api.services.drivers.queries import driver_by_id
from api.services.drivers.repeats import begin_once, finish_once
from api.services.support.help_answers import accept_help, decline_help
from api.services.support.help_offers import offer_of_driver, offers_of_case

router = APIRouter(tags=["Help"])
_PATH = "/cases/{case_id}/help-offers"
_PRICE = {"amount_minor": 1900, "currency": "EUR"}
_OFFER = {
    "id": "hof_4d2e",
    "state": "offered",
    "what_for": "A technician comes to free the cable.",
    "amount": _PRICE,
    "vat": {"amount_minor": 303, "currency": "EUR"},
    "vat_percent": "19",
    "text_version": "2026-11",
    "text": "If you accept, the amount shown, VAT included, is taken from your wallet once and you get a receipt.",
    "offered_at": "2026-11-26T14:00:00Z",
    "expires_at": "2026-11-29T14:00:00Z",
    "answered_at": None,
    "receipt_id": None,
}
_ONCE = {"idempotency_key_missing": 400, "request_in_flight": 409, "idempotency_key_reused": 422}
_ANSWER = _ONCE | {"unknown_help_offer": 404, "help_offer_over": 409}


class ShownHelpOffer(Shape):
    """Help at a price: shown whole before anybody agrees to it."""

    model_config = example(_OFFER)
    id: str
    state: str = Field(
        description="`offered`, `accepted` (and paid), `declined`, `lapsed` or `refunded`; new values may come."
    )
    what_for: str
    amount: Amount = Field(description="What is taken from the wallet, VAT included.")
    vat: Amount = Field(description="The VAT inside.")
    vat_percent: str
    text_version: str
    text: str = Field(description="What the driver agrees to; show it with the amount.")
    offered_at: Moment
    expires_at: Moment
    answered_at: Moment | None
    receipt_id: str | None = Field(description="The receipt, at `/v1/receipts/{receipt_id}`.")


class HelpOffers(Shape):
    """The offers in a case, newest first."""

    model_config = example({"help_offers": [_OFFER]})
    help_offers: list[ShownHelpOffer]


class HelpConsent(Shape):
    """What the driver agrees to: the very amount and the version of the text that the app showed."""

    model_config = example({"consent": _PRICE, "text_version": "2026-11"})
    consent: Amount
    text_version: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z.-]{1,20}$")]


@router.get(
    _PATH,
    operation_id="listHelpOffers",
    summary="See help that is offered at a price",
    response_model=HelpOffers,
    responses=signed_in(unknown_help_offer=404),
)
async def get_help_offers(case_id: PublicId, work: Work, now: Now, driver: CurrentDriver) -> HelpOffers:
    """Return what was offered in a case, with the price and the text to agree to in the driver's language."""
    async with work() as db:
        language = (await driver_by_id(db, driver.driver_id)).language
        found = await offers_of_case(db=db, driver_id=driver.driver_id, case_id=case_id)
        return HelpOffers(help_offers=[_shown(each, now, language) for each in found])


@router.post(
    f"{_PATH}/{{offer_id}}/accept",
    operation_id="acceptHelpOffer",
    summary="Agree to pay for help",
    response_model=ShownHelpOffer,
    responses=signed_in(
        **_ANSWER, help_not_payable=409, account_not_activated=403, account_closing=409, help_consent_differs=422
    ),
)
async def post_accept(
    case_id: PublicId,
    offer_id: PublicId,
    body: HelpConsent,
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,
    key: IdempotencyKey,
) -> ShownHelpOffer:
    """Pay for help out of the wallet, once: exactly what was shown, or nothing."""
    who = driver.driver_id
    consent = Consent(body.consent.amount_minor, body.consent.currency, body.text_version)
    request = f"POST /v1/cases/{case_id}/help-offers/{offer_id}/accept\n{body.model_dump_json()}"
    once = {"driver_id": who, "key": key, "request": request}
    whose = {"driver_id": who, "case_id": case_id, "offer_id": offer_id}
    async with work() as db:
        language = (await driver_by_id(db, who)).language
        if await begin_once(db=db, **once) is None:
            await accept_help(db=db, ports=ports, now=now, consent=consent, language=language, **whose)
            await finish_once(db=db, now=now, resource_id=offer_id, **once)
        return _shown(await offer_of_driver(db=db, **whose), now, language)


@router.post(
    f"{_PATH}/{{offer_id}}/decline",
    operation_id="declineHelpOffer",
    summary="Do without paid help",
    response_model=ShownHelpOffer,
    responses=signed_in(**_ANSWER),
)
async def post_decline(
    case_id: PublicId, offer_id: PublicId, work: Work, now: Now, driver: CurrentDriver, key: IdempotencyKey
) -> ShownHelpOffer:
    """Decline; nothing is taken, and the case goes on."""
    who = driver.driver_id
    once = {"driver_id": who, "key": key, "request": f"POST /v1/cases/{case_id}/help-offers/{offer_id}/decline"}
    whose = {"driver_id": who, "case_id": case_id, "offer_id": offer_id}
    async with work() as db:
        language = (await driver_by_id(db, who)).language
        if await begin_once(db=db, **once) is None:
            await decline_help(db=db, now=now, **whose)
            await finish_once(db=db, now=now, resource_id=offer_id, **once)
        return _shown(await offer_of_driver(db=db, **whose), now, language)


def _shown(row: HelpOffer, now: Now, language: str) -> ShownHelpOffer:
    words, _ = text_of_consent(row.text_version, language)
    return ShownHelpOffer(
        id=row.id,
        state=state_at(row.state, row.expires_at, now),
        what_for=row.what_for,
        amount=Amount(amount_minor=row.amount_minor, currency=row.currency),
        vat=Amount(amount_minor=row.vat_minor, currency=row.currency),
        vat_percent=decimal_text(Decimal(row.vat_percent)) or "0",
        text_version=row.text_version,
        text=words,
        offered_at=row.offered_at,
        expires_at=row.expires_at,
        answered_at=row.answered_at,
        receipt_id=row.receipt_id,
    )
