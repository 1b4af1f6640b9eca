# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the files of the reports: under a lock, atomically, and without following links."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from typing import Dict, Iterable, Iterator, List, Mapping, Optional, Tuple

from ..._clock import Clock
from ..._errors import ReportError
from ..._formatting import escape_unprintable

# File names by format.
FILES = {
    "junit": "cluster-scan-gate.xml",
    "json": "cluster-scan-gate.json",
    "markdown": "cluster-scan-gate.md",
    "html": "cluster-scan-gate.html",
    "prometheus": "cluster-scan-gate.prom",
}
PREVIOUS = "cluster-scan-gate.previous.json"
CHECKSUMS = "SHA256SUMS"
# Prefix of the file names while reports are written.
TEMPORARY = ".cluster-scan-gate-"

# Without O_NONBLOCK, opening a FIFO would wait for its other end.
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

CANNOT_WRITE = "No report can be written to"
CANNOT_REMOVE = "A report of an earlier run cannot be removed from"

# Another gate holds the lock for milliseconds only, unless its process is suspended.
LOCK_TRIES, LOCK_PAUSE = 100, 0.1  # seconds


class ReportFolder:
    """The folder of the reports. The methods that read or change files are called with the lock held, and raise OSError or ReportError."""

    def __init__(self, path: str) -> None:
        self.path = _absolute(path)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock of the folder, so that the files of two gates are never mixed. Raises ReportError.

        The lock is on the folder itself, so it leaves no file. On a file system without locks nothing is locked.
        """
        with self.errors():
            descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self._lock(descriptor)
            with self.errors():
                yield
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def errors(self, what: str = CANNOT_WRITE) -> Iterator[None]:
        """Convert OSError and ValueError into ReportError, whose message begins with `what`."""
        problem = None
        try:
            yield
        except OSError as error:
            problem = _reason(error)
        except ValueError:
            problem = "a path cannot contain a NUL or a character that the file system's encoding lacks"
        if problem is not None:
            raise self.error(what, problem)

    def error(self, what: str, problem: str) -> ReportError:
        """Return an error about this folder."""
        return ReportError(
            f"{what} {escape_unprintable(self.path)}: {problem}.",
            hint="Check report_dir: a folder on the host that runs the module, which its user may write to.",
        )

    def create(self) -> None:
        """Create the folder and its parents where they do not exist."""
        # Fails early for a path that is too long, of which makedirs() would create the first parents.
        with contextlib.suppress(FileNotFoundError):
            os.stat(self.path)
        os.makedirs(self.path, exist_ok=True)

    def file(self, name: str) -> str:
        """Return the path of a file in this folder."""
        return os.path.join(self.path, name)

    def remove(self, name: str) -> None:
        """Remove a file if it exists; of a symbolic link, the link itself."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.file(name))

    def remove_leftovers(self) -> None:
        """Remove the temporary files of a run that was killed."""
        for name in os.listdir(self.path):
            if name.startswith(TEMPORARY):
                self.remove(name)

    def is_without(self, name: str, word: str) -> bool:
        """Return whether a file exists that does not contain a word in its first 64 KiB."""
        try:
            with os.fdopen(os.open(self.file(name), READ), "rb") as file:
                return word.encode("ascii") not in file.read(65536)
        except OSError:
            # There is no file, or something that is not a report and will be replaced.
            return False

    def keep(self, name: str, as_name: str) -> None:
        """Rename a file, replacing the one that has the new name."""
        os.replace(self.file(name), self.file(as_name))

    def write_each(self, texts: Mapping[str, bytes], unwanted: Iterable[str]) -> None:
        """Replace the files one by one; remove those that cannot be written, and the unwanted ones.

        All files are tried. Then raises ReportError for the first problem, preferring an old file that could not be removed.
        """
        problems: List[Tuple[str, OSError]] = []
        written: Dict[str, Optional[str]] = dict.fromkeys(unwanted)
        for name, text in texts.items():
            written[name] = None
            try:
                written[name] = self._write_temporary(text)
            except OSError as error:
                problems.append((CANNOT_WRITE, error))
        for name, temporary in written.items():
            try:
                if temporary is None:
                    self.remove(name)
                else:
                    os.replace(temporary, self.file(name))
            except OSError as error:
                _unlink(temporary)
                problems.insert(0, (CANNOT_REMOVE, error))
        if problems:
            what, problem = problems[0]
            raise self.error(what, _reason(problem))

    def write_all(self, texts: Mapping[str, bytes]) -> None:
        """Write all files, in this order, or none. The old checksums are removed first.

        All are written under temporary names before the first is renamed, so no reader sees a partial file, and a full disk changes
        nothing. If one cannot be renamed, all are removed.
        """
        temporary: Dict[str, str] = {}
        try:
            for name, text in texts.items():
                temporary[name] = self._write_temporary(text)
            self.remove(CHECKSUMS)
        except BaseException:
            for path in temporary.values():
                _unlink(path)
            raise
        try:
            for name, path in temporary.items():
                os.replace(path, self.file(name))
        except BaseException:
            for name, path in temporary.items():
                _unlink(path)
                _unlink(self.file(name))
            raise

    def _write_temporary(self, text: bytes) -> str:
        """Write a temporary file, with the permissions that the umask allows; return its path."""
        # Created with its final permissions, since some file systems (SMB, FUSE) reject chmod.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        path = self.file(f"{TEMPORARY}{os.urandom(8).hex()}")
        try:
            with os.fdopen(os.open(path, flags, 0o666), "wb") as file:
                file.write(text)
        except BaseException:
            _unlink(path)
            raise
        return path

    def _lock(self, descriptor: int) -> None:
        """Wait for the lock. Raises ReportError if another process keeps it."""
        clock = Clock()
        for _try in range(LOCK_TRIES):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                clock.sleep(LOCK_PAUSE)
            except OSError:
                # Some network file systems cannot lock folders.
                return
            else:
                return
        raise self.error(CANNOT_WRITE, "another process has locked it and does not release the lock")


def checksums(texts: Mapping[str, bytes], further: Mapping[str, str]) -> bytes:
    """Return the content of CHECKSUMS, as `sha256sum -c` reads it. `further`: the SHA-256 of other files, by name."""
    sums = {**{name: hashlib.sha256(text).hexdigest() for name, text in texts.items()}, **further}
    return "".join(f"{digest}  {name}\n" for name, digest in sums.items()).encode("ascii")


def _unlink(path: Optional[str]) -> None:
    if path is not None:
        with contextlib.suppress(OSError):
            os.unlink(path)


def _reason(error: OSError) -> str:
    if isinstance(error, FileExistsError):
        return "it is a file, or a link to a folder that does not exist"
    return error.strerror or type(error).__name__


def _absolute(folder: str) -> str:
    """Return the absolute path for messages and results, or the path as given if the working directory was removed."""
    try:
        return os.path.abspath(folder)
    except OSError:  # pragma: no cover - ansible-core leaves a working directory that is gone; it may go later
        return folder
