"""The error raised when a partner's payload cannot be read. Stands alone so that every floor here may raise it."""

from api.domain.errors import Invalid


class Unreadable(Invalid):
    """A partner's payload cannot be understood. Fact ``reason`` names the field and the problem (OCPI 2001)."""

    def __init__(self, reason: str) -> None:
        """Keep ``reason``, for example ``elements[0].price_components[1].price: not a number``."""
        super().__init__("ocpi_unreadable", reason=reason)
        self.reason = reason


class NotJson(Unreadable):
    """The body is no JSON at all, or JSON we refuse (NaN, absurd numbers or nesting): HTTP 400 for a receiver."""
