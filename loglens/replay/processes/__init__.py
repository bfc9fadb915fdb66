"""Processes under control: limits, worker slots, GPU locks, nothing left running."""
