"""The notebook that ships with the sample logs runs, and what its cells show is what a notebook can show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

NOTEBOOK = Path(__file__).parent.parent / "sample_logs" / "notebook.ipynb"


def cells() -> list[str]:
    """The source of its code cells."""
    found: dict[str, Any] = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    return ["".join(one["source"]) for one in found["cells"] if one["cell_type"] == "code"]


def test_every_cell_runs_and_its_last_line_shows_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a kernel does it, without one: the last line of a cell is what is shown."""
    monkeypatch.chdir(NOTEBOOK.parent)
    names: dict[str, Any] = {}
    shown = []
    for source in cells():
        lines = source.splitlines()
        last = lines[-1]
        if last.startswith((" ", "print", "for", "import")):
            exec(source, names)  # noqa: S102  our own notebook
            continue
        exec("\n".join(lines[:-1]), names)  # noqa: S102
        shown.append(eval(last, names))  # noqa: S307
    assert len(shown) == 4
    for result in shown:
        html = result._repr_html_()
        assert len(html) < 60_000
        assert "<svg" in html


def test_it_runs_in_a_real_kernel(tmp_path: Path) -> None:
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
    shown = [
        output["data"]
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "execute_result"
    ]
    assert len(shown) == 4
    assert all("text/html" in one and "<svg" in one["text/html"] for one in shown)
    nbformat.write(notebook, tmp_path / "ran.ipynb")


def test_it_is_kept_without_outputs() -> None:
    found = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    assert all(not one.get("outputs") for one in found["cells"])
