"""What staff arrange around cases: visits and links; and what their lists are searched by."""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "support_visit",
        _text("id"),
        _text("case_id"),
        sa.Column("slots", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("participants", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        _moment("proposed_at"),
        _text("proposed_by"),
        *(_moment(name, nullable=True) for name in ("starts_at", "ends_at", "accepted_at", "replaced_at")),
        _text("accepted_by", nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_support_visit_case_id", "support_visit", ["case_id"])
    op.create_index(
        "one_visit_at_a_time",
        "support_visit",
        ["case_id"],
        unique=True,
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.create_table(
        "support_case_link",
        sa.Column("id", sa.Integer(), nullable=False),
        _text("case_id"),
        _text("kind"),
        _text("target_id"),
        _moment("at"),
        _text("by"),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_id", "kind", "target_id", name="a_link_once"),
    )
    op.create_index("ix_support_case_link_target_id", "support_case_link", ["target_id"])
    op.create_index("case_events_by_person", "support_case_event", ["by", "case_id"])
    op.create_index("cases_by_name", "support_case", [sa.text("lower(customer_name)")])


def downgrade() -> None:
    """Take back."""
    op.drop_index("cases_by_name", "support_case")
    op.drop_index("case_events_by_person", "support_case_event")
    op.drop_table("support_case_link")
    op.drop_table("support_visit")
