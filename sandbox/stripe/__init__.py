"""A stateful stand-in for the Stripe endpoints a card hold needs, with a virtual clock and named misbehaviors.

Runs as its own process (``python -m sandbox.stripe``) or inside a test (``sandbox.stripe.server.create_app``). It
answers to https://docs.stripe.com/api at the API version the installed ``stripe`` SDK pins, and imports nothing of the
product.
"""
