"""Inputs that broke earlier versions, by kind, and what must be said of each now."""
