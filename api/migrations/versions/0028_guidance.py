"""What guides a driver through a charge: what is kept of it on the charge, and how long things usually take.

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, the table, and the index by which charges at one location are found."""
    guidance = sa.Column("guidance", JSONB(), nullable=False, server_default=sa.text("'{}'::jsonb"))
    op.add_column("charging_session", guidance)
    live = sa.text("final_at IS NULL AND freed_at IS NULL")
    op.create_index("live_charge_at_location", "charging_session", ["location_key"], postgresql_where=live)
    op.create_table(
        "learned_time",
        sa.Column("scope", sa.String(), primary_key=True),
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("usual_s", sa.Integer(), nullable=False),
        sa.Column("late_s", sa.Integer(), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("learned_time")
    op.drop_index("live_charge_at_location", table_name="charging_session")
    op.drop_column("charging_session", "guidance")
