"""How right the what-ifs are: the annealing law between schedules, time rescaling in sweeps."""
