"""``radarctl``: every function of Radar from a terminal, for people (tables) and for scripts (``-o json``).

``app``           the program: its commands, its start
``failures``      exit codes, and how every error reaches the user
``options``       options that several commands share
``streams``       standard streams that can print everything on every system
``screen``        tables, notes and JSON
``progress``      what a long command is doing, on standard error
``files``         files written whole or not at all
``check`` ...     one file a command or a group of commands; what a command prints beside it, as ``backtest_tables``

Nothing heavy is imported before a command runs.
"""
