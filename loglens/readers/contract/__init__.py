"""What a reader is and hands over: Probe, Column, Log, Reader; bytes of files; building columns of points."""
