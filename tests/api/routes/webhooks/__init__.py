"""Tests of the webhook faces through HTTP."""
