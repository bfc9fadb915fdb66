"""`python -m tests.lab.fit`: fit the weights."""

from tests.lab.fit.fit import main

if __name__ == "__main__":
    main()
