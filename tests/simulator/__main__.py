# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the simulator until SIGTERM or SIGINT, or as long as COMMAND runs, which is sent to it by its environment."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

from tests.simulator.errors import ScenarioError
from tests.simulator.scenario import load_scenario
from tests.simulator.simulator import Simulator


def _write_atomically(path: Path, text: str) -> None:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


def _run(command: list[str], simulator: Simulator, stop: list[int]) -> int:
    """Run a command with the simulator's environment variables; return its exit status."""
    try:
        process = subprocess.Popen(command, env={**os.environ, **simulator.environ})
    except OSError as error:
        print(error, file=sys.stderr)
        return 127
    with process:
        # An interruption at the terminal reaches the command too, which decides what becomes of it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda _number, _frame: process.terminate())
        if stop:
            process.terminate()
        status = process.wait()
    return status if status >= 0 else 128 - status


def _print_environment(simulator: Simulator) -> None:
    print("# For the shell that runs the playbooks. Ctrl-C ends the simulator.", file=sys.stderr)
    for name, value in simulator.environ.items():
        print(f"export {name}={shlex.quote(value)}", file=sys.stderr)
    sys.stderr.flush()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulator", description=__doc__)
    parser.add_argument("--scenario", required=True, type=Path, metavar="FILE")
    parser.add_argument("--port", default=0, type=int, help="HTTP port; 0 takes a free one")
    parser.add_argument("--tls-port", default=0, type=int, help="HTTPS port; 0 takes a free one")
    parser.add_argument("--ready-file", type=Path, metavar="PATH", help="written when ready, removed at the end")
    parser.add_argument(
        "command", nargs="*", metavar="COMMAND", help="run this and end with its exit status; write -- first"
    )
    options = parser.parse_args(arguments)

    # Handlers in Python come too late for a call that is about to block, and may come within themselves: below make a
    # signal comes twice. The interpreter itself writes to this pipe, whenever that is.
    signalled, wakeup = os.pipe()
    os.set_blocking(wakeup, False)
    signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
    stop: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: stop.append(received))
    try:
        simulator = Simulator(load_scenario(options.scenario), options.port, options.tls_port)
    except ScenarioError as error:
        print(error, file=sys.stderr)
        return 2
    with simulator:
        where = {"http": simulator.http_url, "https": simulator.https_url, "ca_path": simulator.ca_path}
        line = json.dumps(where)
        try:
            if options.ready_file:
                _write_atomically(options.ready_file, line + "\n")
            if options.command:
                return _run(options.command, simulator, stop)
            if not options.ready_file:
                _print_environment(simulator)
            print(line, flush=True)
            os.read(signalled, 1)
        finally:
            if options.ready_file:
                options.ready_file.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
