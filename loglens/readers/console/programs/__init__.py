"""The programs whose progress lines are known, one grammar each."""
