"""Numbered papers with their PDFs, mails about them, and fleets that pay for drivers.

Revision ID: 0009
Revises: 0008
"""

import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INSERT_ONLY = ("receipt", "receipt_file")
MOMENT = sa.DateTime(timezone=True)

NUMBER_THE_OLD = """
UPDATE receipt SET number = 'OLD-' || n.year || '-' || lpad(n.count::text, 6, '0'), cause_type = 'charging_session',
  cause_id = receipt.charging_session_id || ':' || receipt.revision, currency = receipt.document->>'currency',
  total_minor = (receipt.document->>'total_minor')::bigint, replaces_id = receipt.document->>'replaces'
FROM (SELECT id, extract(year FROM issued_at AT TIME ZONE 'UTC')::int AS year, row_number() OVER (
  PARTITION BY extract(year FROM issued_at AT TIME ZONE 'UTC') ORDER BY issued_at, id) AS count FROM receipt) n
WHERE n.id = receipt.id
"""


def upgrade() -> None:
    """Create the tables; receipts from before get numbers of a series of their own."""
    op.add_column("driver", sa.Column("time_zone", sa.String(), nullable=True))
    _fleets()
    _receipts()
    _beside_receipts()
    for table in INSERT_ONLY:
        op.execute(
            f"CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION rows_are_kept()"
        )


def _fleets() -> None:
    op.create_table(
        "fleet_account",
        *(sa.Column(name, sa.String(), nullable=False) for name in ("id", "name", "street", "postal_code", "city")),
        sa.Column("country", sa.String(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=True) for name in ("vat_id", "email", "reference")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("currency", "language")),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "fleet_member",
        sa.Column("driver_id", sa.String(), sa.ForeignKey("driver.id"), nullable=False),
        sa.Column("fleet_account_id", sa.String(), sa.ForeignKey("fleet_account.id"), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("driver_id"),
    )
    op.create_index(op.f("ix_fleet_member_fleet_account_id"), "fleet_member", ["fleet_account_id"])


def _receipts() -> None:
    added = ("number", "cause_type", "cause_id", "currency", "sha256")
    op.add_column("receipt", sa.Column("kind", sa.String(), nullable=False, server_default="receipt"))
    op.add_column("receipt", sa.Column("language", sa.String(), nullable=False, server_default="en"))
    for name in added:
        op.add_column("receipt", sa.Column(name, sa.String(), nullable=True))
    op.add_column("receipt", sa.Column("total_minor", sa.BigInteger(), nullable=True))
    op.add_column("receipt", sa.Column("fleet_account_id", sa.String(), sa.ForeignKey("fleet_account.id")))
    op.add_column("receipt", sa.Column("replaces_id", sa.String(), sa.ForeignKey("receipt.id")))
    op.add_column("receipt", sa.Column("credits_id", sa.String(), sa.ForeignKey("receipt.id")))
    op.execute(NUMBER_THE_OLD)
    _hash_the_old()
    for name in (*added, "total_minor"):
        op.alter_column("receipt", name, nullable=False)
    for name in ("kind", "language"):
        op.alter_column("receipt", name, server_default=None)
    for name in ("charging_session_id", "driver_id"):
        op.alter_column("receipt", name, nullable=True)
    op.create_unique_constraint("receipt_number_key", "receipt", ["number"])
    op.create_unique_constraint("a_cause_is_written_once", "receipt", ["kind", "cause_type", "cause_id"])
    op.create_index(op.f("ix_receipt_fleet_account_id"), "receipt", ["fleet_account_id"])


def _hash_the_old() -> None:
    """Store the digests of the documents there are, as ``domain/finance/paper.py`` computes them."""
    connection = op.get_bind()
    for row in connection.execute(sa.text("SELECT id, document FROM receipt")).all():
        spelled = json.dumps(row.document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        digest = hashlib.sha256(spelled.encode()).hexdigest()
        connection.execute(sa.text("UPDATE receipt SET sha256 = :d WHERE id = :id"), {"d": digest, "id": row.id})


def _beside_receipts() -> None:
    op.create_table(
        "receipt_file",
        sa.Column("receipt_id", sa.String(), sa.ForeignKey("receipt.id"), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("receipt_id"),
    )
    op.create_table(
        "paper_counter",
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("series"),
    )
    op.create_table(
        "mail_outbox",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("receipt_id", sa.String(), sa.ForeignKey("receipt.id"), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("purpose", "to_address", "outcome")),
        sa.Column("detail", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("next_attempt_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("receipt_id", "purpose", name="one_mail_per_purpose"),
    )
    op.create_index(op.f("ix_mail_outbox_next_attempt_at"), "mail_outbox", ["next_attempt_at"])


def downgrade() -> None:
    """Drop them; papers without a charge go, and receipts keep what they had before."""
    for table in INSERT_ONLY:
        op.execute(f"DROP TRIGGER kept ON {table}")
    for table in ("mail_outbox", "paper_counter", "receipt_file"):
        op.drop_table(table)
    op.execute("UPDATE receipt SET replaces_id = NULL, credits_id = NULL")
    op.execute("DELETE FROM receipt WHERE kind <> 'receipt'")
    for name in ("charging_session_id", "driver_id"):
        op.alter_column("receipt", name, nullable=False)
    for name in (
        "kind", "number", "language", "cause_type", "cause_id", "currency", "total_minor", "sha256",
        "fleet_account_id", "replaces_id", "credits_id",
    ):  # fmt: skip
        op.drop_column("receipt", name)
    op.drop_table("fleet_member")
    op.drop_table("fleet_account")
    op.drop_column("driver", "time_zone")
