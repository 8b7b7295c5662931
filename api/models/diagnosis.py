"""Drivers in trouble: what they see, what was checked, and what they were told to do in which order."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from api.models.columns import documents, maybe_moment, moment


class DiagnosisRow(SQLModel, table=True):
    """One trouble of a driver, from what they see to what helped or who took over."""

    __tablename__ = "diagnosis"
    id: str = Field(primary_key=True)
    driver_id: str = Field(foreign_key="driver.id", index=True)
    symptom: str
    """A value of ``Symptom`` (``domain/support/diagnose.py``)."""
    charging_session_id: str | None = Field(default=None, foreign_key="charging_session.id", index=True)
    location_key: str | None = Field(default=None, index=True)
    connector_id: str | None = None
    """The public id."""
    language: str
    state: str
    """``running``, ``solved`` or ``handed_over``."""
    checks: list[Any] = documents()
    """What the checks came to last."""
    tried: list[Any] = documents()
    """Steps that the driver says were done, with when."""
    step: str
    """What is to be done now."""
    why: str | None = None
    """The check that it follows from."""
    not_before: datetime | None = maybe_moment()
    """Until then the step is a wait."""
    solved_by: str | None = None
    """The step that helped."""
    case_id: str | None = Field(default=None, foreign_key="support_case.id")
    created_at: datetime = moment(index=True)
    updated_at: datetime = moment()
