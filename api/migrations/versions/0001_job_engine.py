"""Procrastinate's own schema, so that one command migrates everything (house.md D2)."""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the job engine's tables and functions."""
    cursor = op.get_bind().connection.cursor()
    cursor.execute(SchemaManager.get_schema())
    cursor.close()


def downgrade() -> None:
    """Drop the job engine's functions, tables and types."""
    op.execute(
        """
        DO $$ DECLARE thing record; BEGIN
          FOR thing IN SELECT oid::regprocedure AS name FROM pg_proc WHERE proname LIKE 'procrastinate_%' LOOP
            EXECUTE 'DROP FUNCTION IF EXISTS ' || thing.name || ' CASCADE';
          END LOOP;
          FOR thing IN SELECT tablename AS name FROM pg_tables WHERE tablename LIKE 'procrastinate_%' LOOP
            EXECUTE 'DROP TABLE IF EXISTS ' || quote_ident(thing.name) || ' CASCADE';
          END LOOP;
          FOR thing IN
            SELECT typname AS name FROM pg_type WHERE typname LIKE 'procrastinate_%' AND typtype IN ('e', 'c')
          LOOP
            EXECUTE 'DROP TYPE IF EXISTS ' || quote_ident(thing.name) || ' CASCADE';
          END LOOP;
        END $$;
        """
    )
