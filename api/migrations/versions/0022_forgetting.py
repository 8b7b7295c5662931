"""What partners said is forgotten after a time, and one that is refused over and over is counted.

Messages stay insert-only for the service, whose role may not delete them: it calls a function that takes only old ones
behind no open or disputed charge.

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

GUARD = """
CREATE FUNCTION messages_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('chargehand.forgetting', true) IS DISTINCT FROM 'on' THEN
    RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
"""
FORGET = """
CREATE FUNCTION forget_partner_messages(before timestamptz, most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  forgotten integer;
BEGIN
  PERFORM set_config('chargehand.forgetting', 'on', true);
  DELETE FROM partner_message WHERE id IN (
    SELECT m.id FROM partner_message m
    WHERE m.received_at < least(before, now() - interval '90 days') AND NOT EXISTS (
      SELECT 1 FROM charging_session c
      WHERE (c.partner_session_key = m.key OR c.id IN (SELECT charging_session_id FROM cdr WHERE cdr.key = m.key)
          OR c.id IN (SELECT charging_session_id FROM partner_session s WHERE s.key = m.key))
        AND (c.final_at IS NULL OR EXISTS (
          SELECT 1 FROM dispute d
          WHERE d.charging_session_id = c.id AND d.status NOT IN ('inquiry_closed', 'won', 'lost')
        ))
    ) LIMIT most
  );
  GET DIAGNOSTICS forgotten = ROW_COUNT;
  PERFORM set_config('chargehand.forgetting', 'off', true);
  RETURN forgotten;
END $$;
COMMENT ON FUNCTION forget_partner_messages(timestamptz, integer) IS
  'Deletes old messages behind no open or disputed charge; never one of the last 90 days, whatever is asked for.';
"""
EVERYTHING_ELSE = (
    "CREATE TRIGGER kept BEFORE UPDATE OR TRUNCATE ON partner_message"
    " FOR EACH STATEMENT EXECUTE FUNCTION rows_are_kept()"
)
DELETING = (
    "CREATE TRIGGER kept_young BEFORE DELETE ON partner_message FOR EACH STATEMENT EXECUTE FUNCTION messages_are_kept()"
)


def upgrade() -> None:
    """Add the table of repetitions, the index by age, and the one way to delete messages."""
    op.create_table(
        "message_repetition",
        sa.Column(
            "message_id", sa.BigInteger(), sa.ForeignKey("partner_message.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("messages_by_age", "partner_message", ["received_at"], postgresql_using="brin")
    op.execute("DROP TRIGGER kept ON partner_message")
    for statement in (GUARD, FORGET, EVERYTHING_ELSE, DELETING):
        op.execute(statement)


def downgrade() -> None:
    """Keep messages for ever again."""
    op.execute("DROP TRIGGER kept_young ON partner_message")
    op.execute("DROP TRIGGER kept ON partner_message")
    op.execute("DROP FUNCTION forget_partner_messages(timestamptz, integer)")
    op.execute("DROP FUNCTION messages_are_kept()")
    op.execute(
        "CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON partner_message"
        " FOR EACH STATEMENT EXECUTE FUNCTION rows_are_kept()"
    )
    op.drop_index("messages_by_age", table_name="partner_message")
    op.drop_table("message_repetition")
