"""Rules of other engines, each taken over as a whole: sections 17 and 18 of the trading model."""
