"""The error raised when a version has no such message. Stands alone, so that every version may raise it."""

from api.domain.errors import NotFound


class NotInThisVersion(NotFound):
    """This OCPI version has no such message. Facts: ``version``, ``message``."""
