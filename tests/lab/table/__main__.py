"""`python -m tests.lab.table`: the table of evidence."""

from tests.lab.table.build import main

if __name__ == "__main__":
    main()
