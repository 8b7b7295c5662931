"""A live session as far as it was read, with its charge.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; charges that run meanwhile are read anew from their readings."""
    op.add_column("charging_session", sa.Column("running_state", JSONB(), nullable=True))


def downgrade() -> None:
    """Forget it; the readings are still there."""
    op.drop_column("charging_session", "running_state")
