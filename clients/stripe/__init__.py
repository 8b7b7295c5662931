"""Stripe behind ``api.ports.payments``: the only package that knows the ``stripe`` SDK; knows no service, no table."""
