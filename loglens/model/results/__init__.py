"""What the program answers beside a diagnosis: comparison, index, replay, what-if, several runs as one."""
