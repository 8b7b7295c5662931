"""Troubles of drivers and how far each is."""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=nullable)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "diagnosis",
        *(_text(name) for name in ("id", "driver_id", "symptom", "language", "state", "step")),
        *(
            _text(name, nullable=True)
            for name in ("charging_session_id", "location_key", "connector_id", "why", "solved_by", "case_id")
        ),
        *(sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), nullable=False) for name in ("checks", "tried")),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in ("created_at", "updated_at")),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["driver_id"], ["driver.id"]),
        sa.ForeignKeyConstraint(["charging_session_id"], ["charging_session.id"]),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for name in ("driver_id", "charging_session_id", "location_key", "created_at"):
        op.create_index(f"ix_diagnosis_{name}", "diagnosis", [name])


def downgrade() -> None:
    """Take back."""
    op.drop_table("diagnosis")
