"""Partners: OCPI connections, their endpoints and the two tokens, ours hashed and theirs sealed."""

from datetime import datetime
from typing import Any

from sqlalchemy import false
from sqlmodel import Field, SQLModel

from api.models.columns import documents, maybe_moment, moment


class Partner(SQLModel, table=True):
    """One OCPI connection to a platform or hub."""

    __tablename__ = "partner"
    id: str = Field(primary_key=True)
    name: str
    status: str
    """A word of ``services/roaming/partners.py: PartnerStatus``; only a connected partner is called and quoted."""
    versions_url: str | None = None
    version: str | None = None
    our_token_hash: str | None = Field(default=None, unique=True)
    """SHA-256 (hex) of the token with which the partner calls us."""
    previous_token_hash: str | None = Field(default=None, index=True)
    """The token before the last rotation, accepted until ``previous_token_until``."""
    previous_token_until: datetime | None = maybe_moment()
    pending_token_hash: str | None = Field(default=None, index=True)
    """The token that we are handing out in a rotation: whether the partner has it is not known yet, so it is good."""
    pending_seed: str | None = None
    """What the pending token is derived from with our key, so that it can be sent again; gone once it is known."""
    pending_since: datetime | None = maybe_moment()
    rotating_until: datetime | None = maybe_moment()
    """While somebody rotates, so that nobody else does; a process that dies over it is waited for no longer."""
    token_reading: str | None = None
    """How the partner shows our token, since its first call: ``raw`` or ``base64``. Both stay understood."""
    their_token_sealed: str | None = None
    """The token with which we call the partner, encrypted with a key from settings."""
    raw_token_header: bool = False
    country_code: str = ""
    party_id: str = ""
    """The first CPO role behind the connection; all of them are in ``roles``."""
    hub_country_code: str | None = None
    hub_party_id: str | None = None
    """The hub that the connection goes through, if the partner names one (2.3.0)."""
    parking_reading: str | None = None
    """What the partner means by PARKING_TIME (``ParkingReading``); None: what its version's edition says."""
    may_share_parties: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """Staff allowed this partner to be a party that another connected one is too."""
    contact_email: str | None = None
    """Where we write about their bills; None: nobody told us (``chargehand partner contact``)."""
    roles: list[Any] = documents()
    endpoints: list[Any] = documents()
    created_at: datetime = moment()
    registered_at: datetime | None = maybe_moment()
    locations_pulled_at: datetime | None = maybe_moment()
    tariffs_pulled_at: datetime | None = maybe_moment()
    sessions_pulled_at: datetime | None = maybe_moment()
    cdrs_pulled_at: datetime | None = maybe_moment()
    invoices_pulled_at: datetime | None = maybe_moment()
