"""Random networks, compared with dense equations in NumPy that share no code with the package."""
