"""CSV in its dialects: how a file is laid out, fast where it is clean, line by line where it is not."""
