"""What a partner means by PARKING_TIME, with the connection and with each charge.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; charges of before are read as most partners mean it."""
    op.add_column("partner", sa.Column("parking_reading", sa.String(), nullable=True))
    op.add_column(
        "charging_session",
        sa.Column("parking_reading", sa.String(), nullable=False, server_default="not_requesting_power"),
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_column("charging_session", "parking_reading")
    op.drop_column("partner", "parking_reading")
