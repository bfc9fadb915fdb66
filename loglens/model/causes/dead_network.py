"""dead_network: the parameters that matter receive no signal

Dead ReLUs, saturated units, weights initialised to zero, a graph that is detached, parameters the optimizer does
not hold. Only the last bias learns, if anything.

What speaks for it: the loss is flat from the first steps on, at what a constant answer gives (ln k for k classes);
there is scatter but no trend; nothing blew up before; the gradient norm is small from the first step.

What to change: check initialisation and activations, that every parameter has a gradient, and that the optimizer
holds it. No learning rate helps.

Look-alikes: `lr_too_low` (a slow but steady trend), `lr_too_high` (flat after an early blow-up), a rate of zero.
"""

from __future__ import annotations

from loglens.model.causes.info import CauseInfo

INFO = CauseInfo(
    page=__doc__ or "",
    title="Network does not learn",
    doubt="A loss that moves at another rate or with another seed would clear the network.",
    action="fix_network",
    advice=("The network does not move; check initialisation, activations and which parameters the optimizer holds."),
    rate_free=True,
    ruinous=True,
    tested_by="data",
    prior=0.056,
)
