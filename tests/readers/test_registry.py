"""The registry: every line is a reader, every reader has an id of its own, and no format is claimed twice."""

from __future__ import annotations

from pathlib import Path

from loglens.readers.contract.base import Probe
from loglens.readers.registry import READERS, place_of, readers


def test_every_line_is_a_reader_with_an_id_of_its_own() -> None:
    found = readers()
    assert len(found) == len(READERS) == len(set(READERS))
    ids = [reader.meta.id for reader in found]
    assert len(set(ids)) == len(ids)
    assert all(reader.meta.title for reader in found)


def test_nobody_recognises_what_is_no_log(tmp_path: Path) -> None:
    files = {
        "train.py": b"import torch\n\nfor step in range(10):\n    print(step, 0.5)\n",
        "config.json": b'{"learning_rate": 0.1, "epochs": 3}\n',
        "args.json": b'{\n  "learning_rate": 0.1,\n  "layers": [1, 2, 3]\n}\n',
        "tokenizer.json": b'{"added_tokens": [{"id": 0, "content": "<s>"}], "model": {"vocab": {"a": 1}}}',
        "requirements.txt": b"numpy>=2\npolars>=1.20\n",
        "notes.txt": b"lr 0.1 was too high, loss went up\nthen tried 0.01, loss went down\n",
        "wandb-summary.json": b'{"_step": 99, "_runtime": 12.5, "loss": 0.1}',
        "picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
        "model.safetensors": bytes(8) + b'{"weight": {"dtype": "F32"}}',
    }
    for name, data in files.items():
        path = tmp_path / name
        path.write_bytes(data)
        probe = Probe(path=path, size=len(data))
        assert [reader.meta.id for reader in readers() if reader.recognises(probe)] == [], name


def samples() -> list[Path]:
    root = Path(__file__).parent.parent.parent
    found = [path for name in ("sample_logs", "tests/readers", "tests/world") for path in (root / name).rglob("*")]
    return sorted(path for path in found if path.is_file() and path.suffix not in (".py", ".pyc"))


def test_no_door_is_shut_before_a_reader_that_would_have_come_in() -> None:
    seen = set()
    for path in samples():
        probe = Probe(path=path, size=path.stat().st_size)
        place = next((at for at, reader in enumerate(readers()) if reader.recognises(probe)), None)
        assert place_of(probe) == place, path
        seen.add(place)
    assert len(seen) > 20
