"""Tests of api/routes/status."""
