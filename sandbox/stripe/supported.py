"""Refuse parameters Stripe knows and this stand-in would ignore: silence would be a wrong answer."""

from collections.abc import Set as AbstractSet

from sandbox.stripe.errors import Obj, bad_parameter


def refuse_unsupported(params: Obj, supported: AbstractSet[str]) -> None:
    """Raise ``StripeFailure`` (400 ``sandbox_unsupported_parameter``) for a parameter outside ``supported``."""
    for name in params:
        if name not in supported:
            raise bad_parameter(
                f"Stripe knows {name!r}, this sandbox does not act on it.",
                code="sandbox_unsupported_parameter",
                param=name,
            )
