"""A listing as Supabase gives it: which lines of a folder, in which order, in which form. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    from uploader.server.object_file import ObjectInfo
    from uploader.server.objects import Entry


class _SortBy(BaseModel):
    column: Literal["name", "updated_at", "created_at", "last_accessed_at"] = "name"
    order: Literal["asc", "desc"] = "asc"


class ListQuery(BaseModel):
    prefix: str
    limit: Annotated[int, Field(ge=1)] = 100
    offset: Annotated[int, Field(ge=0)] = 0
    sortBy: _SortBy = _SortBy()  # noqa: N815  (the API's name)
    search: str = ""


def listing(entries: list[Entry], query: ListQuery) -> list[dict[str, object]]:
    """The rows of `entries` that were asked for."""
    found = _sorted([entry for entry in entries if _matches(entry, query.search)], query.sortBy)
    return [_entry_row(entry) for entry in found[query.offset : query.offset + query.limit]]


def _matches(entry: Entry, search: str) -> bool:
    return entry.name.lower().startswith(search.lower())


def _sorted(entries: list[Entry], by: _SortBy) -> list[Entry]:
    """Folders first; they have a name and nothing else to sort by."""
    folders = sorted((entry for entry in entries if entry.info is None), key=lambda entry: entry.name)
    objects = sorted((entry for entry in entries if entry.info is not None), key=lambda entry: _sort_key(entry, by))
    if by.order == "desc":
        objects.reverse()
    return folders + objects


def _sort_key(entry: Entry, by: _SortBy) -> tuple[str, str]:
    if entry.info is None or by.column == "name":
        return entry.name, ""
    return (entry.info.created_at if by.column == "created_at" else entry.info.updated_at), entry.name


def _entry_row(entry: Entry) -> dict[str, object]:
    if entry.info is not None:
        return object_row(entry.name, entry.info)
    return dict.fromkeys(("id", "updated_at", "created_at", "last_accessed_at", "metadata")) | {"name": entry.name}


def object_row(name: str, info: ObjectInfo) -> dict[str, object]:
    """The row of one object."""
    return {
        "name": name,
        "id": info.id,
        "updated_at": info.updated_at,
        "created_at": info.created_at,
        "last_accessed_at": info.updated_at,
        "metadata": {
            "eTag": info.etag,
            "size": info.size,
            "mimetype": info.content_type,
            "cacheControl": info.cache_control,
            "lastModified": info.updated_at,
            "contentLength": info.size,
            "httpStatusCode": 200,
        },
    }
