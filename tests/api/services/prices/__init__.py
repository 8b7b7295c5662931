"""Tests of the prices room."""
