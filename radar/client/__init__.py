"""Speaks to a server: one thin layer that the command line, panels and programs share.

``where``       which server, with which token
``connection``  calls, and failures as errors that say what to do next
"""
