"""Tests of helping people."""
