"""Migrations: the newest schema is what the tables say, and there is one line of versions."""

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from tests.house.source import ROOT


def _config(url: str = "") -> Config:
    """Return Alembic's configuration, for the database at ``url``."""
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("script_location", str(ROOT / "api" / "migrations"))
    config.cmd_opts = type("Options", (), {"x": [f"url={url}"]})()
    return config


def test_the_migrations_are_current(database_url: str) -> None:
    """On a freshly migrated database Alembic finds nothing to add: raises when a table has no migration yet."""
    command.check(_config(database_url))


def test_the_migrations_are_one_line() -> None:
    """One head and one base: two branches would leave it open what a database looks like."""
    scripts = ScriptDirectory.from_config(_config())
    assert (len(scripts.get_heads()), len(scripts.get_bases())) == (1, 1)
