"""Articles that help, their revisions and texts, and what readers made of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "article",
        sa.Column("slug", sa.String(), primary_key=True),
        sa.Column("published", sa.Integer(), nullable=True),
        sa.Column("latest", sa.Integer(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("file_digest", sa.String(), nullable=True),
    )
    op.create_table(
        "article_revision",
        sa.Column("slug", sa.String(), sa.ForeignKey("article.slug"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("pinned", sa.Integer(), nullable=True),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.Column("published_at", _MOMENT, nullable=True),
    )
    op.create_table(
        "article_text",
        sa.Column("slug", sa.String(), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("language", sa.String(), primary_key=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(["slug", "number"], ["article_revision.slug", "article_revision.number"]),
    )
    op.create_index("article_words", "article_text", ["words"], postgresql_using="gin")
    op.create_table(
        "article_reading",
        sa.Column("slug", sa.String(), sa.ForeignKey("article.slug"), primary_key=True),
        sa.Column("reader", sa.String(), primary_key=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.Column("solved", sa.Boolean(), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("voted_at", _MOMENT, nullable=True),
        sa.Column("went_on_at", _MOMENT, nullable=True),
        sa.Column("case_id", sa.String(), nullable=True),
    )
    op.create_index("ix_article_reading_reader", "article_reading", ["reader"])
    op.create_index("ix_article_reading_opened_at", "article_reading", ["opened_at"])


def downgrade() -> None:
    """Take back."""
    for table in ("article_reading", "article_text", "article_revision", "article"):
        op.drop_table(table)
