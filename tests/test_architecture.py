"""What the map in uploader/__init__.py says about the code is true."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import uploader

PACKAGE = Path(uploader.__file__).parent
MAP = uploader.__doc__ or ""
# A line of the map whose sentence ends in "(pure)": no I/O, no clock, no chance: same arguments, same result.
PURE = sorted(re.findall(r"^\s+(\S+\.py) .*\(pure\)$", MAP, re.MULTILINE))
# What a pure module may import, beside modules that are pure themselves.
HARMLESS = {
    *(
        "__future__",
        "base64",
        "collections",
        "collections.abc",
        "dataclasses",
        "datetime",
        "difflib",
        "enum",
        "functools",
        "hashlib",
        "hmac",
        "html",
    ),
    *(
        "ipaddress",
        "itertools",
        "json",
        "math",
        "re",
        "string",
        "struct",
        "textwrap",
        "typing",
        "unicodedata",
        "urllib.parse",
    ),
    *("pydantic", "xml.parsers", "xml.parsers.expat", "yaml", "uploader.errors"),
}
# Doors to the outside that need no import: the clock behind datetime, and the built-in functions.
CLOCKS = {"now", "utcnow", "today"}
DOORS = {"open", "print", "input", "exec", "eval", "__import__"}


def is_pure_module(name: str) -> bool:
    return name.removeprefix("uploader.").replace(".", "/") + ".py" in PURE


def is_package(name: str) -> bool:
    return name.split(".", maxsplit=1)[0] == "uploader" and (PACKAGE.parent / name.replace(".", "/")).is_dir()


def impurities(source: str) -> list[str]:
    """What a pure module must not contain. Imports for type checkers alone do nothing when it runs, and are fine."""
    tree = ast.parse(source)
    types_only = {id(node) for block in ast.walk(tree) if is_type_checking(block) for node in ast.walk(block)}
    return [found for node in ast.walk(tree) if id(node) not in types_only for found in impurity(node)]


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def impurity(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [name.name for name in names if not is_allowed(name.name)]
        case ast.ImportFrom(module=str(package), names=names) if is_package(package):
            modules = [f"{package}.{name.name}" for name in names]
            return [module for module in modules if not is_allowed(module)]
        case ast.ImportFrom(module=str(module)):
            return [] if is_allowed(module) else [module]
        case ast.Call(func=ast.Attribute(attr=name)) if name in CLOCKS:
            return [f"{name}()"]
        case ast.Call(func=ast.Name(id=name)) if name in DOORS:
            return [f"{name}()"]
    return []


def is_allowed(module: str) -> bool:
    return module in HARMLESS or is_pure_module(module)


@pytest.mark.parametrize("module", PURE)
def test_a_pure_module_reaches_for_nothing_outside_itself(module: str) -> None:
    assert impurities((PACKAGE / module).read_text("utf-8")) == []


def test_reading_cameras_yaml_is_the_only_outside_thing_in_its_module() -> None:
    source = (PACKAGE / "configuration/cameras.py").read_text("utf-8")
    assert impurities(source) == []
    assert source.count(".read_") + source.count(".open(") == 1


def test_the_core_is_marked_as_pure() -> None:
    assert {"ffmpeg/command.py", *(f"hls/{path.name}" for path in (PACKAGE / "hls").glob("[!_]*.py"))} <= set(PURE)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import asyncio", "asyncio"),
        ("import time as clock", "time"),
        ("from pathlib import Path", "pathlib"),
        ("from urllib import request", "urllib"),
        ("from uploader.supervision import supervisor", "uploader.supervision.supervisor"),
        ("from uploader.segments.watcher import Watcher", "uploader.segments.watcher"),
        ("def late():\n    import random", "random"),
        ("from datetime import datetime\nstart = datetime.now()", "now()"),
        ("text = open('cameras.yaml').read()", "open()"),
    ],
)
def test_an_impure_module_would_be_noticed(source: str, found: str) -> None:
    assert impurities(source) == [found]


def test_imports_for_type_checkers_do_not_count() -> None:
    assert (
        impurities("if TYPE_CHECKING:\n    from pathlib import Path\nimport re\nfrom uploader.ffmpeg import command")
        == []
    )


def test_every_file_stands_in_the_map() -> None:
    files = {path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py") if path.name != "__init__.py"}
    assert files == {name for name in re.findall(r"[\w/]+\.py\b", MAP) if not name.endswith("__init__.py")}
