"""Many items on many processes, here or on a cluster: one loop whatever the backend, and one item's failure its own."""

from loglens.parallel.engine import Failure, Workers, run_each

__all__ = ["Failure", "Workers", "run_each"]
