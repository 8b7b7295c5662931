"""Tests of the OCPI face."""
