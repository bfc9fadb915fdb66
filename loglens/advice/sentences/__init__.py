"""What a person reads of the advice: the chain behind a cause, and what to do where no rate mends it."""
