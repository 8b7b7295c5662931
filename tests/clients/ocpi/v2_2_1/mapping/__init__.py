"""Tests of the 2.2.1 mappings."""
