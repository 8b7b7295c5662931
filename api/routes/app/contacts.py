"""Whom to ask about a badge or a charger."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from api.deps import CurrentDriver, Now, PortsDep, Work
from api.domain.language import spoken_of
from api.routes.app.directory_shapes import LINE_EXAMPLE, DirectoryLine
from api.routes.app.shapes import PublicId, Shape, Text, example, signed_in
from api.services.directory.best import always_open_contact
from api.services.drivers.contacts import Channel, contact_for, country_of_charge
from api.services.drivers.queries import driver_by_id

router = APIRouter(tags=["Help"])


class ShownContact(Shape):
    """Whom to ask, and why them."""

    model_config = example(
        {
            "who": "issuer",
            "why": "badge_of_issuer",
            "name": "Northern Charging Cards",
            "phone": "+33 1 0000",
            "email": None,
            "website": "https://cards.example",
            "always_open": LINE_EXAMPLE,
        }
    )
    who: str = Field(description="`fleet_manager`, `issuer`, `operator` or `us`; new values may come.")
    why: str = Field(description="New values may come.")
    name: str | None
    phone: str | None
    email: str | None
    website: str | None
    always_open: DirectoryLine | None = Field(
        description="Answered day and night in the country of the charge, in the driver's language where there is one."
    )


@router.get(
    "/help/contact",
    operation_id="getHelpContact",
    summary="Tell whom to ask",
    response_model=ShownContact,
    responses=signed_in(),
)
async def get_contact(
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,
    channel: Annotated[Channel | None, Query(description="How the driver charges.")] = None,
    token_uid: Annotated[Text | None, Query(description="What a phone reads from the badge.")] = None,
    contract_id: Annotated[Text | None, Query(description="What is printed on it.", examples=["FR-XYZ-C123"])] = None,
    charging_session_id: Annotated[PublicId | None, Query(description="Null: the newest charge.")] = None,
) -> ShownContact:
    """Return the fleet manager for a fleet's badge, its issuer for another, the operator for the app and the rest."""
    async with work() as db:
        me = await driver_by_id(db, driver.driver_id)
        found = await contact_for(
            db=db,
            policy=ports.policy,
            driver=me,
            channel=channel,
            token_uid=token_uid,
            contract_id=contract_id,
            charging_session_id=charging_session_id,
        )
        line = await always_open_contact(
            db,
            country=await country_of_charge(db=db, driver=me, charging_session_id=charging_session_id),
            languages=[spoken_of(me.language)],
            now=now,
            hotline=ports.policy.hotline,
        )
    return ShownContact(
        who=found.who,
        why=found.why,
        name=found.name,
        phone=found.phone,
        email=found.email,
        website=found.website,
        always_open=DirectoryLine.of(line, None) if line is not None else None,
    )
