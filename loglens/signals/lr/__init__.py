"""The learning rate's course: phases, jumps, pieces, the formula that fits, and the one a user names."""
