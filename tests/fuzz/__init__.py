"""Fuzzing: real files, changed at random, through every reader, `render FILE.json`, settings and baselines.

    python -m tests.fuzz --seconds 600 --seed 1

Any exception but the project's own, more than 5 s of processor time or 500 MB on a file under 1 MB is a find. Finds lie
in `corpus/`, which every run of the tests reads again (`test_corpus.py`).
"""
