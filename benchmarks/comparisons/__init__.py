"""Cells and pairs, as this library has them and as others solve them: how far they are apart.

The tests bound the differences, ``make validate`` shows them, and the modules that are commands
print them as tables.
"""
