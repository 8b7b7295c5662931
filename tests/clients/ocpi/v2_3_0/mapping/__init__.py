"""Tests of the 2.3.0 mappings."""
