# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The style sheet of the HTML report: screen (light, dark, wide, narrow) and paper."""

from __future__ import annotations

CSS = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #ffffff; --line: #d0d7de; --soft: #f3f5f7; --faint: #57606a;
  --good: #1a7340; --bad: #b81f28; --unknown: #7d5700; --scanned: #2f855a; --stale: #c27c0e; --unscanned: #c53030; --excepted: #8c959f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --line: #3d444d; --soft: #161b22;
  --faint: #9aa4ae; --good: #4cc38a; --bad: #ff8a82; --unknown: #e3b341; --scanned: #3fb27f; --stale: #d9a441;
  --unscanned: #f0605a; --excepted: #6e7681; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 75rem; padding: 1rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: .5rem 0; padding-left: .6rem; border-left: .4rem solid; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
.passed { color: var(--good); } .failed { color: var(--bad); } .unknown, .not_judged { color: var(--unknown); }
.faint { color: var(--faint); font-size: .8125rem; }
.state { font-weight: 700; }
header ul { font-weight: 600; }
ul { margin: .5rem 0; padding-left: 1.25rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(7.5rem, 1fr)); gap: .5rem; margin: 1rem 0; }
.tiles div { background: var(--soft); border: 1px solid var(--line); border-radius: 6px; padding: .4rem .6rem; }
.tiles dt { color: var(--faint); font-size: .8125rem; }
.tiles dd { margin: 0; font-size: 1.35rem; font-weight: 600; font-variant-numeric: tabular-nums; }
footer { margin-top: 2.5rem; border-top: 1px solid var(--line); font-size: .875rem; }
.facts div { display: grid; grid-template-columns: 11rem 1fr; gap: .5rem; padding: .1rem 0; }
.facts dt { color: var(--faint); } .facts dd { margin: 0; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--line); }
thead th { font-size: .8125rem; color: var(--faint); vertical-align: bottom; overflow-wrap: normal; }
tbody th { font-weight: 400; } tbody th b { font-weight: 600; white-space: pre-wrap; } tbody th > * + * { display: block; }
tbody th code { font-size: .75rem; }
td { white-space: pre-wrap; } .number { font-variant-numeric: tabular-nums; }
.total > * { background: var(--soft); }
code, pre { font: .8125rem/1.45 ui-monospace, monospace; }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 6px; padding: .6rem; white-space: pre-wrap; }
thead th:first-child { width: 26%; } .bar { width: 18%; padding-top: .6rem; } .time { white-space: nowrap; }
.track { display: flex; height: 1rem; background: var(--soft); outline: 1px solid var(--line); border-radius: 3px; overflow: hidden; }
.track span { display: block; height: 100%; flex: none; }
.scanned { background: var(--scanned); }
.stale { background: repeating-linear-gradient(90deg, var(--stale) 0 5px, transparent 5px 7px) var(--soft); }
.unscanned { background: repeating-linear-gradient(45deg, var(--unscanned) 0 6px, transparent 6px 8px) var(--soft); }
.excepted { background: var(--excepted); }
.key { display: inline-block; width: .9em; height: .9em; margin-right: .35em; border-radius: 2px; vertical-align: -.1em; }
@media (max-width: 56rem) { body { padding: .75rem; } .facts div { grid-template-columns: 1fr; gap: 0; }
  table, tbody, tr, th, td { display: block; width: auto; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; padding: .3rem .6rem; }
  tr.total { background: var(--soft); } th, td { border: 0; padding: .15rem 0; }
  td[data-label] { display: grid; grid-template-columns: 8rem 1fr; gap: .5rem; }
  td[data-label]::before { content: attr(data-label); color: var(--faint); font-size: .8125rem; }
  td.number { display: inline-flex; gap: .35rem; margin-right: 1rem; align-items: baseline; }
  td.bar { display: block; width: auto; } td.bar::before { content: none; } td.bar .track { margin: .2rem 0; } }
@media print { :root { color-scheme: light; --ink: #000000; --paper: #ffffff; --line: #999999; --soft: #ffffff; --faint: #333333;
  --good: #135c37; --bad: #9b1c22; --unknown: #6b4b00; --scanned: #2f855a; --stale: #c27c0e; --unscanned: #c53030; --excepted: #8c959f; }
  body { max-width: none; padding: 0; font-size: 10pt; } tr, h2, .tiles div { break-inside: avoid; } h2 { break-after: avoid; }
  tr { margin: .2rem 0; } tbody th > * + *, tbody th code { display: inline; margin-left: .5rem; font-size: .75rem; }
  td.bar .track { height: .6rem; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
"""
