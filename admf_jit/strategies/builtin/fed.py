"""What ``aj.from_signals`` and ``aj.from_orders`` run, with signals and quantities that come with each bar."""

import admf_jit as aj


@aj.strategy
class FedEntries:
    """Long from an entry to an exit."""

    entries = aj.column("entries")
    exits = aj.column("exits")

    def on_bar(self, bar, position):
        """Answer the signals of this bar; an entry and an exit cancel each other."""
        if (self.entries > 0.0) == (self.exits > 0.0):
            return aj.KEEP
        return aj.LONG if self.entries > 0.0 else aj.FLAT


@aj.strategy
class FedSignals:
    """Long or short from an entry to an exit of its side."""

    entries = aj.column("entries")
    exits = aj.column("exits")
    short_entries = aj.column("short_entries")
    short_exits = aj.column("short_exits")

    def on_bar(self, bar, position):
        """Answer the signals of this bar."""
        return aj.signals(self.entries > 0.0, self.exits > 0.0, self.short_entries > 0.0, self.short_exits > 0.0)


@aj.strategy
class FedOrders:
    """Sends a market order of a quantity, where there is one."""

    quantity = aj.column("quantity")

    def on_bar(self, bar, position, orders):
        """Order what this bar says."""
        if self.quantity < 0.0 or self.quantity > 0.0:
            orders.market(self.quantity)
        return aj.KEEP
