"""The order engine: every kind of order, exits, sizing, margin, limits; sections 9 to 16 of the trading model."""
