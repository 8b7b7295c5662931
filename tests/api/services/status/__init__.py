"""Tests of api/services/status."""
