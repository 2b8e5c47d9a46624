"""Text in, checked pipeline out, or every diagnostic at once. Pure: no clock, no network, no server.

``source``      a text and a place in it
``diagnostic``  what is wrong and where, and how it is printed
``findings``    collects diagnostics while checking goes on
``codes``       the table of codes that ``radarctl explain`` prints
``suggest``     did you mean
``tree``        YAML values that know where they were written
``yaml``        text to tree, YAML 1.2
``template``    the references inside a scalar: environment, secret, parameter
``values``      resolves the environment, finds secrets
``units``       numbers typed with their unit
``coerce``      a YAML value as the type that a parameter declares
``fields``      written values against a parameter model: unknown names, types, bounds
``assets``      the file of assets: instruments, groups, correlation groups
``config``      the folder of values: blocks by path, and the assets
``overrides``   values from the command line
``document``    the top level of a pipeline file
``entries``     the nodes of a pipeline file
``link``        parameters that take the value of another node's parameter
``parameters``  the effective parameters of every node, per asset
``model``       the checked pipeline
``load``        all of it in order
``kinds``       a node kind by the name that a person types
``schema``      the JSON schema for editors
"""
