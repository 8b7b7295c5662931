"""What the letter for a driver's bank says about a hold: that it is over, or still open, and what the bank may do.

A shop releases a hold at once, the bank may show it for days; with the processor's references a bank finds it.
Does not live here: the words and the page (``clients/documents``).
"""

from dataclasses import dataclass
from datetime import datetime

from api.domain.finance.issuer import Issuer
from api.domain.money import Money


@dataclass(frozen=True, slots=True)
class HoldLetter:
    """The facts of one hold, for the bank that issued the card. Moments are aware; times are told in ``time_zone``."""

    language: str
    issuer: Issuer
    driver_name: str
    written_at: datetime
    time_zone: str
    place: str
    authorized: Money
    captured: Money
    placed_at: datetime
    released_at: datetime | None
    """When we let go of what was not captured; None: the hold is open."""
    expires_at: datetime | None
    """When the promise ends by itself at the latest."""
    card_brand: str | None
    card_last4: str | None
    payment_intent_id: str
    charge_id: str | None = None
    """The processor's id of the authorization on the card network's side (``ch_...``)."""
    charging_session_id: str | None = None

    @property
    def released(self) -> Money:
        """Return what goes back to the card: nothing was taken of it."""
        return self.authorized - self.captured
