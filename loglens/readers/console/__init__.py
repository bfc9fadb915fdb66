"""What a training printed: lines, their shapes, grammars, and columns made of them."""
