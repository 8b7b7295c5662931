"""Telling partners of our drivers' passes (OCPI 2.2.1 chapter 12.2.2): what we ask of a partner's tokens module.

Implemented by ``clients/ocpi/pass_sync.py``. The errors are those of ``roaming.py``.
"""

from datetime import datetime
from typing import Protocol

from api.domain.roaming.partner import Peer
from api.domain.roaming.token import DriverToken, TokenType


class PassSync(Protocol):
    """Keeps a partner's copy of our passes; repeating any of it does no harm."""

    async def put_token(self, peer: Peer, token: DriverToken) -> None:
        """Give a whole pass to the partner; raises PartnerUnreachable, PartnerAnsweredBadly."""
        ...

    async def patch_token(
        self, peer: Peer, *, uid: str, token_type: TokenType, valid: bool, last_updated: datetime
    ) -> None:
        """Tell a partner that has the pass whether it is valid; raises PartnerUnreachable, PartnerAnsweredBadly."""
        ...
