"""Runs of reconciliation: what each looked at, what every rule found, and which rules are held back."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from api.models.columns import documents, maybe_moment, minor, moment


class ReconciliationRun(SQLModel, table=True):
    """One run over the rules. Closed once it ended: nothing of it changes any more."""

    __tablename__ = "reconciliation_run"
    id: str = Field(primary_key=True)
    kind: str
    """``nightly``, ``on_demand`` or ``charge``."""
    breadth: str
    """``full``, ``changes`` or ``charge``: how much it looks at."""
    charging_session_id: str | None = None
    """The one charge that it looks at."""
    requested_by: str | None = None
    cut_off_at: datetime = moment()
    """The moment that it speaks for."""
    since_at: datetime | None = maybe_moment()
    """Changes from this moment on were looked at; None: everything was."""
    known_until: datetime = moment()
    """Up to when both sides were known: the cut-off, or less where the copy of the processor's objects lags."""
    journals_from: int = minor()
    """Transactions from this one on may have booked after its beginning."""
    rules: list[str] = documents()
    """The reasons of its rules, in their order."""
    state: str
    """``running`` or ``done``; one that a dead process left is taken up by the next."""
    started_at: datetime = moment()
    finished_at: datetime | None = maybe_moment()
    digest: str | None = None
    """SHA-256 over the evidence of all rules."""

    __table_args__ = (
        Index("one_run_at_a_time", "state", unique=True, postgresql_where=text("state = 'running'")),
        Index("ix_reconciliation_run_started_at", "started_at"),
    )


class ReconciliationEvidence(SQLModel, table=True):
    """What one rule looked at and found in one run, also where it found nothing. Insert-only."""

    __tablename__ = "reconciliation_evidence"
    run_id: str = Field(primary_key=True, foreign_key="reconciliation_run.id")
    reason: str = Field(primary_key=True)
    whole: bool
    """It looked at everything and not only at changes."""
    skipped: str | None = None
    """Why it could not look at all; None: it did."""
    checked: int = minor()
    found: int = minor()
    opened: int = minor()
    reopened: int = minor()
    resolved: int = minor()
    withheld: int = minor()
    """New findings that were not opened, because there were too many."""
    milliseconds: int = minor()
    digest: str
    """SHA-256 over subjects and amounts of everything found."""
    sample: list[Any] = documents()
    """The first of them."""
    recorded_at: datetime = moment()


class ReconciliationRule(SQLModel, table=True):
    """Where a rule stands between runs."""

    __tablename__ = "reconciliation_rule"
    reason: str = Field(primary_key=True)
    whole: bool
    """Its last look missed nothing: looking at changes is enough from there."""
    withheld: int = minor()
    """New findings that wait for somebody to let them through."""
    withheld_since: datetime | None = maybe_moment()
    sample: list[Any] = documents()
    """The first subjects of what waits."""
    released_at: datetime | None = maybe_moment()
    """Somebody looked: the next run opens them, however many."""
    released_by: str | None = None


class ReconciliationScope(SQLModel, table=True):
    """What a run under way looks at, where that is not everything; emptied at its end."""

    __tablename__ = "reconciliation_scope"
    run_id: str = Field(primary_key=True, foreign_key="reconciliation_run.id")
    kind: str = Field(primary_key=True)
    """``charge``, ``payment`` (the processor's id), ``driver`` or ``subject`` (of an open finding)."""
    id: str = Field(primary_key=True)
