# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The style sheet of the HTML report: screen (light, dark, wide, narrow) and paper."""

from __future__ import annotations

CSS = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #ffffff; --line: #d0d7de; --soft: #f3f5f7; --faint: #57606a;
  --good: #1a7f4b; --bad: #c4262e; --unknown: #8a6100; --scanned: #2f855a; --unscanned: #c53030; --risky: #b7791f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --line: #3d444d; --soft: #161b22;
  --faint: #9198a1; --good: #4cc38a; --bad: #ff7b72; --unknown: #e3b341; --scanned: #3fb27f; --unscanned: #f0605a;
  --risky: #d9a441; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 70rem; padding: 1rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: .5rem 0; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; }
.passed { color: var(--good); } .failed { color: var(--bad); } .unknown, .not_judged { color: var(--unknown); }
.faint { color: var(--faint); font-size: .875rem; }
.state { font-weight: 700; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid var(--line); }
th { font-size: .8rem; color: var(--faint); } td { white-space: pre-wrap; min-width: 6rem; }
td code { white-space: nowrap; }
code, pre { font: .875rem/1.45 ui-monospace, monospace; }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 6px; padding: .6rem; white-space: pre-wrap; }
.track { display: flex; height: 1rem; background: var(--soft); outline: 1px solid var(--line); border-radius: 3px; overflow: hidden; }
.track + .track { height: .5rem; margin-top: 3px; }
.track span { display: block; height: 100%; flex: none; }
.scanned { background: var(--scanned); }
.unscanned { background: repeating-linear-gradient(45deg, var(--unscanned) 0 6px, transparent 6px 8px) var(--soft); }
.excepted { background: var(--faint); }
.risky { background: var(--risky); }
.key { display: inline-block; width: .8em; height: .8em; margin-right: .35em; border-radius: 2px; }
@media (max-width: 40rem) { body { padding: .6rem; } th, td { padding: .3rem; } }
@media print { :root { color-scheme: light; --ink: #000000; --paper: #ffffff; --line: #999999; --soft: #ffffff; --faint: #333333;
  --good: #135c37; --bad: #9b1c22; --unknown: #6b4b00; --scanned: #2f855a; --unscanned: #c53030; --risky: #b7791f; }
  body { max-width: none; font-size: 11pt; } .wide { overflow: visible; } h2, h3, .scope { break-inside: avoid; }
  thead { display: table-header-group; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
"""
