"""Tests of api/domain/support."""
