"""`python -m tests.lab.replay`: how often a replay is right."""

from tests.lab.replay.evaluation import main

if __name__ == "__main__":
    main()
