"""Findings as a person reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uploader.check.finding import MARKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uploader.check.finding import Finding


def said(findings: Sequence[Finding]) -> list[str]:
    """Each finding on a line, with its mark and its advice."""
    return [" ".join(filter(None, (MARKS[f.level], f.text, f.advice))) for f in findings]
