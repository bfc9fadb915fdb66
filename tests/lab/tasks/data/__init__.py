"""Training data that ships in packages or in Python itself, or is made from a formula: nothing is downloaded."""
