"""JSON as a table: an object a line, whole documents, histories of lists."""
