"""The lab: hundreds of small real trainings whose fault is proved by intervention, and what is fitted on them.

python -m tests.lab.trainings  train the runs (two hours on one core; kept in `lab-cache/`, outside the repository)
python -m tests.lab.table      evidence and findings of every run, as one table
python -m tests.lab.fit        the weights, as `loglens/advice/weights.json`
python -m tests.lab.evaluate   the error rates, one task left out at a time, and the textbook rules beside them
"""
