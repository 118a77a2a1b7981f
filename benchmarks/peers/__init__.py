"""The same sweep by other engines, each in an environment and in processes of its own: `make bench-peers`."""
