"""What a name says: metric names of frameworks, the roles of series, settings written beside a log."""
