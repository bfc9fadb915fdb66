"""The weights of the advice, fitted on the table."""
