"""The JSON document of a diagnosis: written, read back, and held against its contract."""
