"""Files of one framework, a format a file."""
