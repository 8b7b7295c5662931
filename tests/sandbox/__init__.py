"""Tests of the sandbox: the virtual CPO and the Stripe stand-in."""
