"""What makes the site is in folders of its own."""

import sys
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
sys.path += [str(DOCS), str(DOCS / "extensions")]
