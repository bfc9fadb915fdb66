"""How an arm is trained: the contract of a driver, by command, and in Python."""
