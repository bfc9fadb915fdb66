"""What a name says: metric names of frameworks, the roles of series."""
