"""How Sphinx makes the site; ``make docs`` runs it, and every warning is an error."""

from __future__ import annotations

import os
import sys
from importlib.metadata import metadata
from importlib.metadata import version as installed
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "extensions"))

from notebook_files import left_out

project = "gapjunction"
author = "The gapjunction developers"
project_copyright = author
_about = metadata(project)
version = release = _about["Version"]
# Where the project is, once it has a public address: [project.urls] of pyproject.toml.
_addresses = dict(entry.split(", ", 1) for entry in _about.get_all("Project-URL") or ())

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "contents",
    "links",
    "mathml",
    "order",
    "reference",
    "tracebacks",
]
exclude_patterns = ["extensions", "benchmarks", "validation"]
highlight_language = "none"
nitpicky = True
# What is of others: their pages are not asked, so that the site builds without a network.
nitpick_ignore_regex = [("py:.*", r"(brainstate|matplotlib|numpy|saiunit|warnings)\..*")]

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

# Notebooks are executed at every build: the code that they show may have changed.
nb_execution_mode = "force"
# One that needs a newer release than is installed is shown without outputs.
nb_execution_excludepatterns = [f"notebooks/{name}.md" for name in left_out()]
nb_execution_raise_on_error = True
nb_execution_show_tb = True
nb_execution_timeout = 300
nb_execution_in_temp = True
# What a notebook prints to stderr must be meant: a cell's tag 'remove-stderr' says so.
nb_output_stderr = "remove-warn"
# What tqdm says in every notebook of a Jupyter that has no widgets.
_QUIET = "ignore:IProgress not found"
os.environ["PYTHONWARNINGS"] = ",".join(filter(None, [os.environ.get("PYTHONWARNINGS"), _QUIET]))
# Figures are outputs of their cells, whatever backend the build itself is asked to have.
os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
# Most of the time of notebooks and of cards is that of compiling. Of the two generators of code
# that jaxlib 0.10 has, the older one compiles twice as fast; an option that XLA does not know, as
# other releases do not know this one, would end the process.
if installed("jaxlib").startswith("0.10."):
    os.environ.setdefault(
        "XLA_FLAGS",
        "--xla_cpu_use_fusion_emitters=false --xla_cpu_parallel_codegen_split_count=1",
    )
nb_render_image_options = {"width": "100%"}

# Types are in the docstrings, in words. As parts of a text they need not be names of objects.
autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_param = False
napoleon_use_rtype = False
napoleon_custom_sections = [("Attributes", "params_style")]
python_maximum_signature_line_length = 88
toc_object_entries_show_parents = "hide"

html_math_renderer = "mathml"
html_theme = "pydata_sphinx_theme"
html_title = f"gapjunction {version}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {"text": f"gapjunction {version}"},
    "icon_links": [
        {"name": name, "url": _addresses[name], "icon": "fa-solid fa-code-branch"}
        for name in ("Source",)
        if name in _addresses
    ],
    "header_links_before_dropdown": 6,
    "navbar_align": "left",
    "navigation_depth": 2,
    "show_toc_level": 2,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "show_prev_next": True,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_sidebars = {page: [] for page in ("benchmarks", "index", "validation")}
