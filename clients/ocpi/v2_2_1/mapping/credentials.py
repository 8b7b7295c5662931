"""Credentials of 2.2.1 read and written (chapter 7)."""

import re

from api.domain.ids import PartyId
from api.domain.roaming.partner import MarketRole, OurIdentity, PartyRole, PeerCredentials
from clients.ocpi.countries import two_letters
from clients.ocpi.fields import read_as, write_as
from clients.ocpi.plain import known, needed, text_or_none
from clients.ocpi.unreadable import Unreadable
from clients.ocpi.v2_2_1.wire import credentials as wire

_TOKEN = re.compile(r"[\x21-\x7e]{1,500}")


def read_credentials(raw: object) -> PeerCredentials:
    """Read a peer's Credentials; a role we do not know is ``other``. Raises Unreadable."""
    sent = read_as(wire.Credentials, raw)
    token = sent.token.strip()
    if not _TOKEN.fullmatch(token):
        raise Unreadable("token: not printable text without spaces")
    if not sent.roles:
        raise Unreadable("roles: empty")
    return PeerCredentials(
        token=str(token),
        versions_url=needed(sent.url, "url"),
        roles=tuple(_role(role) for role in sent.roles),
    )


def _role(sent: wire.CredentialsRole) -> PartyRole:
    party = PartyId(
        country_code=two_letters(needed(sent.country_code, "roles.country_code")),
        party_id=needed(sent.party_id, "roles.party_id"),
    )
    name = text_or_none(sent.business_details.name) if sent.business_details else None
    website = text_or_none(sent.business_details.website) if sent.business_details else None
    return PartyRole(
        role=known(MarketRole, sent.role, MarketRole.OTHER), party=party, name=name or str(party), website=website
    )


def write_credentials(our_token: str, ours: OurIdentity) -> dict[str, object]:
    """Write our Credentials with the token handed out to this peer; raises Unwritable."""
    role = wire.OurRole(
        role="EMSP",
        business_details=wire.OurBusinessDetails(name=ours.name, website=ours.website),
        party_id=ours.party.party_id,
        country_code=ours.party.country_code,
    )
    return write_as(wire.OurCredentials(token=our_token, url=ours.versions_url, roles=[role]))
