"""Contacts for everybody, without an account: the directory by place, and the best line to call at this moment.

Where the driver stands at a charger, its operator comes first: nobody can do more there.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from api.deps import Now, PortsDep, Work
from api.domain.language import language_of
from api.domain.support.contact import ContactRole
from api.domain.support.countries import Region
from api.routes.app.directory_shapes import CONTACT_EXAMPLE, LINE_EXAMPLE, DirectoryContact, DirectoryLine
from api.routes.app.etags import NOT_MODIFIED, IfNoneMatch, conditional
from api.routes.app.guards import Caller
from api.routes.app.languages import AcceptLanguage
from api.routes.app.place_shapes import LOCATION_EXAMPLE, Operator
from api.routes.app.rate_limits import tell_allowance
from api.routes.app.shapes import Shape, Text, example, problems
from api.routes.app.support_answers import Asked, AskedPlace, CountryCode, alpha2, named, place_of, tell_language
from api.routes.app.support_texts import line_text, operator_text
from api.services.directory.best import BestContact, NoContact, best_contacts
from api.services.directory.queries import list_contacts, products_of
from api.services.drivers.attempts import count_attempt, lookups

router = APIRouter(tags=["Help"])


class Contacts(Shape):
    """The directory by region and country."""

    model_config = example({"contacts": [CONTACT_EXAMPLE], "products": ["home_flex"]})
    contacts: list[DirectoryContact]
    products: list[str] = Field(description="Products with lines of their own, to be asked for by `product`.")


class ShownBest(Shape):
    """Whom to call now: the operator of the charger first, then our lines, the best first."""

    model_config = example(
        {
            "operator": LOCATION_EXAMPLE["operator"],
            "operator_text": "Call Harbor Energy first: the operator can do most at the charger.",
            "best": LINE_EXAMPLE,
            "text": "Somebody answers day and night.",
            "others": [],
        }
    )
    operator: Operator | None = Field(description="Set where a location was named.")
    operator_text: str | None
    best: DirectoryLine | None = Field(description="Null: there is only the operator.")
    text: str | None
    others: list[DirectoryLine] = Field(description="The other lines of the country, in their order.")

    @classmethod
    def of(cls, place: AskedPlace, found: list[BestContact], zone: str | None, language: str) -> "ShownBest":
        """Return the shape of what was found; raises NoContact."""
        if not found and place.operator is None:
            raise NoContact("no_contact")
        lines = [DirectoryLine.of(each, zone) for each in found]
        return cls(
            operator=place.operator,
            operator_text=operator_text(place.operator.name, language) if place.operator else None,
            best=lines[0] if lines else None,
            text=line_text(found[0], lines[0].time_zone, language) if found else None,
            others=lines[1:],
        )


@router.get(
    "/support/contacts",
    operation_id="listSupportContacts",
    summary="List contacts",
    response_model=Contacts,
    responses=NOT_MODIFIED | problems(too_many_attempts=429),
)
async def get_contacts(
    request: Request,
    response: Response,
    work: Work,
    ports: PortsDep,
    now: Now,
    caller: Caller,
    region: Region | None = None,
    country: Annotated[CountryCode | None, Query(description="ISO 3166.", examples=["AT"])] = None,
    role: ContactRole | None = None,
    product: Annotated[Text | None, Query(description="Null: lines for everybody.", examples=["home_flex"])] = None,
    if_none_match: IfNoneMatch = None,
) -> Contacts | Response:
    """Return the lines for everybody, or those of a product, with what a caller meets on each now."""
    tell_allowance(request, await count_attempt(work=work, policy=ports.policy, now=now, limits=lookups(caller)))
    async with work() as db:
        found = await list_contacts(
            db=db, now=now, region=region, country=alpha2(country), role=role, product=named(product)
        )
        products = await products_of(db=db)
    shown = Contacts(contacts=[DirectoryContact.of(each) for each in found], products=products)
    return conditional(shown, response, if_none_match)


@router.get(
    "/support/best",
    operation_id="getBestContact",
    summary="Find the best line to call now",
    response_model=ShownBest,
    responses=NOT_MODIFIED
    | problems(no_contact=404, unknown_location=404, unknown_time_zone=422, country_missing=422, too_many_attempts=429),
)
async def get_best(
    request: Request,
    response: Response,
    work: Work,
    ports: PortsDep,
    now: Now,
    caller: Caller,
    asked: Annotated[Asked, Depends()],
    accept_language: AcceptLanguage = None,
    if_none_match: IfNoneMatch = None,
) -> ShownBest | Response:
    """Return the operator of the charger and our lines: open before closed, then by language, then by cost."""
    tell_allowance(request, await count_attempt(work=work, policy=ports.policy, now=now, limits=lookups(caller)))
    languages, zone, hotline = asked.languages(accept_language), asked.zone(), ports.policy.hotline
    async with work() as db:
        place = await place_of(db, ports.policy, now, asked)
        found = await best_contacts(
            db,
            country=place.country,
            role=asked.role,
            languages=languages,
            now=now,
            product=named(asked.product),
            hotline=hotline,
        )
    language = language_of(*languages)
    tell_language(response, language)
    return conditional(ShownBest.of(place, found, zone, language), response, if_none_match)
