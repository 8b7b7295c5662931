"""The one error of the pricing domain: input that cannot be priced, with the reason and the facts."""

from api.domain.errors import Invalid


class PricingRefused(Invalid):
    """Periods, readings or a time zone make no sense; ``reason`` is a stable code, ``facts`` explain it."""

    def __init__(self, reason: str, **facts: object) -> None:
        """Keep the reason as the error's code."""
        super().__init__(reason, **facts)
        self.reason = reason
