# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How Sphinx makes the site. tests/tools/docs_site.py puts it beside copies of the guides and the generated reference."""

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

# The anchors that GitHub makes of headings, as deep as they go.
myst_heading_anchors = 4

# A reference that leads nowhere is a warning, and a warning fails the build.
nitpicky = True


# Labels of Ansible's own documentation, which reference pages use. There is no inventory to look them up in: the site is
# built without network. Any other label that is not found stays a warning.
_ANSIBLE = "https://docs.ansible.com/ansible/latest"
_PAGES_OF_ANSIBLE = {
    "ansible_configuration_settings": f"{_ANSIBLE}/reference_appendices/config.html",
    "common_return_values": f"{_ANSIBLE}/reference_appendices/common_return_values.html",
}


def setup(app):
    app.connect("missing-reference", _link_to_ansible)
    app.connect("html-page-context", _lead_home)


def _lead_home(_app, _page, _template, context, _doctree):
    # The theme takes one URL for all pages, which from pages in folders leads nowhere.
    context["theme_documentation_home_url"] = context["pathto"]("index")


def _link_to_ansible(_app, _env, node, content):
    target = node["reftarget"]
    plugin = re.fullmatch(r"ansible_collections\.ansible\.builtin\.([a-z_]+_module)", target)
    where = f"{_ANSIBLE}/collections/ansible/builtin/{plugin[1]}.html" if plugin else _PAGES_OF_ANSIBLE.get(target)
    return nodes.reference("", "", content, internal=False, refuri=where) if where else None
