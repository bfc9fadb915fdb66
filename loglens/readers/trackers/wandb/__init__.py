"""Weights & Biases: offline records, histories and chart exports."""
