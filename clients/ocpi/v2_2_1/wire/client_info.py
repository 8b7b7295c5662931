"""ClientInfo on the wire (2.2.1 chapter 14). The specification's own example leaves ``last_updated`` out."""

from typing import Annotated

from msgspec import Meta, Struct

from clients.ocpi.fields import Instant, Text
from clients.ocpi.v2_2_1.wire.token import CountryCode, DateTimeText, PartyCode


class ClientInfo(Struct):
    """One role of a party behind a hub, as the hub tells it."""

    country_code: Text
    party_id: Text
    role: Text
    status: Text
    last_updated: Instant | None = None


class OurClientInfo(Struct, omit_defaults=True):
    """The same as we show it to the hub that told it."""

    country_code: CountryCode
    party_id: PartyCode
    role: Annotated[str, Meta(pattern=r"^[A-Z_]+$")]
    status: Annotated[str, Meta(pattern=r"^[A-Z_]+$")]
    last_updated: DateTimeText
