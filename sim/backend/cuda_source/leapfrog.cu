// A leapfrog step beside its product, each column with its own time step, and the energies of a
// trajectory: kernels.py has the equations. All sites are alike.

// One thread per element.
KERNEL kick_drift(int S, int N, int R, REAL* v, REAL* p, const REAL* Jv, const REAL* kick,
                  const REAL* drift, const REAL* slopes, REAL field) {
    const Place here = thread_number();
    if (here >= (Place)S * N * R) return;
    const Place column = here / R / N * R + here % R;
    const REAL x = v[here];
    const REAL momentum = p[here] + kick[column] * (Jv[here] - slope(slopes, 1, x) + field);
    p[here] = momentum;
    v[here] = x + drift[column] * momentum;
}

// One thread per column and tile: (S, tiles, R) shares of U and of the kinetic energy. `values`
// are the coefficients of G(v)/gamma in v^2, v^4, ...
KERNEL energies(int S, int N, int R, const REAL* v, const REAL* p, const REAL* Jv,
                const REAL* values, REAL field, REAL* potential, REAL* kinetic) {
    const Place thread = thread_number(), tiles = (N + TILE - 1) / TILE;
    if (thread >= S * tiles * R) return;
    const Place r = thread % R, first = thread / R % tiles * TILE, s = thread / R / tiles;
    REAL U = 0, K = 0;
    for (Place i = first; i < first + TILE && i < (Place)N; ++i) {
        const Place here = (s * N + i) * R + r;
        const REAL x = v[here];
        U += x * (slope(values, 1, x) - field - (REAL)0.5 * Jv[here]);
        K += (REAL)0.5 * p[here] * p[here];
    }
    potential[thread] = U;
    kinetic[thread] = K;
}
