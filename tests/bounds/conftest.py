"""Only where indices are checked; elsewhere these tests would show nothing that others do not."""

import os

collect_ignore = [] if os.environ.get("NUMBA_BOUNDSCHECK") == "1" else ["test_indices.py"]
