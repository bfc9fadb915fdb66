"""The only room that imports torch: states, checkpoints, targets, the recorder."""
