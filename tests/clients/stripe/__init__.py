"""Tests of the payments port over Stripe, mostly the real SDK against the stand-in of `sandbox/stripe`."""
