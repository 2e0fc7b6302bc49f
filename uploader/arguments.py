"""What can be typed after `live_stream.py`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NoReturn

from uploader.errors import InputError


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message[:1].upper()}{message[1:]}.", f"See '{self.prog} --help'.")


def parser() -> argparse.ArgumentParser:
    """Reads the words of a command. Raises InputError for those it does not know."""
    # SUPPRESS: an option before the command's name is not overwritten by its default after it.
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--config", type=Path, metavar="FILE", help="the cameras (default: cameras.yaml)")
    common.add_argument("--verbose", action="store_true", help="say more, for finding faults")
    # What is about all cameras, whatever was typed, does not take this.
    some = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    some.add_argument("--camera", action="append", metavar="ID", help="this camera; may be given more than once")
    parser: argparse.ArgumentParser = _Parser(
        prog="live_stream.py",
        parents=[common, some],
        description="Any RTSP camera, live in any browser, through nothing but a storage bucket.",
    )
    parser.add_argument("--all", action="store_true", help="every enabled camera")
    parser.set_defaults(command="stream", config=Path("cameras.yaml"), camera=[], verbose=False, all=False)
    commands = parser.add_subparsers(title="commands", metavar="")
    printing = commands.add_parser(
        "print-command", parents=[common, some], help="show a camera's FFmpeg command, secrets hidden"
    )
    printing.set_defaults(command="print-command")
    checking = commands.add_parser("check", parents=[common, some], help="say what is wrong, and what to do about it")
    checking.add_argument("--json", action="store_true", help="one document, for programs")
    checking.add_argument("--pictures", type=Path, metavar="DIR", help="save a picture of each camera there")
    checking.set_defaults(command="check")
    status = commands.add_parser("status", parents=[common], help="what each camera of the running worker is doing")
    status.add_argument("--json", action="store_true", help="for programs")
    status.add_argument("--watch", action="store_true", help="again every two seconds, until Ctrl-C")
    status.set_defaults(command="status")
    commands.add_parser(
        "link", parents=[common, some], help="the worker's page as a link for a phone, with the token"
    ).set_defaults(command="link")
    service = commands.add_parser(
        "install-service", parents=[common, some], help="have systemd keep the worker running"
    )
    service.add_argument("--all", action="store_true", help="every enabled camera (also where none is named)")
    service.add_argument("--print", action="store_true", dest="show", help="only show the unit")
    service.set_defaults(command="install-service")
    commands.add_parser(
        "discover", parents=[common], help="look for cameras on this network, and show entries for cameras.yaml"
    ).set_defaults(command="discover")
    commands.add_parser("schema", help="print the JSON schema of cameras.yaml, for editors").set_defaults(
        command="schema"
    )
    return parser
