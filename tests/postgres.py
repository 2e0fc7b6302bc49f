"""A PostgreSQL of the test's own, with as much of a Supabase project in it as row level security can tell.

Nobody's tokens are checked here: what PostgREST and Supabase Storage do after they checked one is done, which is to
take a role and to put the token's claims where auth.jwt() finds them.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PROJECT = """
create role anon nologin noinherit;
create role authenticated nologin noinherit;
create role service_role nologin noinherit bypassrls;
-- Who types into the SQL editor: no superuser, but allowed to add policies to the storage schema.
create role storage_admin nologin;
create role editor nologin bypassrls in role storage_admin;
grant anon, authenticated, service_role to editor;

create schema auth;
create schema storage authorization storage_admin;
grant usage on schema auth, storage to anon, authenticated, service_role, editor;
grant all on schema public to editor;
alter default privileges for role editor in schema public grant all on tables to anon, authenticated, service_role;

create function auth.jwt() returns jsonb language sql stable
as $$ select nullif(current_setting('request.jwt.claims', true), '')::jsonb $$;
create table auth.users (id uuid primary key default gen_random_uuid(), email text, raw_app_meta_data jsonb);
grant select, update on auth.users to editor;

set role storage_admin;
create function storage.foldername(name text) returns text[] language plpgsql immutable as $$
declare parts text[] := string_to_array(name, '/');
begin return parts[1:array_length(parts, 1) - 1]; end $$;
create table storage.buckets (id text primary key, name text not null unique, public boolean default false);
create table storage.objects (
  id uuid primary key default gen_random_uuid(), bucket_id text references storage.buckets, name text, version text
);
create unique index bucketid_objname on storage.objects (bucket_id, name);
alter table storage.buckets enable row level security;
alter table storage.objects enable row level security;
grant all on storage.buckets, storage.objects to anon, authenticated, service_role;
"""


class Refused(Exception):
    """PostgreSQL said no; the message is its own."""


@dataclass(frozen=True, slots=True)
class Someone:
    """Who asks: a role, and what their token says."""

    role: str
    app_metadata: Mapping[str, Any] | None = None

    @property
    def preamble(self) -> str:
        claims = json.dumps({"role": self.role, "app_metadata": self.app_metadata or {}})
        return f"set local role {self.role}; set local request.jwt.claims = '{claims}';"


EDITOR, ANON, SERVICE = Someone("editor"), Someone("anon"), Someone("service_role")


@dataclass(frozen=True, slots=True)
class Server:
    """A running PostgreSQL."""

    directory: Path
    user: Mapping[str, Any]

    def psql(self, database: str, script: str) -> subprocess.CompletedProcess[str]:
        """Run `script` as a superuser in one transaction."""
        options = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", str(self.directory), "-U", "super"]
        return subprocess.run(
            [_binary("psql"), *options, "-d", database, "-f", "-"],
            input=script,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            **self.user,
        )

    def create(self, name: str, template: str) -> Project:
        """A new database, made like `template`."""
        done = self.psql("postgres", f"create database {name} template {template};")
        assert not done.returncode, done.stderr
        return Project(self, name)


@dataclass(frozen=True, slots=True)
class Project:
    """One database with a Supabase project in it."""

    server: Server
    name: str

    def ask(self, someone: Someone, script: str) -> list[str]:
        """The lines that `script` gives `someone`. Raises Refused."""
        return self.run(someone, script).stdout.splitlines()

    def run(self, someone: Someone, script: str) -> subprocess.CompletedProcess[str]:
        """The same, with what PostgreSQL remarked. Raises Refused."""
        done = self.server.psql(self.name, f"begin; {someone.preamble}\n{script}\n;commit;")
        if done.returncode:
            raise Refused(done.stderr)
        return done


@contextmanager
def postgres() -> Iterator[Server]:
    """A PostgreSQL on a socket of its own for the block, with the template "project" in it."""
    user = _unprivileged()
    # Not below pytest's directory: that one lets nobody but its owner in.
    with tempfile.TemporaryDirectory(prefix="storefeed-pg-") as place:
        directory = Path(place)
        if user:
            os.chown(directory, user["user"], user["group"])
        server = Server(directory, user)
        options = ["--auth=trust", "--username=super", "--no-sync", "--no-locale", "--encoding=UTF8"]
        subprocess.run(
            [_binary("initdb"), "-D", str(directory / "data"), *options],
            check=True,
            capture_output=True,
            timeout=60,
            **user,
        )
        with _running(server):
            project = server.create("project", template="template0")
            done = server.psql(project.name, PROJECT)
            assert not done.returncode, done.stderr
            yield server


@contextmanager
def _running(server: Server) -> Iterator[None]:
    settings = ("listen_addresses=", "fsync=off", "full_page_writes=off", "shared_buffers=8MB", "max_connections=10")
    process = subprocess.Popen(
        [
            _binary("postgres"),
            *("-D", str(server.directory / "data"), "-k", str(server.directory)),
            *(word for setting in settings for word in ("-c", setting)),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **server.user,
    )
    try:
        deadline = time.monotonic() + 20
        while server.psql("postgres", "select 1").returncode:
            assert process.poll() is None, "PostgreSQL ended"
            assert time.monotonic() < deadline, "PostgreSQL does not answer"
            time.sleep(0.05)
        yield
    finally:
        process.send_signal(signal.SIGINT)  # its "fast" shutdown
        process.wait(20)


def _unprivileged() -> dict[str, Any]:
    """Whom PostgreSQL may run as: it refuses root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _binary(name: str) -> str:
    """Debian keeps a server's programs off PATH, one directory for each version."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    path = str(found[-1]) if found else shutil.which(name)
    assert path, f"{name} is missing: apt install postgresql"
    return path
