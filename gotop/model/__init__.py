"""What is known of a service: messages go in, figures come out. No colours, no sockets.

Its columns are numpy's, whose library for linear algebra would start a thread for each processor, with 40 MB of address
space each, as soon as it is loaded. Nobody here needs any. The variable that says so is not left to the services that
gotop starts.
"""

import os

_THREADS = "OPENBLAS_NUM_THREADS"

if _THREADS not in os.environ:
    os.environ[_THREADS] = "1"
    import numpy  # noqa: F401

    del os.environ[_THREADS]
