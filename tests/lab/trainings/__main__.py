"""`python -m tests.lab.trainings`: train the lab."""

from tests.lab.trainings.build import main

if __name__ == "__main__":
    main()
