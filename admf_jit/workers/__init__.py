"""Running containers: in batches over worker processes, or one at a time with the full event trace."""
