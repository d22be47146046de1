// A step of the descent beside its product, in five launches: descent.py has the equations and
// descent_kernels.py the same in loops. Here what is summed over sites is summed in two launches:
// over the sites of a tile by one thread, over the tiles by one thread per column.

#define ORDERS (2 * TERMS)

__device__ inline Place tiles_of(int N) { return (N + TILE - 1) / TILE; }

// Coefficients of order k of G^(k+1)(v)/(k! gamma) in powers of v^2, times v where k is even.
// `taylor` is (ORDERS, TERMS, S, N), zero beyond the highest power.
__device__ inline REAL even(const REAL* taylor, int k, Place site, Place apart, REAL x) {
    const REAL* c = taylor + (Place)k * TERMS * apart + site;
    REAL total = c[(TERMS - 1) * apart];
    for (int m = TERMS - 2; m >= 0; --m) total = total * (x * x) + c[m * apart];
    return total;
}

// One thread per column and tile: (ORDERS, S, tiles, R) shares of the coefficients of
// dU(v + s d)/ds in powers of s.
KERNEL line(int S, int N, int R, const REAL* v, const REAL* F, const REAL* d, const REAL* Jd,
            const REAL* taylor, REAL* shares) {
    const Place thread = thread_number(), tiles = tiles_of(N), all = S * tiles * R;
    if (thread >= all) return;
    const Place r = thread % R, first = thread / R % tiles * TILE, s = thread / R / tiles;
    REAL sums[ORDERS] = {0};
    for (Place i = first; i < first + TILE && i < (Place)N; ++i) {
        const Place site = s * N + i, here = site * R + r;
        const REAL x = v[here], step = d[here];
        sums[0] -= F[here] * step;
        sums[1] -= step * Jd[here];
        REAL power = step;
        for (int k = 1; k < ORDERS; ++k) {
            power *= step;
            sums[k] += even(taylor, k, site, (Place)S * N, x) * (k % 2 ? power : power * x);
        }
    }
    for (int k = 0; k < ORDERS; ++k) shares[k * all + thread] = sums[k];
}

struct Rise {
    REAL slope, bend, rise;
};

__device__ inline Rise along(const REAL* line, REAL s) {
    Rise at = {line[ORDERS - 1], 0, line[ORDERS - 1] / ORDERS};
    for (int k = ORDERS - 2; k >= 0; --k) {
        at.bend = at.bend * s + at.slope;
        at.slope = at.slope * s + line[k];
        at.rise = at.rise * s + line[k] / (k + 1);
    }
    at.rise *= s;
    return at;
}

// One thread per column: (S, R) how far to go, line_search.line_minimum.
KERNEL line_minimum(int S, int N, int R, const REAL* shares, int steps, REAL accuracy,
                    REAL* length) {
    const Place column = thread_number(), tiles = tiles_of(N), all = S * tiles * R;
    if (column >= (Place)S * R) return;
    const Place r = column % R, s = column / R;
    REAL line[ORDERS] = {0};
    for (Place tile = 0; tile < tiles; ++tile)
        for (int k = 0; k < ORDERS; ++k) line[k] += shares[k * all + (s * tiles + tile) * R + r];
    REAL low = 0, high = 0, to;
    bool bounded = false;
    if (line[1] > 0) {
        to = -line[0] / line[1];
    } else {
        const REAL leading = line[ORDERS - 1] > 0 ? line[ORDERS - 1] : 1;
        to = pow(-line[0] / leading, (REAL)1 / (ORDERS - 1));
    }
    for (int n = 0; n < steps; ++n) {
        const Rise at = along(line, to);
        if (at.slope > 0 || at.rise > 0) {
            high = to;
            bounded = true;
        } else {
            low = to;
        }
        if (at.rise <= 0 && fabs(at.slope) <= -accuracy * line[0]) {
            length[column] = to;
            return;
        }
        const REAL newton = at.bend > 0 ? to - at.slope / at.bend : low;
        if (low < newton && (bounded ? newton < high : isfinite(newton))) to = newton;
        else to = bounded ? (low + high) / 2 : 2 * to;
    }
    length[column] = along(line, to).rise <= 0 ? to : low;
}

// One thread per column and tile: move by `length` along d; Jd becomes z = F/(stiffness + floor).
// (3, S, tiles, R) shares of the sums of (F - F') z, F z and F d, F' the force before.
KERNEL advance(int S, int N, int R, REAL* v, REAL* Jv, REAL* F, const REAL* d, REAL* Jd,
               const REAL* length, const REAL* taylor, const REAL* floor, REAL field,
               REAL* shares) {
    const Place thread = thread_number(), tiles = tiles_of(N), all = S * tiles * R;
    if (thread >= all) return;
    const Place r = thread % R, first = thread / R % tiles * TILE, s = thread / R / tiles;
    const Place apart = (Place)S * N;
    const REAL far = length[s * R + r];
    REAL turned = 0, steepest = 0, onward = 0;
    for (Place i = first; i < first + TILE && i < (Place)N; ++i) {
        const Place site = s * N + i, here = site * R + r;
        const REAL x = v[here] + far * d[here];
        const REAL product = Jv[here] + far * Jd[here];
        const REAL force = product - even(taylor, 0, site, apart, x) * x + field;
        const REAL stiffness = even(taylor, 1, site, apart, x);
        const REAL scaled = force / ((stiffness > 0 ? stiffness : 0 * stiffness) + floor[site]);
        turned += (force - F[here]) * scaled;
        steepest += force * scaled;
        onward += force * d[here];
        v[here] = x;
        Jv[here] = product;
        F[here] = force;
        Jd[here] = scaled;
    }
    shares[thread] = turned;
    shares[all + thread] = steepest;
    shares[2 * all + thread] = onward;
}

// One thread per column: (S, R) the share of d that the next direction keeps; and Fz anew, the sum
// of F z.
KERNEL share(int S, int N, int R, const REAL* shares, REAL* Fz, REAL* ahead) {
    const Place column = thread_number(), tiles = tiles_of(N), all = S * tiles * R;
    if (column >= (Place)S * R) return;
    const Place r = column % R, s = column / R;
    REAL turned = 0, steepest = 0, onward = 0;
    for (Place tile = 0; tile < tiles; ++tile) {
        const REAL* tile_shares = shares + (s * tiles + tile) * R + r;
        turned += tile_shares[0];
        steepest += tile_shares[all];
        onward += tile_shares[2 * all];
    }
    const REAL kept = Fz[column] > 0 ? turned / Fz[column] : 0;
    // Not uphill: F * (z + kept d) must be positive.
    ahead[column] = kept > 0 && steepest + kept * onward > 0 ? kept : 0;
    Fz[column] = steepest;
}

// One thread per element: d <- z + ahead d.
KERNEL turn(int S, int N, int R, REAL* d, const REAL* z, const REAL* ahead) {
    const Place here = thread_number();
    if (here >= (Place)S * N * R) return;
    d[here] = z[here] + ahead[here / R / N * R + here % R] * d[here];
}
