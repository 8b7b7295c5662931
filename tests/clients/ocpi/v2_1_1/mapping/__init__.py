"""Tests of the 2.1.1 mappings."""
