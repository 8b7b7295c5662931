"""Complaints of drivers, the evidence frozen with each, rulings; credits that put a bill right."""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

_KEPT = ("complaint_bundle", "complaint_ruling")


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _json(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), nullable=nullable)


def _minor(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _complaint() -> None:
    op.create_table(
        "complaint",
        *(_text(name) for name in ("id", "driver_id", "cause", "charger", "operator", "currency", "text", "language")),
        _text("state"),
        _text("case_id", nullable=True),
        _text("charging_session_id", nullable=True),
        *(_minor(name) for name in ("charged_minor", "expected_minor")),
        *(_moment(name) for name in ("happened_at", "opened_at", "looked_at")),
        *(_moment(name, nullable=True) for name in ("decided_at", "objected_at")),
        *(_json(name, nullable=True) for name in ("triage", "pending")),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"]),
        sa.ForeignKeyConstraint(["driver_id"], ["driver.id"]),
        sa.ForeignKeyConstraint(["charging_session_id"], ["charging_session.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_id"),
    )
    for name in ("driver_id", "charging_session_id", "state", "opened_at"):
        op.create_index(f"ix_complaint_{name}", "complaint", [name])
    undecided = "charging_session_id IS NOT NULL AND state IN ('waiting', 'with_agent', 'approval')"
    op.create_index(
        "one_undecided_complaint",
        "complaint",
        ["charging_session_id"],
        unique=True,
        postgresql_where=sa.text(undecided),
    )
    waits = sa.text("state IN ('waiting', 'approval')")
    op.create_index("undecided_complaints", "complaint", ["state", "looked_at"], postgresql_where=waits)


def upgrade() -> None:
    """Apply."""
    op.add_column("credit", _minor("corrects_minor", nullable=True))
    _complaint()
    op.create_table(
        "complaint_bundle",
        _text("complaint_id"),
        _moment("taken_at"),
        _json("facts"),
        _text("sha256"),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"]),
        sa.PrimaryKeyConstraint("complaint_id"),
    )
    op.create_table(
        "complaint_ruling",
        *(_text(name) for name in ("id", "complaint_id", "by", "ruling", "reason", "text", "answer")),
        _moment("at"),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        _json("figures"),
        _minor("granted_minor"),
        _text("credit_id", nullable=True),
        _text("cause_key", nullable=True),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"]),
        sa.ForeignKeyConstraint(["credit_id"], ["credit.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("credit_id"),
        sa.UniqueConstraint("cause_key"),
    )
    op.create_index("ix_complaint_ruling_complaint_id", "complaint_ruling", ["complaint_id"])
    for table in _KEPT:
        op.execute(
            f"CREATE TRIGGER kept_whole BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION rows_are_kept()"
        )


def downgrade() -> None:
    """Take back."""
    for table in ("complaint_ruling", "complaint_bundle", "complaint"):
        op.drop_table(table)
    op.drop_column("credit", "corrects_minor")
