"""`python -m tests.tools.sbom`: what LogLens stands on, as it is installed, with licences (CycloneDX 1.5 in JSON)."""

from __future__ import annotations

import json
import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import Any

NAME = re.compile(r"[A-Za-z0-9._-]+")


def bill(root: str = "loglens") -> dict[str, Any]:
    """All packages that `root` needs, extras left out, each once and sorted."""
    found: dict[str, Distribution] = {}
    waiting = [root]
    while waiting:
        name = waiting.pop()
        if name.lower() in found:
            continue
        try:
            one = distribution(name)
        except PackageNotFoundError:
            continue  # for another system or another Python
        found[name.lower()] = one
        waiting += [match[0] for need in one.requires or () if "extra ==" not in need and (match := NAME.match(need))]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "components": [_component(found[name]) for name in sorted(found)],
    }


def _component(one: Distribution) -> dict[str, Any]:
    name, version = one.metadata["Name"], one.version
    return {
        "type": "library",
        "name": name,
        "version": version,
        "purl": f"pkg:pypi/{name.lower()}@{version}",
        "licenses": [{"license": {"name": said}} for said in _licences(one)],
    }


def _licences(one: Distribution) -> list[str]:
    meta = one.metadata
    if said := meta.get_all("License-Expression"):
        return [str(said[0])]
    named = [said.rpartition(" :: ")[2] for said in meta.get_all("Classifier") or () if said.startswith("License ::")]
    return named or [str(said).splitlines()[0] for said in meta.get_all("License") or () if said]


if __name__ == "__main__":
    print(json.dumps(bill(), indent=2))
