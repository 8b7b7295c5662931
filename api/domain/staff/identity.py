"""What an identity provider says of somebody who works here, and what of it is believed.

The provider says who somebody is; who works here and what they may do is said here only.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

SECOND_FACTOR_KEPT = timedelta(hours=12)
"""How long ago a second factor may have been given to the provider: as long as a session of ours lasts."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody as the provider tells them, in a token that was looked at (OpenID Connect Core 2 and 5.1)."""

    subject: str
    """The provider's own name of them, which never changes."""
    email: str
    email_verified: bool
    methods: tuple[str, ...] = ()
    """How they proved who they are (``amr``, RFC 8176)."""
    level: str | None = None
    """How well, in the provider's words (``acr``)."""
    authenticated_at: datetime | None = None
    """When (``auth_time``)."""


@dataclass(frozen=True, slots=True)
class StaffProvider:
    """What of a provider counts here. Where neither methods nor levels are named, our own second factor is asked."""

    name: str
    """As the button says it."""
    methods: frozenset[str] = frozenset()
    """Values of ``amr``, each of which says that a second factor was given."""
    levels: frozenset[str] = frozenset()
    """Values of ``acr`` that say so."""

    @property
    def may_vouch(self) -> bool:
        """Say whether the provider's second factor can stand for ours."""
        return bool(self.methods or self.levels)


def second_factor_given(identity: Identity, provider: StaffProvider, now: datetime) -> bool:
    """Say whether the provider asked for a second factor, in words we were told to trust, and not too long ago."""
    at = identity.authenticated_at
    if at is None or now - at > SECOND_FACTOR_KEPT:
        return False
    return not provider.methods.isdisjoint(identity.methods) or identity.level in provider.levels


def address_of(identity: Identity) -> str | None:
    """Return the address that somebody is known by here; None where the provider does not answer for it.

    Only ASCII is put in lower case: elsewhere two addresses may become one by it.
    """
    address = identity.email.strip()
    fit = address.isascii() and address.isprintable() and bool(address)
    return address.lower() if identity.email_verified and fit else None
