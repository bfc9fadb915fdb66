"""What an arm loads of the user's code is gone before the next one (`test_warm.py` has whole arms)."""

from __future__ import annotations

import compileall
import sys
from collections.abc import Iterator
from importlib import import_module, invalidate_caches
from pathlib import Path
from types import ModuleType

import pytest

from loglens.replay.torch.fresh import forget_modules


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[frozenset[str]]:
    """The modules that stay. An installation and the user's folder, both on the path, share a namespace."""
    places = [tmp_path / "site-packages", tmp_path / "mine"]
    for place, name in zip(places, ("lib", "own"), strict=True):
        (place / "shared_space").mkdir(parents=True)
        (place / "shared_space" / f"{name}.py").write_text("count = 0\n")
        monkeypatch.syspath_prepend(str(place))
    (places[1] / "own_space" / "inner").mkdir(parents=True)
    (places[1] / "own_space" / "inner" / "part.py").write_text("count = 0\n")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    invalidate_caches()
    before = frozenset(sys.modules)
    yield before
    for name in sys.modules.keys() - before:
        del sys.modules[name]


def counted(package: str, module: str) -> int:
    """`from package import module` in an arm, which counts in it."""
    found = getattr(__import__(package, fromlist=[module]), module)
    found.count += 1
    return int(found.count)


@pytest.mark.parametrize(("package", "module"), [("own_space.inner", "part"), ("shared_space", "own")])
def test_a_namespace_package_keeps_nothing_of_an_arm(kept: frozenset[str], package: str, module: str) -> None:
    assert [counted(package, module), counted(package, module)] == [1, 2]
    forget_modules(kept)
    assert counted(package, module) == 1


def test_what_is_installed_stays_in_its_namespace(kept: frozenset[str]) -> None:
    import_module("shared_space.own")
    lib = import_module("shared_space.lib")
    forget_modules(kept)
    assert sys.modules["shared_space.lib"] is lib
    assert sys.modules["shared_space"].lib is lib, "also where it is reached through the package"
    assert "shared_space.own" not in sys.modules


def test_a_package_that_is_only_a_namespace_of_the_users_is_loaded_anew(kept: frozenset[str]) -> None:
    import_module("own_space").left_behind = True  # type: ignore[attr-defined]
    forget_modules(kept)
    assert not hasattr(import_module("own_space"), "left_behind")


def test_what_only_looks_like_a_module_stays(kept: frozenset[str], monkeypatch: pytest.MonkeyPatch) -> None:
    made = ModuleType("shared_space.made")
    made.__file__ = "_made.py"
    package = import_module("shared_space")
    monkeypatch.setattr(package, "made", made, raising=False)
    monkeypatch.setitem(sys.modules, made.__name__, made)
    import_module("shared_space.lib")
    forget_modules(kept)
    assert package.made is made and sys.modules[made.__name__] is made


def test_bytecode_without_its_source_is_the_users_too(kept: frozenset[str], tmp_path: Path) -> None:
    source = tmp_path / "mine" / "only_bytecode.py"
    source.write_text("count = 0\n")
    compileall.compile_file(str(source), legacy=True, quiet=1)
    source.unlink()
    invalidate_caches()
    assert str(import_module("only_bytecode").__file__).endswith(".pyc")
    forget_modules(kept)
    assert "only_bytecode" not in sys.modules
