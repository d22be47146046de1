// What all kernels share. Set by who compiles it: REAL, float or double; TERMS, the number of
// coefficients of G; TILE, the sites that one thread sums over. Arrays are (S, N, R), columns
// innermost; neighbouring threads have neighbouring columns. No thread waits for another: sums over
// sites are of tiles of TILE sites, in an order that depends on N alone, so that a column's numbers
// depend on no other column.

#define KERNEL extern "C" __global__ void

typedef unsigned int Word;
typedef size_t Place;

__device__ inline Place thread_number() { return (Place)blockIdx.x * blockDim.x + threadIdx.x; }

// G'(x)/gamma of one site, from its coefficients in x, x^3, ..., which are `apart` places apart.
__device__ inline REAL slope(const REAL* coefficients, Place apart, REAL x) {
    const REAL square = x * x;
    REAL total = coefficients[(TERMS - 1) * apart];
    for (int n = TERMS - 2; n >= 0; --n) total = total * square + coefficients[n * apart];
    return total * x;
}
