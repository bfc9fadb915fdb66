"""What the page shows, as plain values: one part of the page a file; the templates compute nothing."""
