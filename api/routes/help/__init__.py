"""Help as pages for a browser, ``/help``: articles by phase, found by words, with a vote that needs no account."""

from api.routes.help.application import create_help_pages

__all__ = ["create_help_pages"]
