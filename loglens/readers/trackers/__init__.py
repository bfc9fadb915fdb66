"""Stores of experiment trackers, a tracker a file."""
