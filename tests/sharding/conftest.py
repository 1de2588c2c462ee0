"""Settings of the tests of this folder."""

# A program that test_shard runs, on devices that these tests do not have.
collect_ignore = ["eight.py"]
