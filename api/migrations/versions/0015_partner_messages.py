"""What partners say of sessions and CDRs, kept message by message, and the OCPI version it was said in.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, of which no row is changed; until now everybody spoke 2.2.1."""
    for table in ("partner_session", "cdr"):
        op.add_column(table, sa.Column("version", sa.String(), server_default="2.2.1", nullable=False))
    op.create_table(
        "partner_message",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("module", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("partner_id", sa.String(), sa.ForeignKey("partner.id"), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("raw", sa.String(), nullable=False),
        sa.Column("refusal", sa.String(), nullable=True),
    )
    op.create_index("ix_partner_message_key", "partner_message", ["key"])
    op.execute(
        "CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON partner_message"
        " FOR EACH STATEMENT EXECUTE FUNCTION rows_are_kept()"
    )


def downgrade() -> None:
    """Drop what was kept."""
    op.drop_table("partner_message")
    for table in ("partner_session", "cdr"):
        op.drop_column(table, "version")
