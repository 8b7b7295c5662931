"""Asking somebody else who a person is: an identity provider that speaks OpenID Connect.

The person's browser is sent to ``address`` and comes back with a code, which ``identify`` turns into who they are.
Does not live here: who works here and may come in (``services/staff/provider_sign_in.py``).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from api.domain.errors import Refused, Upstream
from api.domain.staff.identity import Identity


class IdentityRefused(Refused):
    """What the provider or the browser brought proves nothing. Fact: ``reason``, for the log and not for the page."""


class IdentityUnavailable(Upstream):
    """The provider cannot be reached, or is not set up as it says. Fact: ``answer``."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One trip of a browser to the provider and back."""

    state: str
    """Comes back with the browser: the trip began here."""
    nonce: str
    """Comes back in the signed token: it was made for this trip."""
    verifier: str
    """Goes with the code: whoever else has the code can do nothing with it (PKCE, RFC 7636)."""
    redirect_uri: str


class IdentityProvider(Protocol):
    """Says who somebody is."""

    async def address(self, errand: Errand, *, fresh: bool) -> str:
        """Return where to send the browser; ``fresh``: the provider tells when it last asked for proof.

        Raises IdentityUnavailable.
        """
        ...

    async def identify(self, errand: Errand, *, code: str, now: datetime) -> Identity:
        """Return who came back with ``code``, at wall time ``now``; raises IdentityRefused, IdentityUnavailable."""
        ...

    def speaks_for(self, issuer: str | None) -> bool:
        """Say whether an answer that names its issuer (RFC 9207), or does not, can be of this provider."""
        ...
