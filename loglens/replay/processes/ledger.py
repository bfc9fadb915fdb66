"""The replay's folder: one folder an arm, and what finished arms showed, so that an interrupted replay goes on."""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from loglens.errors import ReplayError
from loglens.model.results.replay import Arm, ArmRun, Segment
from loglens.model.run import StepSpan
from loglens.replay.drivers.stop_rule import StopRule

HEADER = "replay.json"
ARM = "arm.json"


@dataclass(frozen=True, slots=True)
class Ledger:
    """A folder of a replay. `identity` is what all arms share; an arm's folder name also holds what it alone does."""

    folder: Path
    identity: str

    @classmethod
    def open(cls, folder: Path, identity: str, *, away_from: Iterable[Path], about: Mapping[str, Any]) -> Ledger:
        """A new ledger, or the one that an interrupted replay of the same plan left in `folder`.

        ReplayError where the folder lies in (or holds) one of `away_from`, or is in use for something else.
        """
        folder = folder.resolve()
        for other in away_from:
            guarded = other.resolve()
            if folder == guarded or folder.is_relative_to(guarded) or guarded.is_relative_to(folder):
                raise ReplayError(f"{folder}: a replay writes outside the run and its checkpoints; give another --out")
        header = folder / HEADER
        if header.is_file():
            found = _read(header).get("identity")
            if found != identity:
                raise ReplayError(f"{folder}: holds another replay; give another --out, or delete this one")
        elif folder.exists() and any(folder.iterdir()):
            raise ReplayError(f"{folder}: is not empty; a replay writes into a folder of its own (--out)")
        else:
            folder.mkdir(parents=True, exist_ok=True)
            write_json(header, {"identity": identity, **about})
        return cls(folder=folder, identity=identity)

    def arm_folder(self, segment: Segment, arm: Arm) -> Path:
        """The arm's own folder: the same for the same arm of the same stretch, and only then."""
        what = json.dumps([self.identity, asdict(arm), segment_key(segment)], sort_keys=True)
        digest = hashlib.sha256(what.encode("utf-8", errors="backslashreplace")).hexdigest()[:10]
        word = "".join(sign if sign.isalnum() or sign in ".-" else "-" for sign in arm.label.replace("×", "x"))
        return self.folder / f"step-{segment.start}-{word}-{digest}"

    def finished(self, segment: Segment, arm: Arm, rule: StopRule | None = None) -> ArmRun | None:
        """What the arm showed the last time; None where it did not finish, or was ended early although `rule`, by which
        it would be ended now, does not settle it: then the rest of it is missing. What is not used again is removed."""
        folder = self.arm_folder(segment, arm)
        found = arm_from(_read(folder / ARM), str(folder)) if (folder / ARM).is_file() else None
        if found is not None and (found.end != "settled" or _settles(rule, found)):
            return found
        if folder.exists():
            shutil.rmtree(folder)
        return None

    def keep(self, run: ArmRun) -> None:
        """Writes down what an arm showed; an arm that was interrupted is run again next time."""
        if run.end != "interrupted":
            write_json(Path(run.folder) / ARM, arm_document(run))


def _settles(rule: StopRule | None, run: ArmRun) -> bool:
    return rule is not None and rule.kept(run.steps, run.losses) is not None


def segment_key(segment: Segment) -> list[Any]:
    checkpoint = segment.checkpoint
    mark: list[Any] = []
    if checkpoint is not None:
        facts = Path(checkpoint.path).stat()
        mark = [checkpoint.path, facts.st_size, facts.st_mtime_ns]
    return [segment.start, segment.steps, mark]


def arm_document(run: ArmRun) -> dict[str, Any]:
    return {
        "arm": asdict(run.arm),
        "end": run.end,
        "detail": run.detail,
        "seconds": run.seconds,
        "startup": run.startup,
        "steps": run.steps.tolist(),
        "losses": [_out(value) for value in run.losses.tolist()],
        "lrs": [_out(value) for value in run.lrs.tolist()],
    }


def arm_from(document: Mapping[str, Any], folder: str) -> ArmRun:
    arm = dict(document["arm"])
    if arm.get("skip") is not None:
        arm["skip"] = StepSpan(**arm["skip"])
    return ArmRun(
        arm=Arm(**arm),
        end=document["end"],
        detail=document["detail"],
        seconds=document["seconds"],
        startup=document.get("startup", 0.0),
        steps=np.array(document["steps"], dtype=np.int64),
        losses=np.array([_back(value) for value in document["losses"]], dtype=np.float64),
        lrs=np.array([_back(value) for value in document["lrs"]], dtype=np.float64),
        folder=folder,
    )


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1)
    temporary.write_text(text, encoding="utf-8", errors="backslashreplace")
    temporary.replace(path)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReplayError(f"{path}: cannot be read ({error}); delete this folder, or give another --out") from error
    if not isinstance(found, dict):
        raise ReplayError(f"{path}: is not a replay's record; delete this folder, or give another --out")
    return found


def _out(value: float) -> float | str:
    """JSON has no NaN: a loss that is NaN or infinite is written as its name."""
    return value if math.isfinite(value) else str(value)


def _back(value: float | str) -> float:
    return float(value)
