"""Settings that every test shares."""

from __future__ import annotations

import os

from hypothesis import settings

# A first call may compile a kernel, so time says nothing; CI tries the same examples each time, so that a red run is
# the change's own doing and a developer's machine is where new examples are found.
settings.register_profile("developer", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "developer")
