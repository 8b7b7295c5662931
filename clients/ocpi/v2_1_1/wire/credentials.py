"""Version details and Credentials on the wire (2.1.1 version_information_endpoint, credentials): no roles in either."""

from typing import Annotated

from msgspec import Meta, Struct

from clients.ocpi.fields import Text
from clients.ocpi.location_parts import SentBusiness
from clients.ocpi.v2_1_1.wire.command import Url


class Credentials(Struct):
    """A peer's Credentials."""

    token: Text
    url: Text
    party_id: Text
    country_code: Text
    business_details: SentBusiness | None = None


class OurBusinessDetails(Struct, omit_defaults=True):
    """How we are called."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    website: Url | None = None


class OurCredentials(Struct):
    """Our Credentials; the token is printable and has no spaces."""

    token: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")]
    url: Url
    business_details: OurBusinessDetails
    party_id: Annotated[str, Meta(pattern=r"^[A-Z0-9]{3}$")]
    country_code: Annotated[str, Meta(pattern=r"^[A-Z]{2}$")]


class OurEndpoint(Struct):
    """One endpoint of ours."""

    identifier: Annotated[str, Meta(min_length=1)]
    url: Url


class OurVersion(Struct):
    """Our version details."""

    version: str
    endpoints: list[OurEndpoint]
