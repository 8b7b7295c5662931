"""What is written to partners about findings: letters that wait to be mailed, and what came of each."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from api.models.columns import maybe_moment, moment


class PartnerLetter(SQLModel, table=True):
    """A mail to a partner: written in the transaction in which staff sent it off, handed over by a job."""

    __tablename__ = "partner_letter"
    id: str = Field(primary_key=True)
    request_key: str = Field(unique=True)
    """The finding and the request of the page: a form that is sent twice writes once."""
    mismatch_id: str = Field(foreign_key="mismatch.id", index=True)
    partner_id: str = Field(foreign_key="partner.id", index=True)
    to_address: str
    subject: str
    text: str
    written_by: str
    outcome: str = "waiting"
    """``waiting``, then ``sent``, ``not_sent`` (nothing to send with), ``refused`` or ``given_up``."""
    detail: str | None = None
    """The server's words, or the reason."""
    attempts: int = 0
    created_at: datetime = moment()
    next_attempt_at: datetime | None = maybe_moment(index=True)
    """When a sweep tries again; None once there is an outcome."""
    finished_at: datetime | None = maybe_moment()
