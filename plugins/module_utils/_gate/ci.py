# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Identify the run of the CI system that the module belongs to, from a fixed list of environment variables."""

from __future__ import annotations

from typing import Dict, Mapping, NamedTuple, Optional, Tuple
from urllib.parse import quote, urlsplit, urlunsplit

from .._formatting import escape_unprintable
from .._redaction import Redact

MAX_LENGTH = 256  # characters


class System(NamedTuple):
    """The variables of a CI system. The first one that is set is used. `url`: a template, if no variable contains the URL."""

    name: str
    marker: str
    run_id: Tuple[str, ...]
    run_url: Tuple[str, ...]
    commit: Tuple[str, ...]
    url: str = ""


# Systems that run inside another one come first. Source: the documentation of each system on its predefined variables.
SYSTEMS = (
    System("awx", "AWX_HOST", ("JOB_ID",), (), ("PROJECT_REVISION",), "{AWX_HOST}/#/jobs/playbook/{JOB_ID}"),
    System(
        "github-actions",
        "GITHUB_ACTIONS",
        ("GITHUB_RUN_ID",),
        (),
        ("GITHUB_SHA",),
        "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}",
    ),
    System(
        "gitlab-ci",
        "GITLAB_CI",
        ("CI_JOB_ID", "CI_PIPELINE_ID"),
        ("CI_JOB_URL", "CI_PIPELINE_URL"),
        ("CI_COMMIT_SHA",),
    ),
    System(
        "azure-pipelines",
        "TF_BUILD",
        ("BUILD_BUILDID",),
        (),
        ("BUILD_SOURCEVERSION",),
        "{SYSTEM_COLLECTIONURI}/{SYSTEM_TEAMPROJECT}/_build/results?buildId={BUILD_BUILDID}",
    ),
    System("buildkite", "BUILDKITE", ("BUILDKITE_BUILD_ID",), ("BUILDKITE_BUILD_URL",), ("BUILDKITE_COMMIT",)),
    System("circleci", "CIRCLECI", ("CIRCLE_BUILD_NUM",), ("CIRCLE_BUILD_URL",), ("CIRCLE_SHA1",)),
    System(
        "bitbucket-pipelines",
        "BITBUCKET_BUILD_NUMBER",
        ("BITBUCKET_BUILD_NUMBER",),
        (),
        ("BITBUCKET_COMMIT",),
        "{BITBUCKET_GIT_HTTP_ORIGIN}/pipelines/results/{BITBUCKET_BUILD_NUMBER}",
    ),
    # Last, since JENKINS_URL is also set by hand on other machines.
    System("jenkins", "JENKINS_URL", ("BUILD_NUMBER", "BUILD_ID"), ("BUILD_URL",), ("GIT_COMMIT",)),
)


# A marker with one of these values says that the job does not run there.
_UNSET = ("", "false", "0")


def read_ci(environ: Mapping[str, str], redact: Redact) -> Optional[Dict[str, Optional[str]]]:
    """Return system, run_id, run_url and commit of the run, each None if unknown; None outside of a known CI system.

    Values are redacted, then cut at MAX_LENGTH. User information, query and fragment of a URL are left out, since they may contain a token.
    """
    system = next((system for system in SYSTEMS if environ.get(system.marker, "").lower() not in _UNSET), None)
    if system is None:
        return None
    run_id = _first(environ, system.run_id)
    given = _first(environ, system.run_url)
    values = {
        "run_id": run_id,
        "run_url": _bare_url(given) if given else _built_url(system.url, environ),
        "commit": _first(environ, system.commit),
    }
    return {"system": system.name, **{name: value and _shown(value, redact) for name, value in values.items()}}


def _first(environ: Mapping[str, str], names: Tuple[str, ...]) -> Optional[str]:
    return next((environ[name].strip() for name in names if environ.get(name, "").strip()), None)


def _shown(value: str, redact: Redact) -> str:
    return escape_unprintable(redact(value))[:MAX_LENGTH]


def _built_url(template: str, environ: Mapping[str, str]) -> Optional[str]:
    """Return the URL of a template, or None if there is none or one of its variables is not set."""
    names = [part.partition("}")[0] for part in template.split("{")[1:]]
    values = {name: quote(environ.get(name, "").strip()) for name in names}
    if not names or not all(values.values()):
        return None
    values[names[0]] = (_bare_url(environ[names[0]].strip()) or "").rstrip("/")
    return template.format(**values) if values[names[0]] else None


def _bare_url(url: str) -> Optional[str]:
    """Return scheme, host, port and path of an http or https URL, or None for anything else."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", "")) if parts.scheme in ("http", "https") and host else None
