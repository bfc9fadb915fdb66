"""What the lab's tasks minimise: each a loss of K networks at once, `loss(params, x, y, generator)` -> (K,)."""
