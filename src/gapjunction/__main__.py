"""What ``python -m gapjunction`` runs: the command line."""

import sys

from gapjunction.cli import main

sys.exit(main())
