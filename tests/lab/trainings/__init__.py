"""Training the lab's runs: plan, faults, stacks of networks, and where the curves are kept."""
