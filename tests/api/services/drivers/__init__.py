"""Tests of the drivers room, on real PostgreSQL."""
