"""What is known of a service: messages go in, figures come out. Nothing here draws, and nothing opens a socket.

numpy's library for linear algebra starts a thread for each processor, with 40 MB of address space each, as soon as it
is loaded, and nothing here needs any. The variable that prevents it is taken out of the environment again, so that the
services that gotop starts do not inherit it.
"""

import os

_THREADS = "OPENBLAS_NUM_THREADS"

if _THREADS not in os.environ:
    os.environ[_THREADS] = "1"
    import numpy  # noqa: F401

    del os.environ[_THREADS]
