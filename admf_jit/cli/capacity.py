"""Say how many containers this machine, or another, holds at a time, by what each may use and by what each does use."""

import argparse
from dataclasses import asdict

from admf_jit.cli.arguments import add_json, size, whole_number
from admf_jit.cli.exit_status import DONE
from admf_jit.wording import counted

HELP = "say how many containers a machine holds"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument(
        "--memory", metavar="SIZE", type=size, help='of the machine, e.g. "64GB" (default: this one\'s)'
    )
    parser.add_argument("--cores", metavar="N", type=whole_number, help="of the machine (default: this one's)")
    parser.add_argument("--container-memory", metavar="SIZE", type=size, help="of one container (default: 512MB)")
    parser.add_argument("--container-cpu", metavar="X", type=float, help="cores of one container (default: 0.1)")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print both figures and what binds."""
    from admf_jit.cli.output import print_facts, print_json
    from admf_jit.config.containers import USABLE
    from admf_jit.workflow.capacity import calculate_system_capacity, measure_footprint

    names = ("memory", "cores", "container_memory", "container_cpu")
    given = {name: value for name in names if (value := getattr(arguments, name)) is not None}
    capacity = calculate_system_capacity(**given)
    footprint = measure_footprint()
    workers = max(1, capacity.cores)
    left = max(0, int(USABLE * capacity.memory) - workers * footprint.worker)
    page = calculate_system_capacity(memory=64 * 1024**3, cores=32)
    facts = {
        **asdict(capacity),
        "containers": capacity.containers,
        "limit": capacity.limit,
        "measured_worker": footprint.worker,
        "measured_container": footprint.container,
        "containers_by_measured_memory": left // footprint.container,
        "running_at_once": workers,
    }
    if arguments.json:
        print_json(facts)
        return DONE
    print_facts(
        {name.replace("_", " "): f"{value:,}" if isinstance(value, int) else value for name, value in facts.items()}
    )
    held = counted(capacity.containers, "container")
    print(f"\n{held} may be promised their limits at once; {capacity.limit} binds.")
    print(f"By the same formula 64 GB and 32 cores are {page.containers}, not the 1,200 that are sometimes quoted.")
    return DONE
