"""AWS, PSP and HTTP facts: the adapters behind the core's ports, and the ways in."""

# First of all, whoever begins here: it makes the garbage collector patient.
import countinghouse as countinghouse
