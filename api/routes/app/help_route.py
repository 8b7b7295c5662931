"""The way to help in its fixed order: the operator, then our answers, then us (CK01); who answers for a site (EP07)."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from api.deps import CurrentDriver, Now, PortsDep, Work
from api.domain.language import language_of, wishes_of
from api.models.charging import ChargingSession
from api.routes.app.diagnosis_shapes import ReadyAction, ShownChainLink
from api.routes.app.etags import NOT_MODIFIED, IfNoneMatch, conditional
from api.routes.app.languages import AcceptLanguage
from api.routes.app.place_shapes import location_key_of
from api.routes.app.shapes import PublicId, Shape, example, signed_in
from api.services.charging.queries import active_charge, charge_of_driver
from api.services.diagnosis.chain import chain_of
from api.services.diagnosis.phase import phase_of
from api.services.drivers.contacts import Contact, Who, contact_for
from api.services.drivers.queries import driver_by_id
from api.services.finding.places import location_by_key

router = APIRouter(tags=["Help"])


class RouteStep(Shape):
    """One way to help, ready to be taken."""

    step: str = Field(description="`operator`, `questions` or `us`, in this order.")
    name: str | None
    action: ReadyAction
    also: list[ReadyAction] = Field(description="Other ways to the same people.")
    form: dict[str, str | None] | None = Field(description="What a form for us begins with.")


class HelpRoute(Shape):
    """The steps in their order: the operator first, the form to us last."""

    model_config = example(
        {
            "steps": [
                {
                    "step": "operator",
                    "name": "Harbor Energy",
                    "action": {
                        "kind": "call",
                        "method": None,
                        "url": None,
                        "phone": "+49 711 0000",
                        "connector_id": None,
                        "label": None,
                    },
                    "also": [],
                    "form": None,
                }
            ]
        }
    )
    steps: list[RouteStep]


class ContactChain(Shape):
    """Who answers for what at a site."""

    model_config = example(
        {
            "contact_chain": [
                {
                    "role": "operator",
                    "answers_for": "The charger and its cable",
                    "name": "Harbor Energy",
                    "phone": "+49 711 0000",
                    "email": None,
                    "website": None,
                }
            ]
        }
    )
    contact_chain: list[ShownChainLink]


@router.get(
    "/help/route",
    operation_id="getHelpRoute",
    summary="Show the way to help",
    response_model=HelpRoute,
    responses=signed_in(unknown_charging_session=404),
)
async def get_route(
    work: Work,
    ports: PortsDep,
    driver: CurrentDriver,
    charging_session_id: Annotated[PublicId | None, Query(description="Null: the charge that runs.")] = None,
) -> HelpRoute:
    """Return the operator with a number to call, our answers for the moment, and a form that is filled in already."""
    async with work() as db:
        who = await driver_by_id(db, driver.driver_id)
        charge = await active_charge(db=db, driver_id=who.id)
        if charging_session_id is not None:
            charge = await charge_of_driver(db=db, driver_id=who.id, charging_session_id=charging_session_id)
        told = await contact_for(
            db=db, policy=ports.policy, driver=who, charging_session_id=charge.id if charge is not None else None
        )
    return HelpRoute(steps=[*_operator(told), _questions(charge), _us(ports.policy.our_name, charge)])


@router.get(
    "/locations/{location_id}/contacts",
    operation_id="listLocationContacts",
    summary="Show who answers for what at a location",
    response_model=ContactChain,
    responses=NOT_MODIFIED | signed_in(unknown_location=404),
)
async def get_contacts(
    location_id: PublicId,
    response: Response,
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,
    accept_language: AcceptLanguage = None,
    if_none_match: IfNoneMatch = None,
) -> ContactChain | Response:
    """Return the operator, the owner of the site where it is known, and us, each with what they answer for."""
    async with work() as db:
        who = await driver_by_id(db, driver.driver_id)
        found = await location_by_key(db=db, policy=ports.policy, now=now, key=location_key_of(location_id))
    language = language_of(*wishes_of(accept_language), who.language)
    response.headers["Content-Language"] = language
    links = [ShownChainLink.of(link, language) for link in chain_of(ports.policy, found.location)]
    return conditional(ContactChain(contact_chain=links), response, if_none_match)


def _operator(told: Contact) -> list[RouteStep]:
    if told.who is not Who.OPERATOR:
        return []
    ways = [
        *([ReadyAction(kind="call", phone=told.phone)] if told.phone else []),
        *([ReadyAction(kind="open", method="GET", url=told.website)] if told.website else []),
    ]
    return [RouteStep(step="operator", name=told.name, action=ways[0], also=ways[1:], form=None)] if ways else []


def _questions(charge: ChargingSession | None) -> RouteStep:
    url = f"/v1/help/articles?phase={phase_of(charge)}"
    return RouteStep(
        step="questions", name=None, action=ReadyAction(kind="request", method="GET", url=url), also=[], form=None
    )


def _us(our_name: str, charge: ChargingSession | None) -> RouteStep:
    known = {} if charge is None else {"charging_session_id": charge.id, "started_at": charge.created_at.isoformat()}
    form: dict[str, str | None] = {"topic": "charging_session" if charge is not None else "app", **known}
    action = ReadyAction(kind="request", method="POST", url="/v1/cases")
    return RouteStep(step="us", name=our_name, action=action, also=[], form=form)
