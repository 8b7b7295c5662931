"""People who work here: finance, support, operators' agents, auditors; and where they are signed in."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from api.models.columns import documents, maybe_moment, moment


class StaffMember(SQLModel, table=True):
    """Somebody who may sign in to the console. Never deleted: what they decided bears their name."""

    __tablename__ = "staff_member"
    id: str = Field(primary_key=True)
    email: str = Field(unique=True)
    """In lower case."""
    name: str
    """How decisions are signed."""
    name_key: str = Field(unique=True)
    """The name as it is compared, so that nobody signs as somebody else."""
    roles: list[str] = documents()
    """Values of ``Role`` (``domain/staff/roles.py``)."""
    partner_id: str | None = Field(default=None, foreign_key="partner.id", index=True)
    """Of an operator's agent: whose chargers."""
    owner_id: str | None = Field(default=None, foreign_key="site_owner.id", index=True)
    """Of an owner's person: whose sites."""
    password_hash: str | None = None
    """Argon2id; None until the first sign-in sets one, or where another provider signs in."""
    totp_secret: str | None = None
    """Sealed; None until the second factor is set up."""
    totp_step: int | None = None
    """The last time step whose code was used: each counts once (RFC 6238 5.2)."""
    status: str = "invited"
    """``unconfirmed``, ``invited``, ``active`` or ``disabled``."""
    invitation_hash: str | None = Field(default=None, unique=True)
    """SHA-256 of the secret that sets the first password, or a new one."""
    invited_until: datetime | None = maybe_moment()
    created_at: datetime = moment()
    created_by: str
    signed_in_at: datetime | None = maybe_moment()


class StaffChange(SQLModel, table=True):
    """An invitation or roles that somebody asked for and somebody else must agree to."""

    __tablename__ = "staff_change"
    id: str = Field(primary_key=True)
    staff_id: str = Field(foreign_key="staff_member.id", index=True)
    kind: str
    """``invited``, ``invited_again`` or ``roles``."""
    roles: list[str] = documents()
    """Those that are wanted, or that an invitation is to."""
    invitation_hash: str | None = None
    """Of an invitation: what becomes the member's once somebody agreed."""
    requested_by: str
    requested_at: datetime = moment()
    expires_at: datetime = moment()
    state: str = Field(index=True)
    """Of ``RequestState`` (``services/charging/approvals.py``)."""
    decided_by: str | None = None
    decided_at: datetime | None = maybe_moment()


class StaffSession(SQLModel, table=True):
    """One browser in which somebody signed in; its secret is stored as a hash only."""

    __tablename__ = "staff_session"
    id: str = Field(primary_key=True)
    """SHA-256 of the cookie's secret in hexadecimal."""
    staff_id: str = Field(foreign_key="staff_member.id", index=True)
    step: str
    """``password``: the second factor is still asked for; ``set_up``: it must be set up; ``full``."""
    new_totp_secret: str | None = None
    """Sealed, while it is being set up."""
    created_at: datetime = moment()
    seen_at: datetime = moment()
    expires_at: datetime = moment(index=True)
    ended_at: datetime | None = maybe_moment()
