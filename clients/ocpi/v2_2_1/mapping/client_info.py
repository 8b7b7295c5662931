"""ClientInfo of hubs read, and written as we hold it (2.2.1 chapter 14)."""

from api.domain.ids import PartyId
from api.domain.roaming.hub import ClientInfo, ConnectionStatus
from api.domain.roaming.partner import MarketRole
from clients.ocpi.countries import two_letters
from clients.ocpi.fields import read_as, write_as, write_instant
from clients.ocpi.plain import at_or_none, known, needed
from clients.ocpi.v2_2_1.wire import client_info as wire


def read_client_info(raw: object) -> ClientInfo:
    """Read a ClientInfo; a role or status that we do not know is ``other``. Raises Unreadable."""
    sent = read_as(wire.ClientInfo, raw)
    party = PartyId(two_letters(needed(sent.country_code, "country_code")), needed(sent.party_id, "party_id"))
    return ClientInfo(
        party=party,
        role=known(MarketRole, sent.role, MarketRole.OTHER),
        status=known(ConnectionStatus, sent.status, ConnectionStatus.OTHER),
        last_updated=at_or_none(sent.last_updated),
    )


def write_client_info(info: ClientInfo) -> dict[str, object]:
    """Write a stored ClientInfo, which has its moment; raises Unwritable."""
    if info.last_updated is None:
        raise ValueError("a stored ClientInfo has a moment")
    return write_as(
        wire.OurClientInfo(
            country_code=info.party.country_code,
            party_id=info.party.party_id,
            role=info.role.upper(),
            status=info.status.upper(),
            last_updated=write_instant(info.last_updated),
        )
    )
