"""`python -m tidehold.cli`, the same as the `tidehold` command."""

import sys

from tidehold.cli import main

sys.exit(main())
