"""Whose an object is: what it says, else what is known from the address it came to or the peer it was pulled from.

Holds nothing else. Country codes and party ids are compared without case, so they leave here in upper case.
"""

from api.domain.ids import PartyId
from clients.ocpi.countries import two_letters
from clients.ocpi.plain import needed, text_or_none


def owner_of(country_code: str | None, party_id: str | None, otherwise: PartyId | None) -> PartyId:
    """Return the owner; raises Unreadable where neither the object nor ``otherwise`` names one."""
    country = text_or_none(country_code) or (otherwise.country_code if otherwise else None)
    party = text_or_none(party_id) or (otherwise.party_id if otherwise else None)
    return PartyId(
        two_letters(country or needed(None, "country_code")), (party or needed(None, "party_id")).strip().upper()
    )
