"""What a second person must know: requests keep what they were made upon, and changes of staff wait for one too."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "settlement_request",
        sa.Column("seen", postgresql.JSONB(), nullable=False, server_default=sa.text("'{}'::jsonb")),
    )
    op.alter_column("settlement_request", "seen", server_default=None)
    op.create_table(
        "staff_change",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("staff_id", sa.String(), sa.ForeignKey("staff_member.id"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("roles", postgresql.JSONB(), nullable=False),
        sa.Column("invitation_hash", sa.String(), nullable=True),
        sa.Column("requested_by", sa.String(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
    )
    for column in ("staff_id", "state"):
        op.create_index(f"ix_staff_change_{column}", "staff_change", [column])
    op.drop_column("staff_session", "confirmed_at")


def downgrade() -> None:
    """Take back."""
    op.add_column("staff_session", sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_table("staff_change")
    op.drop_column("settlement_request", "seen")
