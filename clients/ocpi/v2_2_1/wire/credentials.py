"""Versions, version details and Credentials on the wire (2.2.1 chapters 6 and 7). Credentials are read and written."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from clients.ocpi.fields import Text
from clients.ocpi.location_parts import SentBusiness
from clients.ocpi.v2_2_1.wire.command import Url
from clients.ocpi.v2_2_1.wire.token import CountryCode, PartyCode


class CredentialsRole(Struct):
    """One role of a peer."""

    role: Text
    party_id: Text
    country_code: Text
    business_details: SentBusiness | None = None


class Credentials(Struct):
    """A peer's Credentials."""

    token: Text
    url: Text
    roles: list[CredentialsRole]


class OurBusinessDetails(Struct, omit_defaults=True):
    """How we are called."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    website: Url | None = None


class OurRole(Struct):
    """Our one role."""

    role: Literal["EMSP"]
    business_details: OurBusinessDetails
    party_id: PartyCode
    country_code: CountryCode


class OurCredentials(Struct):
    """Our Credentials; the token is printable and has no spaces."""

    token: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")]
    url: Url
    roles: list[OurRole]


class OurEndpoint(Struct):
    """One endpoint of ours."""

    identifier: Annotated[str, Meta(min_length=1)]
    role: str
    url: Url


class OurVersion(Struct):
    """Our version details."""

    version: str
    endpoints: list[OurEndpoint]
