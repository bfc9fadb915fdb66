"""A night: every run under a folder that changed since the last one is judged, and what changed is told."""
