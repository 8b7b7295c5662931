"""Tests of the client of identity providers."""
