"""The deployed shape of Countinghouse. It names the code by path and never imports it."""
