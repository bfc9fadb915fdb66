"""Tests of the facts, one file a kind."""
