"""progress.csv as OpenAI's baselines logger writes it; guided-diffusion and many others carry that logger along."""

from __future__ import annotations

from typing import ClassVar

from loglens.readers.contract.base import TABLE, Probe, ReaderMeta
from loglens.readers.tables.csv.reader import FrameworkCsv
from loglens.readers.tables.table_log import Dialect


class Baselines(FrameworkCsv):
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="baselines", title="OpenAI baselines progress.csv")
    dialect: ClassVar[Dialect] = Dialect(
        format="baselines", facts=TABLE,
        rank=15,
        steps=("step", "total_timesteps", "misc/total_timesteps", "total timesteps", "timestepssofar", "steps",
               "totalenvinteracts", "misc/nupdates", "nupdates", "epoch", "iteration"),
        canonical=("progress.csv",),
    )  # fmt: skip

    def knows(self, names: frozenset[str], probe: Probe) -> bool:
        return probe.name.removesuffix(".gz") == "progress.csv"
