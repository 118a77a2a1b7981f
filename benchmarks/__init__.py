"""How fast it is, how much memory it takes, and what holds it to that: `make bench`."""
