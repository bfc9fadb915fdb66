from __future__ import annotations

from pathlib import Path

import pytest

from loglens.errors import ReplayError, SettingsError
from loglens.replay.processes.devices import choose_devices, locked, parse_gpus

LISTED = "0, GPU-aaa, 100, 80000\n1, GPU-bbb, 70000, 80000\n2, GPU-ccc, [N/A], [N/A]\n"
GPUS = parse_gpus(LISTED)


def test_what_the_driver_lists_is_understood() -> None:
    assert [one.index for one in GPUS] == ["0", "1", "2"]
    assert [one.busy for one in GPUS] == [False, True, False]
    assert parse_gpus("nvidia-smi has failed\n") == ()


def test_auto_takes_every_free_one_and_none_takes_none() -> None:
    assert choose_devices("auto", GPUS) == ("0", "2")
    assert choose_devices("auto", ()) == ()
    assert choose_devices("none", GPUS) == ()


def test_ids_and_uuids() -> None:
    assert choose_devices("0, GPU-ccc,0", GPUS) == ("0", "GPU-ccc")


def test_a_busy_one_is_refused_unless_forced() -> None:
    with pytest.raises(ReplayError, match="busy"):
        choose_devices("1", GPUS)
    assert choose_devices("1", GPUS, force=True) == ("1",)


def test_one_that_is_not_there() -> None:
    with pytest.raises(SettingsError, match="lists 0, 1, 2"):
        choose_devices("7", GPUS)


def test_a_gpu_is_lent_to_one_replay_at_a_time(tmp_path: Path) -> None:
    with locked("0", tmp_path):
        with pytest.raises(ReplayError, match="in use by another replay"), locked("0", tmp_path):
            raise AssertionError("two at a time")
        with locked("1", tmp_path):
            pass
    with locked("0", tmp_path):
        pass
