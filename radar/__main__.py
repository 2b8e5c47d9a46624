"""``python -m radar``: the same as ``radarctl``."""

from __future__ import annotations

from radar.cli.app import main

if __name__ == "__main__":
    main()
