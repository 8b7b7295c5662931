"""What drivers think of their charges.

Revision ID: 0030
Revises: 0029
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "rating",
        sa.Column("driver_id", sa.String(), sa.ForeignKey("driver.id"), primary_key=True),
        sa.Column("subject_kind", sa.String(), primary_key=True),
        sa.Column("subject_id", sa.String(), primary_key=True, index=True),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("comment", sa.String()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("rating")
