"""Runs of reconciliation with their evidence, and how to find what changed since the last one."""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

CLOSED = """
CREATE FUNCTION run_is_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.state <> 'running' THEN
    RAISE EXCEPTION 'run % has ended: it is never changed or deleted', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER closed BEFORE UPDATE OR DELETE ON reconciliation_run FOR EACH ROW EXECUTE FUNCTION run_is_closed();

CREATE FUNCTION count_reconciliation_scope() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS 'ANALYZE reconciliation_scope';
COMMENT ON FUNCTION count_reconciliation_scope() IS
  'What a run looks at was stored just now, and the planner must know how much it is: only the owner may count.';
"""


def upgrade() -> None:
    """Apply."""
    text, moment = sqlmodel.sql.sqltypes.AutoString(), sa.DateTime(timezone=True)
    listed = postgresql.JSONB(astext_type=sa.Text())
    op.create_table(
        "reconciliation_run",
        sa.Column("id", text, nullable=False),
        sa.Column("kind", text, nullable=False),
        sa.Column("breadth", text, nullable=False),
        sa.Column("charging_session_id", text, nullable=True),
        sa.Column("requested_by", text, nullable=True),
        sa.Column("cut_off_at", moment, nullable=False),
        sa.Column("since_at", moment, nullable=True),
        sa.Column("known_until", moment, nullable=False),
        sa.Column("journals_from", sa.BigInteger(), nullable=False),
        sa.Column("rules", listed, nullable=False),
        sa.Column("state", text, nullable=False),
        sa.Column("started_at", moment, nullable=False),
        sa.Column("finished_at", moment, nullable=True),
        sa.Column("digest", text, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "one_run_at_a_time", "reconciliation_run", ["state"], unique=True, postgresql_where=sa.text("state = 'running'")
    )
    op.create_index("ix_reconciliation_run_started_at", "reconciliation_run", ["started_at"])
    op.create_table(
        "reconciliation_evidence",
        sa.Column("run_id", text, nullable=False),
        sa.Column("reason", text, nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("skipped", text, nullable=True),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("checked", "found", "opened", "reopened", "resolved", "withheld", "milliseconds")
        ),
        sa.Column("digest", text, nullable=False),
        sa.Column("sample", listed, nullable=False),
        sa.Column("recorded_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["reconciliation_run.id"]),
        sa.PrimaryKeyConstraint("run_id", "reason"),
    )
    op.create_table(
        "reconciliation_rule",
        sa.Column("reason", text, nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("withheld", sa.BigInteger(), nullable=False),
        sa.Column("withheld_since", moment, nullable=True),
        sa.Column("sample", listed, nullable=False),
        sa.Column("released_at", moment, nullable=True),
        sa.Column("released_by", text, nullable=True),
        sa.PrimaryKeyConstraint("reason"),
    )
    op.create_table(
        "reconciliation_scope",
        sa.Column("run_id", text, nullable=False),
        sa.Column("kind", text, nullable=False),
        sa.Column("id", text, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["reconciliation_run.id"]),
        sa.PrimaryKeyConstraint("run_id", "kind", "id"),
    )
    op.create_index("ix_journal_booked_in", "journal", ["booked_in"])
    op.create_index("charges_by_change", "charging_session", ["updated_at"], postgresql_using="brin")
    op.create_index("holds_by_change", "hold", ["updated_at"], postgresql_using="brin")
    op.execute(CLOSED)
    op.execute(
        "CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON reconciliation_evidence"
        " FOR EACH STATEMENT EXECUTE FUNCTION rows_are_kept()"
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("holds_by_change", table_name="hold")
    op.drop_index("charges_by_change", table_name="charging_session")
    op.drop_index("ix_journal_booked_in", table_name="journal")
    op.execute("DROP FUNCTION count_reconciliation_scope()")
    op.drop_table("reconciliation_scope")
    op.drop_table("reconciliation_rule")
    op.drop_table("reconciliation_evidence")
    op.drop_table("reconciliation_run")
    op.execute("DROP FUNCTION run_is_closed()")
