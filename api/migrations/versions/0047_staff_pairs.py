"""What a second person must know: requests keep what they were made upon, and changes of staff wait for one too."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0047"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "settlement_request",
        sa.Column("seen", postgresql.JSONB(), nullable=False, server_default=sa.text("'{}'::jsonb")),
    )
    op.alter_column("settlement_request", "seen", server_default=None)


def downgrade() -> None:
    """Take back."""
    op.drop_column("settlement_request", "seen")
