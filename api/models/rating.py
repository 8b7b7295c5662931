"""What drivers think of things: of a charge of theirs, of an article they read; one rating a driver and thing."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from api.models.columns import moment


class Rating(SQLModel, table=True):
    """One driver's rating of one thing."""

    __tablename__ = "rating"
    driver_id: str = Field(primary_key=True, foreign_key="driver.id")
    subject_kind: str = Field(primary_key=True)
    """``charging_session``; articles will be ``article``."""
    subject_id: str = Field(primary_key=True, index=True)
    """The id of the charge, or of the article."""
    score: int
    """1 to 5."""
    comment: str | None = None
    created_at: datetime = moment()
    updated_at: datetime = moment()
