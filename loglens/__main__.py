"""`python -m loglens` is the same as `loglens`."""

from loglens.cli import main

if __name__ == "__main__":
    main()
