"""Outputs of a comparison of two sets of runs."""
