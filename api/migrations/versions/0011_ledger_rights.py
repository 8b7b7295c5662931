"""Insert-only by rights: a role that cannot rewrite the books, journals that are closed at their commit, payouts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEPT_SINCE_0003 = ("journal", "ledger_entry", "hold_event", "charging_event")
INSERT_ONLY = (*KEPT_SINCE_0003, "ledger_account", "payout_line")

CLOSED = """
CREATE FUNCTION journal_is_dated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.booked_in := pg_current_xact_id()::text::bigint;
  RETURN NEW;
END $$;
CREATE TRIGGER dated BEFORE INSERT ON journal FOR EACH ROW EXECUTE FUNCTION journal_is_dated();

CREATE FUNCTION entry_is_proper() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM journal WHERE id = NEW.journal_id AND booked_in = pg_current_xact_id()::text::bigint
  ) THEN
    RAISE EXCEPTION 'journal % is closed: nothing is added to it', NEW.journal_id USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM ledger_account WHERE id = NEW.account_id AND currency = NEW.currency) THEN
    RAISE EXCEPTION 'account % is not in %', NEW.account_id, NEW.currency USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER proper BEFORE INSERT ON ledger_entry FOR EACH ROW EXECUTE FUNCTION entry_is_proper();

CREATE FUNCTION journal_must_have_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM ledger_entry WHERE journal_id = NEW.id) THEN
    RAISE EXCEPTION 'journal % is empty', NEW.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER journal_has_entries AFTER INSERT ON journal
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION journal_must_have_entries();

ALTER TABLE ledger_account ADD CONSTRAINT account_is_named_by_its_parts
  CHECK (id = name || ':' || owner || ':' || currency AND currency ~ '^[A-Z]{3}$');
ALTER TABLE ledger_entry ADD CONSTRAINT entry_is_money CHECK (layer IN ('pending', 'posted') AND amount_minor <> 0);
"""

RIGHTS = """
CREATE FUNCTION give_rights(role_name text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  each record;
  use_it text := CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = role_name) THEN
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL;  -- another database of this server was migrated at the same moment
    END;
  END IF;
  IF NOT pg_has_role(session_user, role_name, use_it) THEN
    EXECUTE format('GRANT %I TO %I', role_name, session_user);
  END IF;
  EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', role_name);
  FOR each IN
    SELECT c.oid::regclass AS name, c.relname,
      EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgfoid = 'rows_are_kept'::regproc) AS kept
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  LOOP
    EXECUTE format('REVOKE ALL ON %s FROM %I', each.name, role_name);
    EXECUTE format('GRANT %s ON %s TO %I', CASE
      WHEN each.relname = 'alembic_version' THEN 'SELECT'
      WHEN each.kept THEN 'SELECT, INSERT'
      ELSE 'SELECT, INSERT, UPDATE, DELETE' END, each.name, role_name);
  END LOOP;
  EXECUTE format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO %I', role_name);
END $$;
COMMENT ON FUNCTION give_rights(text) IS
  'What the service may do: all but rewriting tables that rows_are_kept guards. Run again after each upgrade.';
"""


def upgrade() -> None:
    """Add the columns and tables, then the rules on them."""
    op.add_column("journal", sa.Column("reverses_id", sa.String(), sa.ForeignKey("journal.id"), nullable=True))
    op.create_unique_constraint("a_journal_is_reversed_once", "journal", ["reverses_id"])
    op.add_column("journal", sa.Column("reason", sa.String(), nullable=True))
    op.add_column("journal", sa.Column("created_by", sa.String(), nullable=True))
    op.add_column("journal", sa.Column("booked_in", sa.BigInteger(), nullable=True))
    _add_payouts()
    op.execute(CLOSED)
    op.execute(RIGHTS)
    for table in INSERT_ONLY:
        events = "TRUNCATE" if table in KEPT_SINCE_0003 else "UPDATE OR DELETE OR TRUNCATE"
        op.execute(
            f"CREATE TRIGGER kept_whole BEFORE {events} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION rows_are_kept()"
        )


def _add_payouts() -> None:
    op.create_table(
        "payout",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("processor_status", sa.String(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("arrives_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rest_minor", sa.BigInteger(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reconciled_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_payout_seen_at", "payout", ["seen_at"])
    op.create_table(
        "payout_line",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("payout_id", sa.String(), sa.ForeignKey("payout.id"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("payment_intent_id", sa.String(), nullable=True),
        sa.Column("charging_session_id", sa.String(), nullable=True),
        sa.Column("matched_to", sa.String(), nullable=False),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    for column in ("payout_id", "payment_intent_id", "charging_session_id"):
        op.create_index(f"ix_payout_line_{column}", "payout_line", [column])


def downgrade() -> None:
    """Take the rules and the tables away; the role stays, as other databases of the server may use it."""
    for table in INSERT_ONLY:
        op.execute(f"DROP TRIGGER kept_whole ON {table}")
    op.execute("DROP FUNCTION give_rights(text)")
    op.execute("ALTER TABLE ledger_entry DROP CONSTRAINT entry_is_money")
    op.execute("ALTER TABLE ledger_account DROP CONSTRAINT account_is_named_by_its_parts")
    for trigger, table, function in (
        ("journal_has_entries", "journal", "journal_must_have_entries"),
        ("proper", "ledger_entry", "entry_is_proper"),
        ("dated", "journal", "journal_is_dated"),
    ):
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
        op.execute(f"DROP FUNCTION {function}()")
    op.drop_table("payout_line")
    op.drop_table("payout")
    for column in ("booked_in", "created_by", "reason", "reverses_id"):
        op.drop_column("journal", column)
