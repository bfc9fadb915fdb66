"""What is derived once from a run and shared by all detectors and the advice: level, noise, trend, schedule, clock."""
