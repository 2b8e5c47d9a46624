"""The program of a run: ``python -m radar.control.runs FOLDER``. It ends well whenever its standard input closes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from radar.control.runs.following import Following
from radar.control.worker.__main__ import problem_of
from radar.control.worker.channel import Channel

JOB = "job.json"
SOURCE = "source.bin"


def main(folder: Path) -> int:
    """Execute the run of a folder; the exit code says nothing that its last line does not."""
    channel = Channel()
    try:
        job = json.loads((folder / JOB).read_text(encoding="utf-8"))
        end = Following(folder, job, (folder / SOURCE).read_bytes(), channel).run()
        channel.say(end=end)
    except Exception as error:
        channel.say(end="FAILED", problem=problem_of(error))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
