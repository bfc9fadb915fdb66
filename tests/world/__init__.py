"""What LogLens says of logs after public reports, whose right answer is known."""
