"""``python -m gapjunction``."""

import sys

from gapjunction.cli import main

sys.exit(main())
