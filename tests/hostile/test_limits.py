"""Limits on what a stranger's file may take: met in bounded time and memory, told, and what came before is kept."""

from __future__ import annotations

import gzip
import json
import lzma
import os
import socket
import sqlite3
import subprocess
import sys
import time
import zipfile
import zlib
from pathlib import Path

import pytest
from click.testing import CliRunner

import loglens
from loglens.cli.group import EXIT_USAGE, cli
from loglens.errors import LogLensError, ReadError, SettingsError
from loglens.readers.contract import limits
from loglens.readers.contract.files import read_bytes, without_zeros
from loglens.readers.contract.packed import member_of
from loglens.readers.runs.discover import logs_under, together

ROWS = "step,loss\n" + "".join(f"{step},{2 - step / 100}\n" for step in range(60))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    good = tmp_path / "runs" / "good"
    good.mkdir(parents=True)
    (good / "metrics.csv").write_text(ROWS)
    return tmp_path / "runs"


def judged(root: Path) -> tuple[list[str], str]:
    diagnosis = loglens.diagnose(root)
    return [one.run for one in diagnosis.runs], " ".join(f"{one.path}: {one.message}" for one in diagnosis.problems)


def bomb(path: Path, megabytes: int) -> None:
    packer = zlib.compressobj(9, wbits=31)
    piece = b"0" * (1 << 20)
    path.write_bytes(
        packer.compress(ROWS.encode()) + b"".join(packer.compress(piece) for _ in range(megabytes)) + packer.flush()
    )


def test_a_packed_bomb_is_refused_within_a_second_of_processor_time(root: Path) -> None:
    (root / "bad").mkdir()
    bomb(root / "bad" / "metrics.csv.gz", 600)
    began = time.process_time()
    runs, said = judged(root)
    assert time.process_time() - began < 5
    assert "good" in runs
    assert "bad/metrics.csv.gz" in said


def test_what_unpacks_within_the_limit_is_kept_and_the_rest_is_told(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv.gz"
    path.write_bytes(gzip.compress(ROWS.encode()))
    with limits.using(unpacked=200), limits.telling() as met:
        data = read_bytes(path)
    assert data == ROWS.encode()[: ROWS.rindex("\n", 0, 200) + 1]
    (problem,) = met.values()
    assert "more than 200 bytes" in problem.message
    assert "--limit unpacked=VALUE" in problem.message
    with limits.using(unpacked=200):
        diagnosis = loglens.diagnose(tmp_path)
    assert diagnosis.runs[0].points > 10
    assert any("200 bytes" in one.message for one in diagnosis.problems)


def test_where_nobody_collects_a_limit_it_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"too long \(--limit line=VALUE raises the limit\)") as raised:
        limits.tell(tmp_path, "line", "too long")
    assert "kept" not in str(raised.value)
    with limits.telling() as met:
        limits.tell(tmp_path, "line", "too long")
    (problem,) = met.values()
    assert "too long; what came before is kept" in problem.message


def test_a_zip_that_lies_about_its_sizes(root: Path) -> None:
    (root / "bad").mkdir()
    path = root / "bad" / "comet.zip"
    line = json.dumps({"payload": {"metric": {"metricName": "loss", "metricValue": 1.0, "step": 3}}}).encode() + b"\n"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("messages.json", line + b"0" * (limits.FREE + (1 << 20)))
    runs, said = judged(root)
    assert "good" in runs
    assert "unpacks to more than" in said


def stored(path: Path, size: int) -> zipfile.ZipFile:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive, archive.open("messages.json", "w") as member:
        for _ in range(size >> 20):
            member.write(os.urandom(1 << 10) * (1 << 10))
    return zipfile.ZipFile(path)


def test_a_member_of_a_zip_is_held_to_the_limit_it_meets(tmp_path: Path) -> None:
    path = tmp_path / "comet.zip"
    with stored(path, 20 << 20) as archive, limits.using(unpacked=10 << 20):
        with pytest.raises(ReadError, match=r"messages\.json unpacks to more than 10 MB.*--limit unpacked=VALUE"):
            member_of(archive, "messages.json", path)
        with limits.telling() as met:
            assert len(member_of(archive, "messages.json", path)) == 10 << 20
        assert "more than 10 MB" in met[str(path), "unpacked"].message
    with stored(path, 20 << 20) as archive:
        assert len(member_of(archive, "messages.json", path)) == 20 << 20


def test_a_member_of_a_zip_is_not_cut_before_the_limit_that_is_told(tmp_path: Path) -> None:
    path = tmp_path / "comet.zip"
    with stored(path, 100 << 20) as archive, limits.using(unpacked=80 << 20), limits.telling() as met:
        assert len(member_of(archive, "messages.json", path)) == 80 << 20
    (problem,) = met.values()
    assert "more than 80 MB; what came before is kept" in problem.message


@pytest.mark.parametrize("kind", ["fifo", "socket", "link to a fifo", "link to a device", "link to itself"])
def test_what_is_no_file_is_never_opened(
    root: Path, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    place = root / "metrics2.csv"
    if kind == "fifo":
        os.mkfifo(place)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(os.path.relpath(place))
    elif kind == "link to a fifo":
        os.mkfifo(root / "pipe")
        place.symlink_to(root / "pipe")
    elif kind == "link to a device":
        place.symlink_to("/dev/zero")
    else:
        place.symlink_to(place)
    runs, _ = judged(root)
    assert runs == ["good"] or runs == ["."] or len(runs) == 1


def test_a_file_exchanged_for_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "metrics.csv")
    with pytest.raises(OSError, match="a pipe and no file"):
        limits.opened(tmp_path / "metrics.csv")
    with pytest.raises(OSError, match="a folder"):
        limits.opened(tmp_path)
    with pytest.raises(OSError, match="a device"):
        limits.opened(Path("/dev/zero"))


def test_links_are_followed_inside_the_folder_and_outside_on_request(root: Path, tmp_path: Path) -> None:
    away = tmp_path / "away" / "secret"
    away.mkdir(parents=True)
    (away / "metrics.csv").write_text(ROWS.replace("2", "3"))
    (root / "outside").symlink_to(away)
    (root / "inside").symlink_to(root / "good")
    runs, said = judged(root)
    assert runs == ["good"] or len(runs) == 1
    assert "outside" in said
    assert "--follow-links" in said
    done = CliRunner().invoke(cli, ["inspect", str(root), "--follow-links"])
    assert "outside" in done.stdout
    assert "--follow-links" not in done.stdout
    assert "--follow-links" in CliRunner().invoke(cli, ["inspect", str(root)]).stdout


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/full", "/dev/urandom"])
def test_a_device_is_no_log(device: str, tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="a device"):
        loglens.read(device)
    with Path(device).open("rb") as source:
        done = subprocess.run(
            [sys.executable, "-m", "loglens", "inspect", "-"],
            stdin=source, capture_output=True, text=True, check=False,
            env={**os.environ, "TMPDIR": str(tmp_path)}, timeout=60,
        )  # fmt: skip
    assert done.returncode == EXIT_USAGE
    assert "a device" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_what_comes_through_a_pipe_has_an_end(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "loglens", "inspect", "-", "--limit", "spool=1MB"],
        input="0" * (2 << 20), capture_output=True, text=True, check=False,
        env={**os.environ, "TMPDIR": str(tmp_path)}, timeout=60,
    )  # fmt: skip
    assert done.returncode == EXIT_USAGE
    assert "more than 1 MB came through the pipe; --limit spool=VALUE raises the limit" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_view_without_end_is_not_read(root: Path) -> None:
    (root / "bad").mkdir()
    with sqlite3.connect(root / "bad" / "mlflow.db") as connection:
        connection.execute(
            "CREATE VIEW metrics AS WITH RECURSIVE n(x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM n) "
            "SELECT 'loss' AS key, 1.0 AS value, 0 AS timestamp, x AS step, 0 AS is_nan, 'a' AS run_uuid FROM n"
        )
    connection.close()
    began = time.process_time()
    assert judged(root)[0] == ["good"]
    assert time.process_time() - began < 10


def test_a_question_to_a_database_ends_in_time(tmp_path: Path) -> None:
    from loglens.readers.trackers.sqlite_file import opened

    path = tmp_path / "x.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    endless = "WITH RECURSIVE n(x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    with limits.using(seconds=0), pytest.raises(sqlite3.OperationalError, match="interrupted"), opened(path) as asked:
        asked.execute(endless).fetchone()


def test_many_empty_files_are_one_thing_to_tell(root: Path) -> None:
    for number in range(300):
        (root / f"metrics_{number}.csv").touch()
    _, said = judged(root)
    assert "and so of 29" in said
    assert len(said) < 2000


def test_together_keeps_what_differs() -> None:
    from loglens.model.run import Problem

    few = [Problem(path=f"{n}", message=f"m{n}") for n in range(30)]
    assert together(few) == few


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [("files", 3, "only the first 3"), ("file", 50, "more than the limit of 50 bytes"), ("series", 1, "2 series")],
)
def test_each_limit_is_told_where_it_is_met(root: Path, name: str, value: int, says: str) -> None:
    for number in range(5):
        (root / f"run{number}").mkdir()
        (root / f"run{number}" / "metrics.csv").write_text(
            "step,loss,lr\n" + "".join(f"{s},1,{number}\n" for s in range(60))
        )
    with limits.using(**{name: value}):
        try:
            said = judged(root)[1]
        except LogLensError as error:
            said = str(error)
    assert says in said
    assert f"--limit {name}=VALUE" in said


def test_a_line_without_end_is_cut_off_and_told(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    path.write_text(ROWS + "60," + "1" * 5000)
    with limits.using(line=4000), limits.telling() as met:
        assert read_bytes(path) == ROWS.encode()
    (problem,) = met.values()
    assert problem.offset == len(ROWS)


@pytest.mark.parametrize("folder", [False, True])
def test_a_line_without_end_inside_a_packed_log_costs_what_follows_it(root: Path, folder: bool) -> None:
    path = root / "packed" / "metrics.csv.xz"
    path.parent.mkdir()
    path.write_bytes(lzma.compress((ROWS + "60," + "1" * 5000).encode()))
    with limits.using(line=4000):
        diagnosis = loglens.diagnose(root if folder else path)
    (run,) = [one for one in diagnosis.runs if str(path) in one.files]
    assert run.points == 60
    told = " ".join(one.message for one in diagnosis.problems)
    assert "a line of more than 3.91 kB begins here; what came before is kept" in told


def test_a_lost_block_in_a_long_line_costs_linear_time() -> None:
    data = b"step 1 loss 2\n" + b"x" * 3_000_000 + b"\0" + b"y" * 3_000_000 + b"\nstep 2 loss 1\n" * 3
    began = time.process_time()
    blanked, zeros = without_zeros(data)
    assert time.process_time() - began < 3
    assert zeros is not None
    assert blanked.startswith(b"step 1 loss 2\n\nstep 2")


@pytest.mark.parametrize("said", ["unpacked", "nothing=3", "unpacked=", "unpacked=-3", "unpacked=3XB"])
def test_a_wrong_limit_is_refused(said: str, root: Path) -> None:
    with pytest.raises(SettingsError):
        limits.parsed((said,))
    assert CliRunner().invoke(cli, ["inspect", str(root), "--limit", said]).exit_code == EXIT_USAGE


def test_a_limit_has_units() -> None:
    assert limits.parsed(("unpacked=2GB", "line=3 k")) == {"unpacked": 2 << 30, "line": 3 << 10}


def test_nothing_is_left_changed_after_a_command(root: Path) -> None:
    CliRunner().invoke(cli, ["inspect", str(root), "--limit", "files=1", "--follow-links"])
    assert limits.current() == limits.Limits()


def test_nesting_deeper_than_any_log_is_named() -> None:
    inputs = Path(__file__).parent / "inputs"
    _, problems, _ = logs_under(inputs / "mixed_deep")
    logs, _, _ = logs_under(inputs / "deep_result")
    told = [*problems, *(one for log in logs for one in log.problems)]
    assert any("nested deeper" in one.message and not one.bug for one in told)
    assert judged(inputs / "mixed_deep")[0] == ["good"]
