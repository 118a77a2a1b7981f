"""From the arguments to an exit status; the only place that turns exceptions into messages."""

import os
import sys
from collections.abc import Sequence

from admf_jit import announcements, interrupts
from admf_jit.cli.exit_status import BAD_USAGE, BROKEN_PIPE, INTERRUPTED
from admf_jit.cli.parser import parse
from admf_jit.errors import AdmfError, printable
from admf_jit.wording import broken


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    Errors of the package and refusals of the system are printed as one message without a traceback: they name
    what the user can change.
    Any other exception is a defect of the package and keeps its traceback. Where this is what the process was started
    for (no ``argv``), a second Ctrl-C ends it, whatever it is doing.
    """
    arguments = parse(sys.argv[1:] if argv is None else argv)
    try:
        quiet = any(getattr(arguments, name, False) for name in ("json", "quiet"))
        with interrupts.taken(ends_process=argv is None), announcements.silenced(quiet):
            status: int = arguments.run(arguments)
            sys.stdout.flush()
        return status
    except AdmfError as error:
        print(broken(f"error: {printable(str(error))}", sys.stderr), file=sys.stderr)
        return BAD_USAGE
    except KeyboardInterrupt as interrupt:
        print(f"\ninterrupted. {interrupt}".rstrip(), file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader (`| head`) has gone. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except OSError as error:
        # A full disk, a folder without permission: nothing in the package to look for.
        where = f"{error.filename}: " if error.filename else ""
        print(f"error: {where}{error.strerror or error}", file=sys.stderr)
        return BAD_USAGE
