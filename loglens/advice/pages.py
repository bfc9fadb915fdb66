"""The pages `loglens explain CAUSE` prints: what a cause is, what speaks for it, what to change, what looks like it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from loglens.model.finding import CauseName

_PAGES: dict[CauseName, str] = {
    "healthy": """\
# healthy: nothing to change

The run learnt about what it could in the steps it had. There may still be findings: a single hard batch, a restart
of the schedule, stairs at the ends of epochs, or wobble at the edge of stability are part of training.

What speaks for it: most of the gain came early and the last doubling of the steps still brought a little; the
scatter is small against the gain and does not grow; the loss never stays above its start.

What to change: nothing. "Healthy" is relative to the schedule and length of this run: a longer run may well reach
lower.

Look-alikes: a rate somewhat too low (`lr_too_low`: the last doubling still brings several per cent of the gain),
labels that are partly wrong (`label_noise`: a smooth run to a floor that is too high).
""",
    "lr_too_high": """\
# lr_too_high: the peak learning rate is above what this training bears

Above the stability limit (2 over the sharpness for gradient descent, about 38 over the preconditioned sharpness for
Adam) steps overshoot. The loss blows up, or bounces at a level that is proportional to the rate, or the network is
thrown into a state in which nothing learns any more and sits at chance level (ln k for k classes).

What speaks for it: the loss rises above its first value early on and by more than noise; the level itself wobbles;
the scatter is a large share of the gain, and falls when the rate falls; neighbouring points alternate; the gradient
norm grows before the loss does; after an early blow-up the curve is flat; values stop being finite.

What to change: lower the peak rate. The report gives a factor with its interval, estimated from how violent the
signs are. Clipping the gradient hides the blow-up but not the noise floor. Lower values of Adam's beta2 can help
against single spikes.

Look-alikes: `bad_data` (jumps in one step, heals at once), `warmup_too_short` (hurts once, then the same rate is
fine), `lr_jump` (fine until the rate steps up), `data_order` (the bouncing keeps time with the pass over the data),
`dead_network` (flat from the first step, without a blow-up before).

Sources: Cohen et al. 2021 (edge of stability), Lewkowycz et al. 2020 (catapult), Mandt et al. 2017 (noise floor).
""",
    "lr_too_low": """\
# lr_too_low: the same training with a higher rate would have got further

What speaks for it: every doubling of the steps, or of the learning rate spent, still brings a large share of the
whole gain; little was gained within the first tenth; the curve is close to a straight line; the scatter is small
against what is still being gained. In gradient flow a rate twice as high is the same curve in half the time, so
what the last doubling of steps brought is about what doubling the rate would bring.

What to change: raise the peak rate by the factor the report gives; check the first few hundred steps for a rise of
the loss.

Look-alikes: `lr_decays_too_early` (progress was fast and stopped when the rate was spent), `dead_network` (no trend
at all), `healthy` (each doubling brings less than half of the one before), and a task that is hard: only a second
run can tell.
""",
    "warmup_too_short": """\
# warmup_too_short: the peak rate is fine, it was reached too soon

At the start the loss surface is at its sharpest and Adam's second moments are estimated from few gradients. A rate
that is fine later can throw the network off in the first steps: post-norm transformers and deep networks without
normalisation are known for it (Liu et al. 2020, Xiong et al. 2020).

What speaks for it: a rise above the first loss within the first few per cent, at or just after the end of the
warm-up, and calm at the same rate afterwards.

What to change: keep the peak and warm up over the number of steps the report gives. Lowering the peak rate works as
well and costs speed.

Look-alikes: `lr_too_high` (trouble goes on while the rate is high). The two need the same first step and are often
both likely.
""",
    "lr_jump": """\
# lr_jump: the rate stepped up in the middle of the run

A schedule restarted with other settings, a resume with a new config, a change of batch size that scaled the rate.

What speaks for it: the logged rate goes to a value it has never had, not in a warm-up, and the loss rises at that
step and stays up. Without a logged rate: a good run whose level jumps at one moment, and whose scatter is larger
from then on.

What to change: take the jump out; the peak the report recommends is the one from before. If more rate is wanted,
raise it over a few hundred steps.

Look-alikes: a planned restart or cycle (`healthy`: it returns to a rate the run has lived with, and the loss comes
back), `resume_discontinuity` (the steps go back, the rate does not change), `bad_data` (the loss is back within a
few steps).
""",
    "lr_decays_too_early": """\
# lr_decays_too_early: the rate was spent while it was still of use

What speaks for it: the rate falls to a few per cent of its peak within a small part of the run; until then each
doubling of the rate spent brought a large share of the gain; afterwards the curve is flat and its scatter does not
change.

What to change: keep the peak rate; let the decay begin later or run over the whole length (a cosine or linear decay
whose end is the end of the run; the usual cause is a schedule set for fewer steps, or stepped per batch instead of
per epoch).

Look-alikes: `lr_too_low` (the rate lives and progress goes on slowly), `healthy` (the loss had converged before the
decay).
""",
    "bad_data": """\
# bad_data: single batches are not like the others

Corrupted records, wrong scaling, an empty or mislabelled shard, a sequence of one repeated token.

What speaks for it: the loss leaves its level within one step, far above anything else in the run, with the gradient
norm in the same step and not before, and is back within a few steps. It happens at any rate, also where the rate is
low.

What to change: look at the batches at the steps named in the findings; skip or repair them. Clipping the gradient
limits the damage. The learning rate stays.

Look-alikes: `lr_too_high` (spikes grow over several steps, the gradient first, and heal slowly), heavy-tailed
losses (`healthy`: high points come in all sizes), `data_order` (the spikes come once per pass). A spike that
returns at the same step in another run with the same data order settles it.
""",
    "data_order": """\
# data_order: the batches come in an order that shows

Data sorted by class, by length or by source and not shuffled: each stretch of the pass trains one class and
unlearns the others.

What speaks for it: the loss repeats itself with the pass over the data, and the rhythm holds much of the scatter.
The gradient norm does the same. It keeps time with the epoch, not with the learning rate's cycle.

What to change: shuffle before every pass (and seed the shuffle anew each time). The learning rate stays.

Look-alikes: cyclic rates and restarts (`healthy`: the rhythm is the schedule's), stairs at the ends of epochs
(`healthy`: memorised examples; the level steps down and does not come back), `lr_too_high` (bounces without keeping
time).
""",
    "label_noise": """\
# label_noise: part of the targets is wrong

What speaks for it: a smooth run to a floor that is high for what was learnt, gradient norms that stay large while
the loss no longer falls, a validation loss (on clean labels) below the train loss, and late memorisation when it
comes.

What to change: check the labels; the examples with the highest loss late in training are the first to look at. The
learning rate stays.

Look-alikes: `healthy` with label smoothing, dropout or an entropy floor: one curve alone cannot always tell them
apart, and the probabilities say so.
""",
    "overfitting": """\
# overfitting: the train loss goes on falling while validation turns

What speaks for it: the validation loss has a minimum and climbs back by a good share of what it had come down; the
gap to the train loss grows; the train loss goes towards zero.

What to change: stop at the lowest validation loss, regularise (weight decay, dropout, augmentation), add data or
make the model smaller. The learning rate stays: a lower one mostly delays the same.

Look-alikes: a noisy validation set (points up and down without a trend), validation spikes while batch-norm
statistics settle.
""",
    "dead_network": """\
# dead_network: the parameters that matter receive no signal

Dead ReLUs, saturated units, weights initialised to zero, a graph that is detached, parameters the optimizer does
not hold. Only the last bias learns, if anything.

What speaks for it: the loss is flat from the first steps on, at what a constant answer gives (ln k for k classes);
there is scatter but no trend; nothing blew up before; the gradient norm is small from the first step.

What to change: check initialisation and activations, that every parameter has a gradient, and that the optimizer
holds it. No learning rate helps.

Look-alikes: `lr_too_low` (a slow but steady trend), `lr_too_high` (flat after an early blow-up), a rate of zero.
""",
    "resume_discontinuity": """\
# resume_discontinuity: the run was resumed and something was not restored

Optimizer moments, the position in the schedule, the data order, the random state. Fresh Adam moments alone make a
spike.

What speaks for it: the steps go back or the log begins anew, and level, scatter, gradient norm or rate do not
continue where they were. A resume that does no harm is named too, since it is where to look.

What to change: save and restore the optimizer, the schedule and the data position with the weights. The learning
rate stays.

Look-alikes: `lr_jump` (the rate changes at the resume: then it is that), `bad_data` (a spike without a resume).
""",
    "numerical_failure": """\
# numerical_failure: the numbers gave way, not the training

Overflow in half precision (float16 ends at 65,504), a logarithm of 0, a division by 0, a square root of something
negative, an empty batch: the loss becomes NaN or infinite without having climbed before, and everything after it is NaN.

What speaks for it: a quiet curve that ends in NaN; only one part of the loss is infinite; messages of overflow and a
loss scale at its minimum; a gradient norm that is NaN while the loss is not.

What to change: look first at the part or the batch the report names. Use bfloat16 instead of float16, or let the loss
scale adapt; put a small number under logarithms and divisions; clip the gradient norm; stop at the first NaN and go back
to the checkpoint before it. The learning rate stays until the numbers hold.

Look-alikes: `lr_too_high` (the loss or the gradient climbs before the NaN), `bad_data` (one record brings it: the same
step in every run with the same order).

Sources: Micikevicius et al. 2018 (mixed precision, loss scaling).
""",
    "unknown": """\
# unknown: the log does not tell

Too few points, or signs that point in several directions. LogLens says so rather than guess.

What to change: the report says what this log lacks: points, the learning rate, the gradient norm or a validation
loss. The rate can be given with `--lr` and the schedule with `--schedule`.
""",
}

CAUSE_PAGES: Mapping[CauseName, str] = MappingProxyType(_PAGES)
"""One page a cause of the contract."""
