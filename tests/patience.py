"""How long tests wait for what takes as long as the machine lets it."""

#: Seconds after which a process that has not come to its end is taken to hang. One that compiles beside other work on a
#: slow machine takes minutes, and no fault of it.
PATIENCE = 1800.0
