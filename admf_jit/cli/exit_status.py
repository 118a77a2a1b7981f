"""What the exit status of every command means."""

DONE = 0
SOME_FAILED = 1
BAD_USAGE = 2
INTERRUPTED = 130
BROKEN_PIPE = 141

EXPLANATION = (
    "exit status: 0 done; 1 done, but some containers failed (verify: rows differ; plan: overcommitted); "
    "2 bad usage, configuration or data; 130 interrupted"
)
