"""`python -m tests.lab.evaluate`: the error rates of the advice."""

from tests.lab.evaluate.evaluation import main

if __name__ == "__main__":
    main()
