// A leapfrog step beside its product, each column with its own time step, and the energies of a
// trajectory: kernels.py has the equations. Coefficients are (TERMS, S, N).

// One thread per element.
KERNEL kick_drift(int S, int N, int R, REAL* v, REAL* p, const REAL* Jv, const REAL* kick,
                  const REAL* drift, const REAL* slopes, REAL field) {
    const Place here = thread_number(), site = here / R, sites = (Place)S * N;
    if (here >= sites * R) return;
    const Place column = site / N * R + here % R;
    const REAL x = v[here];
    const REAL force = Jv[here] - slope(slopes + site, sites, x) + field;
    const REAL momentum = p[here] + kick[column] * force;
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
        const Place site = s * N + i, here = site * R + r;
        const REAL x = v[here];
        U += x * (slope(values + site, (Place)S * N, x) - field - (REAL)0.5 * Jv[here]);
        K += (REAL)0.5 * p[here] * p[here];
    }
    potential[thread] = U;
    kinetic[thread] = K;
}
