"""Rules that the database itself keeps: journals balance, histories are insert-only (payments.md 5.1)."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSERT_ONLY = ("journal", "ledger_entry", "hold_event", "charging_event")

BALANCE = """
CREATE FUNCTION journal_must_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM ledger_entry WHERE journal_id = NEW.journal_id
    GROUP BY layer, currency HAVING sum(amount_minor) <> 0
  ) THEN
    RAISE EXCEPTION 'journal % does not balance', NEW.journal_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER journal_balances AFTER INSERT ON ledger_entry
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION journal_must_balance();
"""

KEEP = """
CREATE FUNCTION rows_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$;
"""


def upgrade() -> None:
    """Create the triggers."""
    op.execute(BALANCE)
    op.execute(KEEP)
    for table in INSERT_ONLY:
        op.execute(
            f"CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION rows_are_kept()"
        )


def downgrade() -> None:
    """Drop the triggers."""
    for table in INSERT_ONLY:
        op.execute(f"DROP TRIGGER kept ON {table}")
    op.execute("DROP FUNCTION rows_are_kept()")
    op.execute("DROP TRIGGER journal_balances ON ledger_entry")
    op.execute("DROP FUNCTION journal_must_balance()")
