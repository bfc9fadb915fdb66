"""Records in a buffer: where they lie, their checksums, and the fields of one event."""
