"""Requests to unlock, links to a charge's story, owners of sites with their prices and statements."""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _kept(table: str) -> None:
    op.execute(
        f"CREATE TRIGGER kept_whole BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION rows_are_kept()"
    )


def _unlock_requests() -> None:
    op.create_table(
        "unlock_request",
        *(_text(name) for name in ("id", "charging_session_id", "driver_id", "partner_id", "state", "reason")),
        *(_moment(name) for name in ("asked_at", "expires_at")),
        _moment("decided_at", nullable=True),
        *(_text(name, nullable=True) for name in ("decided_by", "command_id", "told")),
        sa.ForeignKeyConstraint(["charging_session_id"], ["charging_session.id"]),
        sa.ForeignKeyConstraint(["driver_id"], ["driver.id"]),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"]),
        sa.ForeignKeyConstraint(["command_id"], ["command.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("command_id"),
    )
    for name in ("charging_session_id", "driver_id", "partner_id"):
        op.create_index(f"ix_unlock_request_{name}", "unlock_request", [name])
    asked = sa.text("state = 'asked'")
    op.create_index(
        "one_open_unlock_request", "unlock_request", ["charging_session_id"], unique=True, postgresql_where=asked
    )
    op.create_index("unlock_untold", "unlock_request", ["asked_at"], postgresql_where=sa.text("told IS NULL"))


def _timeline_links() -> None:
    op.create_table(
        "timeline_link",
        *(_text(name) for name in ("id", "charging_session_id", "secret_hash", "created_by")),
        *(_moment(name) for name in ("created_at", "expires_at")),
        *(_moment(name, nullable=True) for name in ("revoked_at", "last_opened_at")),
        _text("revoked_by", nullable=True),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["charging_session_id"], ["charging_session.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("secret_hash"),
    )
    op.create_index("ix_timeline_link_charging_session_id", "timeline_link", ["charging_session_id"])


def _owners() -> None:
    op.create_table(
        "site_owner",
        *(_text(name) for name in ("id", "name", "street", "postal_code", "city", "country", "statement_series")),
        _text("vat_id", nullable=True),
        sa.Column("fee_percent", sa.Numeric(), nullable=False),
        _moment("created_at"),
        _text("created_by"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("statement_series"),
    )
    op.create_table(
        "owned_site",
        *(_text(name) for name in ("id", "owner_id", "location_key")),
        sa.Column("operated_by_us", sa.Boolean(), nullable=False),
        _moment("since"),
        _moment("until", nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["site_owner.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for name in ("owner_id", "location_key"):
        op.create_index(f"ix_owned_site_{name}", "owned_site", [name])
    still = sa.text("until IS NULL")
    op.create_index("one_owner_at_a_time", "owned_site", ["location_key"], unique=True, postgresql_where=still)
    op.add_column("staff_member", _text("owner_id", nullable=True))
    op.create_foreign_key("staff_member_owner_id_fkey", "staff_member", "site_owner", ["owner_id"], ["id"])
    op.create_index("ix_staff_member_owner_id", "staff_member", ["owner_id"])


def _prices() -> None:
    op.add_column("retail_terms", _text("location_key", nullable=True))
    op.create_table(
        "owner_price",
        *(_text(name) for name in ("terms_id", "owner_id", "location_key", "set_by")),
        _moment("set_at"),
        sa.ForeignKeyConstraint(["terms_id"], ["retail_terms.id"]),
        sa.ForeignKeyConstraint(["owner_id"], ["site_owner.id"]),
        sa.PrimaryKeyConstraint("terms_id"),
    )
    for name in ("owner_id", "location_key"):
        op.create_index(f"ix_owner_price_{name}", "owner_price", [name])
    _kept("owner_price")


def _money(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def _statements() -> None:
    op.create_table(
        "owner_statement",
        *(_text(name) for name in ("number", "owner_id", "period", "currency", "issued_by", "sha256")),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.Column("energy_kwh", sa.Numeric(), nullable=False),
        *_money("gross_minor", "net_minor", "vat_minor", "fee_minor", "fee_vat_minor", "payout_minor"),
        _moment("issued_at"),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["site_owner.id"]),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("owner_id", "period", "currency", name="one_statement_a_month"),
    )
    op.create_index("ix_owner_statement_owner_id", "owner_statement", ["owner_id"])
    op.create_table(
        "owner_statement_line",
        *(_text(name) for name in ("statement_number", "charging_session_id", "kind", "location_key")),
        _text("corrects", nullable=True),
        sa.Column("energy_kwh", sa.Numeric(), nullable=False),
        *_money("gross_minor", "net_minor", "vat_minor"),
        sa.ForeignKeyConstraint(["statement_number"], ["owner_statement.number"]),
        sa.ForeignKeyConstraint(["corrects"], ["owner_statement.number"]),
        sa.ForeignKeyConstraint(["charging_session_id"], ["charging_session.id"]),
        sa.PrimaryKeyConstraint("statement_number", "charging_session_id"),
    )
    op.create_index("ix_owner_statement_line_charging_session_id", "owner_statement_line", ["charging_session_id"])
    for table in ("owner_statement", "owner_statement_line"):
        _kept(table)


def upgrade() -> None:
    """Apply."""
    _unlock_requests()
    _timeline_links()
    _owners()
    _prices()
    _statements()


def downgrade() -> None:
    """Take back."""
    for table in ("owner_statement_line", "owner_statement", "owner_price"):
        op.drop_table(table)
    op.drop_column("retail_terms", "location_key")
    op.drop_column("staff_member", "owner_id")
    for table in ("owned_site", "site_owner", "timeline_link", "unlock_request"):
        op.drop_table(table)
