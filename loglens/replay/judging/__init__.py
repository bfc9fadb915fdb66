"""What the arms together prove."""
