"""Tests of clients/watching."""
