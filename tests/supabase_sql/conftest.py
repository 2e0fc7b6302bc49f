"""Projects of the test's own, with scripts/supabase.sql and without it."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import pytest

from tests.postgres import EDITOR, Project, Server, postgres
from tests.supabase_sql.people import SCRIPT

if TYPE_CHECKING:
    from collections.abc import Iterator

DATABASES = count()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with postgres() as server:
        prepared = server.create("prepared", template="project")
        prepared.run(EDITOR, SCRIPT)
        yield server


@pytest.fixture
def bare(server: Server) -> Project:
    """A project in which the script has not been run."""
    return server.create(f"project_{next(DATABASES)}", template="project")


@pytest.fixture
def project(server: Server) -> Project:
    """A project in which it has."""
    return server.create(f"project_{next(DATABASES)}", template="prepared")
