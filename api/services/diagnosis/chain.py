"""Who answers for what at a site, by role: money we, the charger its operator, the site its owner (EP07, EP09)."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from api.domain.roaming.website import website_of
from api.models.location import LocationRow
from api.ports.policy import ServicePolicy
from api.services.drivers.contacts import Contact, Who


class ChainRole(StrEnum):
    """Roles, in the order in which a driver turns to them."""

    OPERATOR = "operator"
    ISSUER = "issuer"
    OWNER = "owner"
    PLATFORM = "platform"


@dataclass(frozen=True, slots=True)
class ChainLink:
    """Somebody who answers for something, and how to reach them."""

    role: ChainRole
    name: str | None
    phone: str | None = None
    email: str | None = None
    website: str | None = None


def chain_of(
    policy: ServicePolicy, location: LocationRow | None, operator: Contact | None = None, issuer: Contact | None = None
) -> tuple[ChainLink, ...]:
    """Return who answers for a site: the operator first, we last; whom nobody told us of is left out."""
    links = [_operator(location, operator), _issuer(issuer), _owner(location)]
    ours = ChainLink(
        ChainRole.PLATFORM,
        policy.our_name,
        policy.hotline or policy.issuer.phone,
        policy.issuer.email,
        policy.our_website,
    )
    return (*(link for link in links if link is not None), ours)


def _operator(location: LocationRow | None, told: Contact | None) -> ChainLink | None:
    if location is not None and (location.operator_name or location.help_phone or location.operator_website):
        reach = (location.operator_name, location.help_phone, None, location.operator_website)
        return ChainLink(ChainRole.OPERATOR, *reach)
    if told is not None and told.who is Who.OPERATOR:
        return ChainLink(ChainRole.OPERATOR, told.name, told.phone, told.email, told.website)
    return None


def _issuer(told: Contact | None) -> ChainLink | None:
    if told is None:
        return None
    return ChainLink(ChainRole.ISSUER, told.name, told.phone, told.email, told.website)


def _owner(location: LocationRow | None) -> ChainLink | None:
    """Return the site's owner as the partner told it (OCPI 2.2.1 chapter 8.3.1, ``owner``): a name and a website."""
    told = _told(location).get("owner")
    if not isinstance(told, dict) or not isinstance(told.get("name"), str):
        return None
    return ChainLink(ChainRole.OWNER, told["name"], website=website_of(told.get("website")))


def _told(location: LocationRow | None) -> dict[str, Any]:
    if location is None or not location.raw:
        return {}
    told = json.loads(location.raw)
    return told if isinstance(told, dict) else {}
