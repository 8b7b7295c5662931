"""Partners' own JSON of places, runs of pulls, and places that wait to be fetched.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def _text(name: str, *more: object, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), *more, nullable=nullable)  # type: ignore[arg-type]  # passed on


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, MOMENT, nullable=nullable)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def upgrade() -> None:
    """Add columns and tables; the next pull of every partner is a whole one, so that its JSON is kept."""
    for table in ("location", "evse", "connector"):
        op.add_column(table, _text("raw", nullable=True))
        op.add_column(table, _text("version", nullable=True))
    for table in ("location", "evse"):
        op.add_column(table, _moment("own_updated", nullable=True))
    for table in ("evse", "connector"):
        op.add_column(table, sa.Column("position", sa.Integer(), nullable=True))
    op.add_column("tariff", _text("version", nullable=True))
    op.add_column("tariff", sa.Column("missed_pulls", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE partner SET locations_pulled_at = NULL")
    op.create_table(
        "pull_run",
        _text("id"),
        _text("partner_id", sa.ForeignKey("partner.id")),
        *(_text(name) for name in ("module", "claim")),
        *(_moment(name, nullable=True) for name in ("since", "partner_at")),
        _text("next_link", nullable=True),
        _number("pages"),
        sa.Column("total", sa.Integer(), nullable=True),
        *(_number(name) for name in ("stored", "removed", "problems", "doubtful")),
        *(_moment(name) for name in ("started_at", "updated_at")),
        _moment("finished_at", nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_pull_run_partner_id"), "pull_run", ["partner_id"])
    op.create_table(
        "pull_listed",
        _text("run_id", sa.ForeignKey("pull_run.id", ondelete="CASCADE")),
        _text("key"),
        sa.PrimaryKeyConstraint("run_id", "key"),
    )
    op.create_table(
        "awaited_place",
        _text("key"),
        _text("partner_id", sa.ForeignKey("partner.id")),
        *(_text(name) for name in ("country_code", "party_id", "location_id")),
        _text("evse_uid", nullable=True),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        _moment("since"),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(op.f("ix_awaited_place_partner_id"), "awaited_place", ["partner_id"])


def downgrade() -> None:
    """Drop them; what partners sent can be pulled again."""
    for table in ("awaited_place", "pull_listed", "pull_run"):
        op.drop_table(table)
    op.drop_column("tariff", "missed_pulls")
    op.drop_column("tariff", "version")
    for table in ("evse", "connector"):
        op.drop_column(table, "position")
    for table in ("location", "evse"):
        op.drop_column(table, "own_updated")
    for table in ("location", "evse", "connector"):
        op.drop_column(table, "version")
        op.drop_column(table, "raw")
