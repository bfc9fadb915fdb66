"""How often a replay is right."""
