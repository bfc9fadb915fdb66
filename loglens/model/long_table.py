"""A run as one long table: a row a point."""

from __future__ import annotations

import polars as pl

from loglens.model.run import RewrittenPoints, Run, Series, whole_text


def long_table(run: Run, *, keep_rewritten: bool) -> pl.DataFrame:
    """`run`, `tag`, `step` (int64), `wall_time` (seconds, null where unknown), `value`."""
    parts: list[Series | RewrittenPoints] = list(run.series)
    if keep_rewritten:
        parts += run.rewritten
    kinds = {"run": pl.String, "tag": pl.String, "step": pl.Int64, "wall_time": pl.Float64, "value": pl.Float64}
    frames = [pl.DataFrame(schema=kinds)] + [
        pl.DataFrame(
            {
                "run": pl.repeat(whole_text(run.name), len(part.steps), dtype=pl.String, eager=True),
                "tag": pl.repeat(whole_text(part.tag), len(part.steps), dtype=pl.String, eager=True),
                "step": pl.Series(part.steps, dtype=pl.Int64),
                "wall_time": pl.repeat(None, len(part.steps), dtype=pl.Float64, eager=True)
                if part.wall_times is None
                else pl.Series(part.wall_times, dtype=pl.Float64).fill_nan(None),
                "value": pl.Series(part.values, dtype=pl.Float64),
            }
        )
        for part in parts
    ]
    table = pl.concat(frames)
    if keep_rewritten and run.rewritten:
        order = {series.tag: place for place, series in enumerate(run.series)}
        place = pl.col("tag").replace_strict(order, default=len(order), return_dtype=pl.Int64)
        table = table.sort(place, "step", maintain_order=True)
    return table
