"""HTTP, public: a PSP's webhooks, verified, stored, then acknowledged. Writes `psp_event`."""
