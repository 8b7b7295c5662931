"""Credentials of 2.1.1 read and written (credentials): one party, which for a peer of ours is a CPO."""

import re

from api.domain.ids import PartyId
from api.domain.roaming.partner import MarketRole, OurIdentity, PartyRole, PeerCredentials
from clients.ocpi.countries import two_letters
from clients.ocpi.fields import read_as, write_as
from clients.ocpi.location_parts import business
from clients.ocpi.plain import needed
from clients.ocpi.unreadable import Unreadable
from clients.ocpi.v2_1_1.wire import credentials as wire

_TOKEN = re.compile(r"[\x21-\x7e]{1,500}")


def read_credentials(raw: object) -> PeerCredentials:
    """Read a peer's Credentials; raises Unreadable."""
    sent = read_as(wire.Credentials, raw)
    token = sent.token.strip()
    if not _TOKEN.fullmatch(token):
        raise Unreadable("token: not printable text without spaces")
    party = PartyId(
        country_code=two_letters(needed(sent.country_code, "country_code")),
        party_id=needed(sent.party_id, "party_id").strip(),
    )
    details = business(sent.business_details)
    role = PartyRole(
        role=MarketRole.CPO,
        party=party,
        name=details.name if details else str(party),
        website=details.website if details else None,
    )
    return PeerCredentials(token=str(token), versions_url=needed(sent.url, "url"), roles=(role,))


def write_credentials(our_token: str, ours: OurIdentity) -> dict[str, object]:
    """Write our Credentials with the token handed out to this peer; raises Unwritable."""
    return write_as(
        wire.OurCredentials(
            token=our_token,
            url=ours.versions_url,
            business_details=wire.OurBusinessDetails(name=ours.name, website=ours.website),
            party_id=ours.party.party_id,
            country_code=ours.party.country_code,
        )
    )
