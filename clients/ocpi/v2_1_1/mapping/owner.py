"""Who owns an object. 2.1.1 does not say it in the object: it is the party of the URL, or the one that was asked."""

from api.domain.ids import PartyId
from clients.ocpi.countries import two_letters
from clients.ocpi.fields import Text
from clients.ocpi.plain import text_or_none
from clients.ocpi.unreadable import Unreadable


def owner_of(country_code: Text | None, party_id: Text | None, owner: PartyId | None) -> PartyId:
    """Return the owner that the object names, as hubs do, else the one to assume; raises Unreadable for neither."""
    country = text_or_none(country_code) or (owner.country_code if owner else None)
    party = text_or_none(party_id) or (owner.party_id if owner else None)
    if country is None or party is None:
        raise Unreadable("country_code: neither sent nor known from elsewhere")
    return PartyId(two_letters(country), party.strip())
