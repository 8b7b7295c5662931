"""The directory of contacts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    at = sa.DateTime(timezone=True)
    op.create_table(
        "contact_number",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("e164", sa.String(), nullable=False, unique=True),
        sa.Column("created_at", at, nullable=False),
    )
    op.create_table(
        "directory_entry",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("number_id", sa.String(), sa.ForeignKey("contact_number.id"), nullable=False, index=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=True, index=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("product", sa.String(), nullable=True),
        sa.Column("toll", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("hours", sa.String(), nullable=True),
        sa.Column("original_text", sa.String(), nullable=False),
        sa.Column("doubts", JSONB(), nullable=False),
        sa.Column("imported", JSONB(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column("withdrawn_at", at, nullable=True),
        sa.Column("updated_at", at, nullable=False),
        sa.UniqueConstraint("source", "key"),
    )
    op.create_table(
        "directory_revision",
        sa.Column("entry_id", sa.String(), sa.ForeignKey("directory_entry.id"), primary_key=True),
        sa.Column("revision", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", at, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("content", JSONB(), nullable=False),
    )
    op.create_table(
        "directory_import",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("at", at, nullable=False, index=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("rows", "numbers", "added", "changed", "unchanged", "withdrawn")
        ),
        sa.Column("doubts", JSONB(), nullable=False),
    )


def downgrade() -> None:
    """Take back."""
    for table in ("directory_import", "directory_revision", "directory_entry", "contact_number"):
        op.drop_table(table)
