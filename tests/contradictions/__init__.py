"""Sentences and numbers of one diagnosis that cannot both be true: `RULES` over a finished document, zero is the aim.

`python -m tests.contradictions [--generated N] [LOGS ...]` runs them over sample logs, the shared logs and N generated
ones.
"""
