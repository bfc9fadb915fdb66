"""The nouns. Frozen values that every stage hands to the next; nothing here reads, judges or draws."""
