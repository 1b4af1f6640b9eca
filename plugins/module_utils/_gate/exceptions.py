# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the exceptions of the gate, and find the clusters that they excuse. Pure."""

from __future__ import annotations

import datetime
import re
from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple

from .._api.scopes import Record
from .._errors import ConfigurationError
from .wording import MAX_NAME, cut

# Keys of an exception that select clusters, each of them exact. At least one of the first two is required.
IDENTITY = ("cluster_id", "cluster_name")
SELECTORS = (*IDENTITY, "account", "region", "project_id", "project_name")
REQUIRED = ("rules", "reason", "expires")
# Rules about single clusters. The others cannot be excepted.
EXCEPTABLE_RULES = [
    "max_unscanned",
    "max_scan_age",
    "max_risky",
    "max_app_vulnerable",
    "max_unprotected",
    "unknown_to_hss",
]
OPTIONS: Dict[str, Dict[str, Any]] = {
    **{name: {"type": "str"} for name in SELECTORS},
    "rules": {"type": "list", "elements": "str", "required": True, "choices": EXCEPTABLE_RULES},
    "reason": {"type": "str", "required": True},
    "approved_by": {"type": "str"},
    "expires": {"type": "str", "required": True},
}

_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(?:Z|([+-])(\d\d):?(\d\d))", re.ASCII
)


class ClusterException(NamedTuple):
    """One exception, which is valid until `expires`."""

    number: int
    selectors: Mapping[str, str]
    rules: Sequence[str]
    reason: str
    approved_by: Optional[str]
    text: str  # expires, as given
    expires: datetime.datetime  # aware; from then on it excuses nothing

    def label(self) -> str:
        """Return the name of the exception in a note."""
        name = self.selectors.get("cluster_name") or f"ID {self.selectors['cluster_id']}"
        return f"Exception {self.number} ({cut(name, MAX_NAME)})"

    def selects(self, cluster: Mapping[str, Any]) -> bool:
        """Return whether all selectors match the cluster."""
        return all(cluster.get(key) == value for key, value in self.selectors.items())

    def as_result(self) -> Record:
        """Return the exception as it is shown with an excepted cluster."""
        return {"reason": self.reason, "approved_by": self.approved_by, "expires": self.text}


def read_exceptions(given: Optional[Sequence[Mapping[str, Any]]]) -> List[ClusterException]:
    """Return the validated exceptions. Raises ConfigurationError, which names the entry, for a malformed one."""
    return [_read(entry or {}, number) for number, entry in enumerate(given or [])]


# Why an exception with project_name may match no cluster.
_NOT_KNOWN = " (the name of a project that the task gives by its ID is not known)"


class Exceptions:
    """The exceptions of a run, applied to its clusters at `now`.

    `judged`: all clusters that the rules judge, each with the keys of its scope.
    """

    def __init__(
        self, exceptions: Sequence[ClusterException], judged: Iterable[Mapping[str, Any]], now: datetime.datetime
    ) -> None:
        self._expired = [exception for exception in exceptions if now >= exception.expires]
        current = [exception for exception in exceptions if now < exception.expires]
        clusters = list(judged) if current else []
        self._matches = [(exception, _matches(exception, clusters)) for exception in current]
        self._used: Set[int] = set()

    def split(self, rule: str, offenders: Sequence[Record]) -> Tuple[List[Record], List[Record]]:
        """Return the offenders of a rule that are not excepted, and those that are, each with its exception."""
        left: List[Record] = []
        excepted: List[Record] = []
        for offender in offenders:
            exception = self._find(rule, offender)
            if exception is None:
                left.append(offender)
            else:
                self._used.add(exception.number)
                excepted.append({**offender, "exception": exception.as_result()})
        return left, excepted

    def notes(self) -> List[str]:
        """Return a note for each exception that excused no cluster. Call it after the last split()."""
        notes = [f"{e.label()} expired ({e.text}) and excuses nothing." for e in self._expired]
        for exception, matches in self._matches:
            if not matches:
                notes.append(
                    f"{exception.label()} matches no cluster that was judged{_NOT_KNOWN if 'project_name' in exception.selectors else ''}."
                )
            elif _is_ambiguous(exception, matches):
                notes.append(
                    f"{exception.label()} matches {len(matches)} clusters by name and excuses none: add cluster_id."
                )
            elif exception.number not in self._used:
                notes.append(
                    f"{exception.label()} is not needed: its cluster breaks none of its rules, or another exception covers it."
                )
        return notes

    def _find(self, rule: str, offender: Record) -> Optional[ClusterException]:
        return next(
            (
                exception
                for exception, matches in self._matches
                if rule in exception.rules and exception.selects(offender) and not _is_ambiguous(exception, matches)
            ),
            None,
        )


def _matches(exception: ClusterException, clusters: Sequence[Mapping[str, Any]]) -> Set[Tuple[Any, ...]]:
    keys = ("account", "region", "project_id", "cluster_id")
    return {tuple(cluster.get(key) for key in keys) for cluster in clusters if exception.selects(cluster)}


def _is_ambiguous(exception: ClusterException, matches: Set[Tuple[Any, ...]]) -> bool:
    """Return whether a name alone selects several clusters, so that it is not known which one was meant."""
    return "cluster_id" not in exception.selectors and len(matches) > 1


def _read(entry: Mapping[str, Any], number: int) -> ClusterException:
    origin = f"Option exceptions[{number}]"
    for key, value in entry.items():
        if isinstance(value, str) and not value.strip():
            raise ConfigurationError(f"{origin}.{key} is empty or blank: give it a value, or leave it out.")
    if not any(entry.get(key) for key in IDENTITY):
        raise ConfigurationError(f"{origin} names no cluster: give cluster_id, cluster_name or both.")
    if not entry["rules"]:
        raise ConfigurationError(f"{origin}.rules is an empty list: name the rules that the cluster may break.")
    return ClusterException(
        number,
        {key: entry[key] for key in SELECTORS if entry.get(key) is not None},
        entry["rules"],
        entry["reason"],
        entry.get("approved_by"),
        entry["expires"],
        _end(entry["expires"].strip(), f"{origin}.expires"),
    )


def _end(text: str, origin: str) -> datetime.datetime:
    """Return the time from which on an exception excuses nothing: for a date, the end of that day in UTC."""
    day, moment = _DATE.fullmatch(text), _TIME.fullmatch(text)
    utc = datetime.timezone.utc
    try:
        if day:
            year, month, date = map(int, day.groups())
            # Not the start of the next day, which a datetime cannot represent for 9999-12-31.
            return datetime.datetime(year, month, date, 23, 59, 59, 999999, tzinfo=utc)
        if moment:
            parts = [int(part or 0) for part in moment.group(1, 2, 3, 4, 5, 6)]
            return datetime.datetime(*parts, tzinfo=_zone(*moment.group(7, 8, 9)))  # type: ignore[arg-type, misc]
    except ValueError:
        pass
    raise ConfigurationError(
        f"{origin} must be a date such as 2026-12-31, or an ISO 8601 time with a zone such as 2026-12-31T18:00:00Z."
    )


def _zone(sign: Optional[str], hours: Optional[str], minutes: Optional[str]) -> datetime.timezone:
    """Return the time zone; UTC for Z. Raises ValueError for one of a day or more."""
    offset = datetime.timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    return datetime.timezone(-offset if sign == "-" else offset)
