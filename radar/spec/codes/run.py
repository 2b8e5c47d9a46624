"""R5xxx: what a run needs and does not find."""

from __future__ import annotations

from radar.spec.codes.code import Code

CODES = (
    Code(
        "R5001",
        "a secret is not set",
        "${secret:NAME} is looked up when the run needs it: in the variable RADAR_SECRET_NAME, then in the file "
        "NAME of the folder that RADAR_SECRETS names.",
    ),
)
