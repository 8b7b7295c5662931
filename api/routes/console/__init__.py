"""The console: pages of staff for money and, later, for help. Server-rendered, no build step."""

from api.routes.console.application import create_console

__all__ = ["create_console"]
