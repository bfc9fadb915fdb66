"""What a run was set to, told outside its figures: files beside the log, lines before the figures, names."""
