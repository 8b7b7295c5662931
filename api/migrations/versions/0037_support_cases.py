"""Cases of customers and what happened to each."""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_WORDS = (
    "number",
    "kind",
    "topic",
    "queue",
    "channel",
    "customer_name",
    "language",
    "title",
    "description",
    "priority",
)
_WORDS_AFTER = ("sla_level", "state", "opened_by")
_MAYBE_WORDS = (
    "once_key",
    "driver_id",
    "customer_email",
    "customer_phone",
    "account_number",
    "charging_session_id",
    "location_key",
    "evse_key",
    "partner_id",
    "assignee",
    "closed_as",
    "link_hash",
)
_MOMENTS = ("opened_at", "first_answer_due_at", "level_due_at", "solve_due_at", "expected_at", "updated_at")
_MAYBE_MOMENTS = (
    "handed_over_at",
    "first_answered_at",
    "level_lapsed_at",
    "waiting_since",
    "answer_late_at",
    "solve_late_at",
    "resolved_at",
    "close_due_at",
    "closed_at",
)
_INDEXED = ("customer_email", "driver_id", "charging_session_id", "location_key", "partner_id", "state", "opened_at")
_DUE = (
    ("case_level_due", "level_due_at", "state = 'open'"),
    ("case_answer_due", "first_answer_due_at", "first_answered_at IS NULL"),
    ("case_close_due", "close_due_at", "state = 'resolved'"),
)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), nullable=False)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "support_case",
        _text("id"),
        *(_text(name) for name in (*_WORDS, *_WORDS_AFTER)),
        *(_text(name, nullable=True) for name in _MAYBE_WORDS),
        *(_moment(name) for name in _MOMENTS),
        *(_moment(name, nullable=True) for name in _MAYBE_MOMENTS),
        _json("promise"),
        _json("detail"),
        sa.Column("operated_by_us", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("level", "reopened", "told_up_to", "version")),
        sa.Column("survey_score", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["driver_id"], ["driver.id"]),
        sa.ForeignKeyConstraint(["charging_session_id"], ["charging_session.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("once_key"),
        sa.UniqueConstraint("link_hash"),
    )
    for name in _INDEXED:
        op.create_index(f"ix_support_case_{name}", "support_case", [name])
    for index, name, where in _DUE:
        op.create_index(index, "support_case", [name], postgresql_where=sa.text(where))
    op.create_table(
        "support_case_event",
        sa.Column("id", sa.Integer(), nullable=False),
        _text("case_id"),
        _moment("at"),
        *(_text(name) for name in ("by", "kind", "text")),
        sa.Column("public", sa.Boolean(), nullable=False),
        _json("detail"),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_support_case_event_case_id", "support_case_event", ["case_id"])
    op.execute(
        "CREATE TRIGGER kept_whole BEFORE UPDATE OF id, case_id, at, kind, public OR DELETE OR TRUNCATE"
        " ON support_case_event FOR EACH STATEMENT EXECUTE FUNCTION rows_are_kept()"
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("support_case_event")
    op.drop_table("support_case")
