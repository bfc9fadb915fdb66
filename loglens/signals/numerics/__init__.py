"""Numerics that know nothing of a run: robust statistics, trends, spectra, change points, thinning."""
