"""How double wells are distributed over the ensemble of local potentials (physics.md §3)."""
