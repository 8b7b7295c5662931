"""Tests of the finding room."""
