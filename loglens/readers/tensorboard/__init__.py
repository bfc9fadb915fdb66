"""TensorBoard: event files and what its pages download."""
