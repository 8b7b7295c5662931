"""Accounts: devices, mailed links and letters, shared counts of attempts, exports, account numbers.

Revision ID: 0024
Revises: 0023
"""

import secrets

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_ACCOUNT = "kind = 'account'"
# As in api/domain/account_number.py on the day of this migration.
_DAMM = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip


def _moment(name: str, *, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _text(name: str, *more: sa.ForeignKey, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(), *more, nullable=null)


def upgrade() -> None:
    """Add the columns and tables; every account gets its number, every family of tokens its device."""
    op.add_column("driver", sa.Column("units", sa.String(), nullable=False, server_default="metric"))
    op.add_column("driver", _text("account_number", null=True))
    op.add_column("driver", _moment("activated_at", null=True))
    op.add_column("driver", _moment("closing_at", null=True))
    _give_numbers()
    op.create_unique_constraint("driver_account_number_key", "driver", ["account_number"])
    op.create_index("ix_driver_closing_at", "driver", ["closing_at"])
    op.execute("UPDATE driver SET activated_at = created_at WHERE kind = 'account' AND status = 'active'")
    op.drop_index("one_account_per_email", table_name="driver")
    standing = sa.text(f"{_ACCOUNT} AND status <> 'pending'")
    op.create_index("one_account_per_email", "driver", ["email"], unique=True, postgresql_where=standing)
    _add_devices()
    _add_letters()
    _add_account_tables()


def _give_numbers() -> None:
    connection, given = op.get_bind(), set()
    for (driver_id,) in connection.execute(sa.text("SELECT id FROM driver WHERE kind = 'account'")).all():
        number = _fresh_number()
        while number in given:
            number = _fresh_number()
        given.add(number)
        connection.execute(
            sa.text("UPDATE driver SET account_number = :number WHERE id = :id"), {"number": number, "id": driver_id}
        )


def _fresh_number() -> str:
    digits, interim = f"{secrets.randbelow(10**9):09d}", 0
    for digit in digits:
        interim = int(_DAMM[interim][int(digit)])
    whole = f"{digits}{interim}"
    return f"{whole[:5]}-{whole[5:]}"


def _add_devices() -> None:
    op.create_table(
        "device",
        sa.Column("id", sa.String(), primary_key=True),
        _text("driver_id", sa.ForeignKey("driver.id")),
        _text("name", null=True),
        _moment("created_at"),
        _moment("last_seen_at"),
        _moment("expires_at"),
        _moment("signed_out_at", null=True),
    )
    op.create_index("ix_device_driver_id", "device", ["driver_id"])
    op.execute(
        "INSERT INTO device SELECT family_id, min(driver_id), NULL, min(created_at), max(created_at), max(expires_at),"
        " max(revoked_at) FROM refresh_token GROUP BY family_id"
    )


def _add_letters() -> None:
    op.create_table(
        "account_link",
        sa.Column("id", sa.String(), primary_key=True),
        _text("driver_id", sa.ForeignKey("driver.id")),
        _text("purpose"),
        _text("address"),
        sa.Column("token_hash", sa.String(), nullable=False, unique=True),
        _moment("created_at"),
        _moment("expires_at"),
        _moment("used_at", null=True),
        _moment("replaced_at", null=True),
    )
    op.create_index("ix_account_link_driver_id", "account_link", ["driver_id"])
    op.create_index("ix_account_link_address", "account_link", ["address"])
    op.create_table(
        "letter",
        sa.Column("id", sa.String(), primary_key=True),
        _text("driver_id", sa.ForeignKey("driver.id")),
        _text("to_address"),
        _text("template"),
        _text("language"),
        sa.Column("facts", JSONB(), nullable=False),
        _text("link_id", sa.ForeignKey("account_link.id"), null=True),
        _text("outcome"),
        _text("detail", null=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        _moment("created_at"),
        _moment("next_attempt_at", null=True),
        _moment("finished_at", null=True),
    )
    op.create_index("ix_letter_driver_id", "letter", ["driver_id"])
    op.create_index("ix_letter_next_attempt_at", "letter", ["next_attempt_at"])


def _add_account_tables() -> None:
    op.create_table(
        "account_request",
        sa.Column("id", sa.String(), primary_key=True),
        _text("kind"),
        _text("address"),
        _text("driver_id", sa.ForeignKey("driver.id"), null=True),
        _moment("created_at"),
    )
    op.create_index("ix_account_request_driver_id", "account_request", ["driver_id"])
    op.create_index("ix_account_request_created_at", "account_request", ["created_at"])
    op.create_table(
        "attempt_count",
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("made", sa.Integer(), nullable=False),
        _moment("until"),
    )
    op.create_index("ix_attempt_count_until", "attempt_count", ["until"])
    op.create_table(
        "data_export",
        sa.Column("id", sa.String(), primary_key=True),
        _text("driver_id", sa.ForeignKey("driver.id")),
        _moment("requested_at"),
        _moment("ready_at", null=True),
        _moment("expires_at", null=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        _text("sha256", null=True),
    )
    op.create_index("ix_data_export_driver_id", "data_export", ["driver_id"])
    op.create_index("ix_data_export_expires_at", "data_export", ["expires_at"])


def downgrade() -> None:
    """Drop them; pending accounts must be gone where two share an address."""
    for table in ("data_export", "attempt_count", "account_request", "letter", "account_link", "device"):
        op.drop_table(table)
    op.drop_index("one_account_per_email", table_name="driver")
    op.create_index("one_account_per_email", "driver", ["email"], unique=True, postgresql_where=sa.text(_ACCOUNT))
    op.drop_index("ix_driver_closing_at", table_name="driver")
    for column in ("closing_at", "activated_at", "account_number", "units"):
        op.drop_column("driver", column)
