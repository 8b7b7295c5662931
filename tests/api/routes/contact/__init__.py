"""Tests of the pages of help without a sign-in."""
