"""The whole system on one machine: emulator, sandbox PSP, deployment, endpoints."""
