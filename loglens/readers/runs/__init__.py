"""From logs to runs: walking folders, which folder names a run, resumes, duplicate logs, roles."""
