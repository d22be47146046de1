"""Arrays and the machine: devices, compiled kernels, linear algebra, memory, interrupts."""
