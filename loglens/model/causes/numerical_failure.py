"""numerical_failure: the numbers gave way, not the training

Overflow in half precision (float16 ends at 65,504), a logarithm of 0, a division by 0, a square root of something
negative, an empty batch: the loss becomes NaN or infinite without having climbed before, and everything after is NaN.

What speaks for it: a quiet curve that ends in NaN; only one part of the loss is infinite; messages of overflow and a
loss scale at its minimum; a gradient norm that is NaN while the loss is not.

What to change: look first at the part or the batch the report names. Use bfloat16 instead of float16, or let the loss
scale adapt; put a small number under logarithms and divisions; clip the gradient norm; stop at the first NaN and go
back to the checkpoint before it. The learning rate stays until the numbers hold.

Look-alikes: `lr_too_high` (the loss or the gradient climbs before the NaN), `bad_data` (one record brings it: the same
step in every run with the same order of the data).

Sources: Micikevicius et al. 2018 (mixed precision, loss scaling).
"""

from __future__ import annotations

from loglens.model.causes.info import CauseInfo

INFO = CauseInfo(
    page=__doc__ or "",
    title="Numerical failure",
    doubt=(
        "The same NaN in full precision from the same checkpoint would clear the number format; none at a lower rate "
        "would blame the rate."
    ),
    action="fix_numerics",
    advice="Find what becomes NaN first: a batch, a logarithm or division, or half precision.",
    rate_free=True,
    clips=True,
)
