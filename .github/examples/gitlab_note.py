"""Post the comment in a file as a note on the merge request of this pipeline, or update the one that is there."""

# ruff: noqa: INP001 (a script to copy, not a package)
from __future__ import annotations

import json
import os
import sys
import urllib.request
from pathlib import Path
from typing import Any


def call(method: str, path: str, body: dict[str, str] | None = None) -> Any:
    """The answer of GitLab's API, decoded."""
    request = urllib.request.Request(  # noqa: S310 (the address is GitLab's own, from the pipeline)
        os.environ["CI_API_V4_URL"] + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"PRIVATE-TOKEN": os.environ["LOGLENS_TOKEN"], "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        return json.load(answer)


def main() -> None:
    if not os.environ.get("LOGLENS_TOKEN") or not os.environ.get("CI_MERGE_REQUEST_IID"):
        sys.stderr.write("no LOGLENS_TOKEN or no merge request: no note\n")
        return
    body = Path(sys.argv[1]).read_text(encoding="utf-8")
    marker = body.partition("\n")[0]
    notes = f"/projects/{os.environ['CI_PROJECT_ID']}/merge_requests/{os.environ['CI_MERGE_REQUEST_IID']}/notes"
    mine = call("GET", "/user")["id"]
    page = 1
    while found := call("GET", f"{notes}?per_page=100&page={page}"):
        for note in found:
            if note["author"]["id"] == mine and note["body"].startswith(marker):
                call("PUT", f"{notes}/{note['id']}", {"body": body})
                return
        page += 1
    call("POST", notes, {"body": body})


if __name__ == "__main__":
    main()
