// A Langevin step beside its product: langevin_step.py has the equations, philox.py the normals.

__device__ inline REAL kicked(const REAL* p, const REAL* Jv, Place here, REAL x,
                              const REAL* slopes, Place site, Place apart, REAL field,
                              REAL time_step) {
    return p[here] + time_step * (Jv[here] - slope(slopes + site, apart, x) + field);
}

// One thread per element.
KERNEL kick_drift(int S, int N, int R, REAL* v, REAL* p, const REAL* Jv, const REAL* slopes,
                  REAL field, REAL time_step) {
    const Place here = thread_number(), sites = (Place)S * N;
    if (here >= sites * R) return;
    const REAL x = v[here];
    const REAL momentum = kicked(p, Jv, here, x, slopes, here / R, sites, field, time_step);
    p[here] = momentum;
    v[here] = x + time_step * momentum;
}

// Philox4x32-10: counter becomes four random words.
__device__ inline void philox(Word counter[4], Word a, Word b) {
    for (int round = 0; round < 10; ++round) {
        const unsigned long long one = 0xD2511F53ull * counter[0];
        const unsigned long long other = 0xCD9E8D57ull * counter[2];
        counter[0] = (Word)(other >> 32) ^ counter[1] ^ a;
        counter[1] = (Word)other;
        counter[2] = (Word)(one >> 32) ^ counter[3] ^ b;
        counter[3] = (Word)one;
        a += 0x9E3779B9u;
        b += 0xBB67AE85u;
    }
}

// Two standard normals of two words, by the method of Box and Muller.
__device__ inline void box_muller(Word one, Word other, float* z) {
    const float radius = sqrtf(-2.0f * logf(((float)one + 0.5f) * 0x1p-32f));
    const float angle = (float)other * (float)(6.2831853071795865 * 0x1p-32);
    z[0] = radius * cosf(angle);
    z[1] = radius * sinf(angle);
}

// One thread per column and four sites, which share a counter.
KERNEL heat_bath(int S, int N, int R, REAL* v, REAL* p, const REAL* Jv, const REAL* slopes,
                 REAL field, REAL time_step, REAL first, REAL drag, REAL strength, REAL second,
                 const Word* keys, Word encounter) {
    const Place thread = thread_number(), blocks = (N + 3) / 4, sites = (Place)S * N;
    if (thread >= S * blocks * R) return;
    const Place r = thread % R, block = thread / R % blocks, s = thread / R / blocks;
    Word words[4] = {(Word)r, (Word)block, encounter, 0u};
    philox(words, keys[2 * s], keys[2 * s + 1]);
    float z[4];
    box_muller(words[0], words[1], z);
    box_muller(words[2], words[3], z + 2);
    for (int k = 0; k < 4; ++k) {
        const Place i = 4 * block + k;
        if (i >= (Place)N) return;
        const Place site = s * N + i, here = site * R + r;
        const REAL x = v[here];
        const REAL before = kicked(p, Jv, here, x, slopes, site, sites, field, time_step);
        const REAL after = drag * before + strength * (REAL)z[k];
        p[here] = after;
        v[here] = x + first * before + second * after;
    }
}
