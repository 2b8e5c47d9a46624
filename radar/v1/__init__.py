"""The messages and services of the API, made from proto/radar/v1 by `python tools/dev.py gen`."""
