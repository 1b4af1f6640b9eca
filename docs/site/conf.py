# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sphinx configuration. tests/tools/docs_site.py copies it beside the guides and the generated reference."""

import pathlib
import re

import yaml
from docutils import nodes

_GALAXY = yaml.safe_load(pathlib.Path(__file__).with_name("galaxy.yml").read_text())

project = f"{_GALAXY['namespace']}.{_GALAXY['name']}"
author = copyright = f"Contributors to the {project} collection"
version = release = _GALAXY["version"]
html_title = f"{project} {version}"
html_short_title = project

extensions = ["myst_parser", "sphinx_antsibull_ext"]
html_theme = "sphinx_ansible_theme"
pygments_style = "ansible"
html_theme_options = {"topbar_links": {}}
html_show_sphinx = False
html_copy_source = False
html_use_index = False

# Generate the same anchors for headings as GitHub does.
myst_heading_anchors = 4

# A broken reference is a warning, and a warning fails the build.
nitpicky = True


# Labels of Ansible's own documentation that the reference pages use. The site is built without network access, so they cannot
# be looked up in an inventory. Any other unknown label remains a warning.
_ANSIBLE = "https://docs.ansible.com/ansible/latest"
_PAGES_OF_ANSIBLE = {
    "action_plugins": f"{_ANSIBLE}/plugins/action.html",
    "ansible_configuration_settings": f"{_ANSIBLE}/reference_appendices/config.html",
    "common_return_values": f"{_ANSIBLE}/reference_appendices/common_return_values.html",
}


def setup(app):
    app.connect("missing-reference", _link_to_ansible)
    app.connect("html-page-context", _set_home_link)


def _set_home_link(_app, _page, _template, context, _doctree):
    # The theme uses one URL for all pages, which is wrong for pages in subfolders.
    context["theme_documentation_home_url"] = context["pathto"]("index")


def _link_to_ansible(_app, _env, node, content):
    target = node["reftarget"]
    plugin = re.fullmatch(r"ansible_collections\.ansible\.builtin\.([a-z_]+_module)", target)
    where = f"{_ANSIBLE}/collections/ansible/builtin/{plugin[1]}.html" if plugin else _PAGES_OF_ANSIBLE.get(target)
    return nodes.reference("", "", content, internal=False, refuri=where) if where else None
