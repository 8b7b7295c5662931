"""Our own prices: the book of retail rules, and the rule of each quote and charge as a snapshot."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEEP = """
CREATE FUNCTION retail_terms_only_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR to_jsonb(NEW) - 'ends_at' <> to_jsonb(OLD) - 'ends_at' THEN
    RAISE EXCEPTION 'retail terms are ended, never changed or deleted' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON retail_terms FOR EACH ROW EXECUTE FUNCTION retail_terms_only_end();
"""


def upgrade() -> None:
    """Create the book and the columns of the snapshots."""
    op.create_table(
        "retail_terms",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("country_code", sa.String(), nullable=True),
        sa.Column("party_id", sa.String(), nullable=True),
        sa.Column("country", sa.String(), nullable=True),
        sa.Column("tariff_id", sa.String(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("markup_percent", sa.Numeric(), nullable=False),
        sa.Column("session_fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("minute_fee", sa.Numeric(), nullable=False),
        sa.Column("free_minutes", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.execute(KEEP)
    for table in ("quote", "charging_session"):
        op.add_column(table, sa.Column("retail", JSONB(), nullable=True))


def downgrade() -> None:
    """Drop them."""
    for table in ("quote", "charging_session"):
        op.drop_column(table, "retail")
    op.drop_table("retail_terms")
    op.execute("DROP FUNCTION retail_terms_only_end()")
