"""Tests of the services, against a real database."""
