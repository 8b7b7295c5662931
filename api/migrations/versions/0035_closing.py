"""Accounting periods that are shut by the database itself, what was not finished in them, and what they came to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

# Who books into a period holds its lock together with others until they commit; who shuts it holds it alone. Each query
# of these functions sees what was committed when it began, so what was waited for is seen.
SHUT = """
CREATE FUNCTION period_key(name text) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT hashtextextended('accounting_period/' || name, 0) $$;

CREATE FUNCTION open_period(month text) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  wanted text := month;
BEGIN
  LOOP
    PERFORM pg_advisory_xact_lock_shared(period_key(wanted));
    IF NOT EXISTS (SELECT 1 FROM accounting_period WHERE name = wanted AND state IN ('signed', 'locked')) THEN
      RETURN wanted;
    END IF;
    wanted := to_char(to_date(wanted || '-01', 'YYYY-MM-DD') + interval '1 month', 'YYYY-MM');
  END LOOP;
END $$;

CREATE FUNCTION journal_is_in_open_period() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(period_key(NEW.period));
  IF EXISTS (SELECT 1 FROM accounting_period WHERE name = NEW.period AND state IN ('signed', 'locked')) THEN
    RAISE EXCEPTION 'period % is shut: nothing is booked into it', NEW.period USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER in_open_period BEFORE INSERT ON journal FOR EACH ROW EXECUTE FUNCTION journal_is_in_open_period();

CREATE FUNCTION period_is_shut_alone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'periods are never deleted' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.state IN ('signed', 'locked') AND (TG_OP = 'INSERT' OR OLD.state NOT IN ('signed', 'locked')) THEN
    PERFORM pg_advisory_xact_lock(period_key(NEW.name));
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER shut_alone BEFORE INSERT OR UPDATE OR DELETE ON accounting_period
  FOR EACH ROW EXECUTE FUNCTION period_is_shut_alone();
"""


def upgrade() -> None:
    """Create the tables, then the rules."""
    op.create_table(
        "accounting_period",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("prepared_by", sa.String(), nullable=True),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_by", sa.String(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("frozen", postgresql.JSONB(), nullable=False),
        sa.Column("reports", postgresql.JSONB(), nullable=False),
        sa.Column("events_closing", postgresql.JSONB(), nullable=False),
        sa.Column("reopening_by", sa.String(), nullable=True),
        sa.Column("reopening_reason", sa.String(), nullable=True),
        sa.Column("reopening_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("times_shut", sa.Integer(), nullable=False),
    )
    op.create_table(
        "period_balance",
        sa.Column("period", sa.String(), sa.ForeignKey("accounting_period.name"), primary_key=True),
        sa.Column("account", sa.String(), primary_key=True),
        sa.Column("currency", sa.String(), primary_key=True),
        sa.Column("layer", sa.String(), primary_key=True),
        sa.Column("closing_minor", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "cut_off_item",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("period", sa.String(), sa.ForeignKey("accounting_period.name"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("charging_session_id", sa.String(), nullable=True),
        sa.Column("partner_id", sa.String(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("estimated", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
    )
    op.create_index("ix_cut_off_item_period", "cut_off_item", ["period"])
    op.drop_index("ix_journal_period", table_name="journal")
    op.create_index("journal_by_period", "journal", ["period", "occurred_at", "id"])
    op.create_index("journal_by_time", "journal", ["occurred_at", "id"])
    op.execute("CREATE INDEX hold_events_by_time ON hold_event USING brin (at)")
    op.execute(SHUT)


def downgrade() -> None:
    """Take the rules away, then the tables."""
    op.execute("DROP TRIGGER in_open_period ON journal")
    op.execute("DROP TRIGGER shut_alone ON accounting_period")
    for function in ("journal_is_in_open_period()", "period_is_shut_alone()", "open_period(text)", "period_key(text)"):
        op.execute(f"DROP FUNCTION {function}")
    op.drop_index("hold_events_by_time", table_name="hold_event")
    op.drop_index("journal_by_time", table_name="journal")
    op.drop_index("journal_by_period", table_name="journal")
    op.create_index("ix_journal_period", "journal", ["period"])
    for table in ("cut_off_item", "period_balance", "accounting_period"):
        op.drop_table(table)
