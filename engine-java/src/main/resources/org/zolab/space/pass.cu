// The Pass and the Fold where the numbers lie on a GPU: the arithmetic of ScalarKernel.java, to the bit, and of docs/noise-v1.md.
//
// One source for two compilers. For the GPU it is compiled without contraction (--fmad=false), so that only fmaf fuses; what comes of it,
// pass.ptx, carries this file's hash. As plain C++ (-ffp-contract=off) it is the twin that tests hold against Java, and the GPU of
// machines without one. A warp does a tile of 1024 elements: lane 8q + l the numbers of counter l in every fourth group of 32.

#ifdef __CUDACC__
#define ON_DEVICE __device__ __forceinline__
#else
#include <cmath>
#include <cstring>
#define ON_DEVICE static inline
#endif

typedef unsigned int u32;
typedef unsigned long long u64;

// What DeviceJob.java writes; a kernel's parameters take 4 KB.
//
//   points, terms, segments, how a fold multiplies or which rule it is, whether moves are dithered, the dither's seed (2), step and draw,
//   a rule's constants (7)                                                                                          16 words
//   for each term: what it is, its key's seed (2), step, purpose and draw                                           5 words
//   for each segment: first tile, first element, elements, hash of the tensor's name, the origin's scale, where the origin lies (2)  7 words
//     for each term: where it is kept (2), where what multiplies it is (2)
//     for each point: where it goes (2), a coefficient for each term
//
// Where numbers lie is an address, odd if they are in bf16, even if in single precision; 0: nothing lies there.
struct Job {
  int word[1000];
};

enum { HEADER = 16, TERM = 5, SEGMENT = 7 };
enum { KEPT = 0, GAUSSIAN = 1, RADEMACHER = 2, SCALED = 4 };  // SCALED is added to one of the others
enum { BY_ONE = 0, BY_ITSELF = 1, BY_THE_OTHER = 2 };
enum { SIGN = 0, ADAM = 1, ADAMM = 2 };
enum { ABSENT = -1 };  // in place of a coefficient: the point has no such term

ON_DEVICE float toFloat(u32 bits) {
#ifdef __CUDACC__
  return __uint_as_float(bits);
#else
  float x;
  memcpy(&x, &bits, 4);
  return x;
#endif
}

ON_DEVICE u32 toBits(float x) {
#ifdef __CUDACC__
  return __float_as_uint(x);
#else
  u32 bits;
  memcpy(&bits, &x, 4);
  return bits;
#endif
}

// Four words of Philox4x32 with ten rounds.
ON_DEVICE void philox(u32 c0, u32 c1, u32 c2, u32 c3, u32 k0, u32 k1, u32 w[4]) {
#pragma unroll
  for (int round = 0; round < 10; round++) {
    u64 a = (u64)c0 * 0xD2511F53u;
    u64 b = (u64)c2 * 0xCD9E8D57u;
    c0 = (u32)(b >> 32) ^ c1 ^ k0;
    c1 = (u32)b;
    c2 = (u32)(a >> 32) ^ c3 ^ k1;
    c3 = (u32)a;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  w[0] = c0;
  w[1] = c1;
  w[2] = c2;
  w[3] = c3;
}

ON_DEVICE float radius(u32 h) {
  float u = (float)(int)((h >> 8) + 1) * 5.9604644775390625e-8f;
  int bits = (int)toBits(u);
  int exponent = (bits - 0x3F3504F3) >> 23;
  float m = toFloat((u32)(bits - exponent * (1 << 23))) - 1.f;
  float mm = m * m;
  float p = 7.0376836292E-2f;
  p = fmaf(p, m, -1.1514610310E-1f);
  p = fmaf(p, m, 1.1676998740E-1f);
  p = fmaf(p, m, -1.2420140846E-1f);
  p = fmaf(p, m, 1.4249322787E-1f);
  p = fmaf(p, m, -1.6668057665E-1f);
  p = fmaf(p, m, 2.0000714765E-1f);
  p = fmaf(p, m, -2.4999993993E-1f);
  p = fmaf(p, m, 3.3333331174E-1f);
  float ln = fmaf((float)exponent, 0.693147181f, m + (p * m * mm - mm * 0.5f));
  return sqrtf(ln * -2.f);
}

ON_DEVICE float cosPolynomial(float t) {
  float t2 = t * t;
  float c = 2.443315711809948E-5f;
  c = fmaf(c, t2, -1.388731625493765E-3f);
  c = fmaf(c, t2, 4.166664568298827E-2f);
  c = fmaf(c, t2, -0.5f);
  return fmaf(c, t2, 1.f);
}

ON_DEVICE float sinPolynomial(float t) {
  float t2 = t * t;
  float s = -1.9515295891E-4f;
  s = fmaf(s, t2, 8.3321608736E-3f);
  s = fmaf(s, t2, -1.6666654611E-1f);
  return fmaf(s * t2, t, t);
}

// Two normals: of a word that gives the radius and one that gives the angle.
ON_DEVICE void normals(u32 ofRadius, u32 h, float* cosine, float* sine) {
  float r = radius(ofRadius);
  float t = (float)((int)(h << 2) >> 8) * toFloat(0x33C90FDBu);  // pi/4 * 2^-23
  float c = cosPolynomial(t);
  float s = sinPolynomial(t);
  bool swap = (h & 0x40000000u) != 0;
  *cosine = toFloat(toBits(swap ? s : c) ^ ((h ^ (h << 1)) & 0x80000000u)) * r;
  *sine = toFloat(toBits(swap ? c : s) ^ (h & 0x80000000u)) * r;
}

// The neighbour in bf16 that a dither of 16 bits chooses, as its upper half.
ON_DEVICE u32 dithered(float x, u32 dither) {
  u32 bits = toBits(x);
  u32 magnitude = bits & 0x7FFFFFFFu;
  u32 rounded;
  if (magnitude < 0x7F800000u) {
    rounded = magnitude + dither < 0x7F7FFFFFu ? magnitude + dither : 0x7F7FFFFFu;
  } else {
    rounded = magnitude > 0x7F800000u ? magnitude | 0x00400000u : magnitude;
  }
  return (rounded | (bits & 0x80000000u)) >> 16;
}

// The nearest in bf16, ties to even.
ON_DEVICE u32 nearest(float x) {
  u32 bits = toBits(x);
  return (bits & 0x7FFFFFFFu) > 0x7F800000u ? bits >> 16 | 0x40u : (bits + 0x7FFFu + (bits >> 16 & 1u)) >> 16;
}

ON_DEVICE u64 address(const Job& job, int at) {
  return (u64)(u32)job.word[at] | (u64)(u32)job.word[at + 1] << 32;
}

ON_DEVICE float number(u64 where, long long i) {
  return where & 1 ? toFloat((u32)((const unsigned short*)(where - 1))[i] << 16) : ((const float*)where)[i];
}

// One lane's share of a group of 32 elements: 2l, 2l + 1, 16 + 2l and 17 + 2l, as far as the segment has them.
struct Four {
  int element[4];
  bool here[4];
};

ON_DEVICE Four four(int group, int l, int from, int end) {
  Four f;
#pragma unroll
  for (int j = 0; j < 4; j++) {
    f.element[j] = group + (j >> 1) * 16 + 2 * l + (j & 1);
    f.here[j] = f.element[j] >= from && f.element[j] < end;
  }
  return f;
}

// Four numbers of a term's vector, without coefficients.
ON_DEVICE void draw(const Job& job, int k, int segment, int group, int l, const Four& f, float z[4]) {
  int at = HEADER + TERM * k;
  int kind = job.word[at];
  u32 hash = (u32)job.word[segment + 3];
  int kept = segment + SEGMENT + 4 * k;
  if ((kind & ~SCALED) == KEPT) {
    u64 where = address(job, kept);
#pragma unroll
    for (int j = 0; j < 4; j++) {
      z[j] = f.here[j] ? number(where, f.element[j]) : 0.f;
    }
  } else {
    bool gaussian = (kind & ~SCALED) == GAUSSIAN;
    u32 w[4];
    philox((u32)(gaussian ? group / 4 : group / 1024 * 8) + (u32)l, hash, (u32)job.word[at + 3], (u32)job.word[at + 4],
           (u32)job.word[at + 1], (u32)job.word[at + 2], w);
    if (gaussian) {
      normals(w[0], w[2], &z[0], &z[2]);
      normals(w[1], w[3], &z[1], &z[3]);
    } else {
      int block = group / 32 % 32;
      bool upper = block >= 16;
      int shift = 2 * block % 32;
      u32 even = upper ? w[2] : w[0];
      u32 odd = upper ? w[3] : w[1];
      z[0] = toFloat(0x3F800000u | (even << shift & 0x80000000u));
      z[1] = toFloat(0x3F800000u | (odd << shift & 0x80000000u));
      z[2] = toFloat(0x3F800000u | (even << (shift + 1) & 0x80000000u));
      z[3] = toFloat(0x3F800000u | (odd << (shift + 1) & 0x80000000u));
    }
  }
  if (kind & SCALED) {
    u64 where = address(job, kept + 2);
#pragma unroll
    for (int j = 0; j < 4; j++) {
      z[j] *= f.here[j] ? number(where, f.element[j]) : 0.f;
    }
  }
}

// s * origin + the terms of each point, in their order.
template <int P>
ON_DEVICE void evaluate(const Job& job, int segment, int group, int l, const Four& f, float x[P][4]) {
  int points = job.word[0];
  int terms = job.word[1];
  u64 origin = address(job, segment + 5);
  float s = toFloat((u32)job.word[segment + 4]);
#pragma unroll
  for (int j = 0; j < 4; j++) {
    float start = origin != 0 && f.here[j] ? number(origin, f.element[j]) : 0.f;
    if (s != 1.f) {
      start = s * start;
    }
#pragma unroll
    for (int p = 0; p < P; p++) {
      x[p][j] = start;
    }
  }
  int coefficients = segment + SEGMENT + 4 * terms + 2;
  for (int k = 0; k < terms; k++) {
    bool any = false;
#pragma unroll
    for (int p = 0; p < P; p++) {
      any = any || (p < points && job.word[coefficients + p * (2 + terms) + k] != ABSENT);
    }
    if (any) {
      float z[4];
      draw(job, k, segment, group, l, f, z);
#pragma unroll
      for (int p = 0; p < P; p++) {
        int c = p < points ? job.word[coefficients + p * (2 + terms) + k] : ABSENT;
        if (c != ABSENT) {
#pragma unroll
          for (int j = 0; j < 4; j++) {
            x[p][j] = fmaf(toFloat((u32)c), z[j], x[p][j]);
          }
        }
      }
    }
  }
}

// Where the segment of a tile begins in the job.
ON_DEVICE int segmentOf(const Job& job, int tile) {
  int stride = SEGMENT + 4 * job.word[1] + job.word[0] * (2 + job.word[1]);
  int first = HEADER + TERM * job.word[1];
  int low = 0;
  int high = job.word[2] - 1;
  while (low < high) {
    int middle = (low + high + 1) / 2;
    if (job.word[first + middle * stride] <= tile) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return first + low * stride;
}

// One lane's part of a tile.
template <int P>
ON_DEVICE void passTile(const Job& job, int tile, int lane) {
  int segment = segmentOf(job, tile);
  int from = job.word[segment + 1];
  int end = from + job.word[segment + 2];
  int first = (from / 1024 + tile - job.word[segment]) * 1024;
  int l = lane & 7;
  int out = segment + SEGMENT + 4 * job.word[1];
  bool dithers = job.word[4] != 0 && (job.word[out] & 1) != 0;
  for (int group = first + lane / 8 * 32; group < first + 1024; group += 128) {
    if (group + 32 <= from || group >= end) {
      continue;
    }
    Four f = four(group, l, from, end);
    float x[P][4];
    evaluate<P>(job, segment, group, l, f, x);
    u32 dither[4];
    if (dithers) {
      philox((u32)(group / 64 * 8 + l), (u32)job.word[segment + 3], (u32)job.word[7], (u32)job.word[8], (u32)job.word[5],
             (u32)job.word[6], dither);
    }
#pragma unroll
    for (int p = 0; p < P; p++) {
      if (p < job.word[0]) {
        u64 where = address(job, out + p * (2 + job.word[1]));
#pragma unroll
        for (int j = 0; j < 4; j++) {
          if (f.here[j]) {
            if (!(where & 1)) {
              ((float*)where)[f.element[j]] = x[p][j];
            } else {
              u32 bits = dithers ? dithered(x[p][j], group / 32 % 2 == 0 ? dither[j] & 0xFFFFu : dither[j] >> 16) : nearest(x[p][j]);
              ((unsigned short*)(where - 1))[f.element[j]] = (unsigned short)bits;
            }
          }
        }
      }
    }
  }
}

// What a rule does to one element of up to four vectors, given that of a direction: the formulas of package update, operation by operation.
ON_DEVICE void apply(const Job& job, float g, float x[4]) {
  float c[7];
#pragma unroll
  for (int i = 0; i < 7; i++) {
    c[i] = toFloat((u32)job.word[9 + i]);
  }
  if (job.word[3] == SIGN) {  // rate
    x[0] = x[0] - c[0] * (g > 0.f ? 1.f : g < 0.f ? -1.f : g);
    return;
  }
  x[1] = c[1] * x[1] + c[2] * g;  // rate, beta1, 1 - beta1, beta2, 1 - beta2, epsilon, correction
  x[2] = c[3] * x[2] + c[4] * g * g;
  float second = x[2] * c[6];
  if (job.word[3] == ADAMM) {
    x[3] = x[2] > x[3] || x[2] != x[2] ? x[2] : x[3];
    second = x[3];
  }
  x[0] = x[0] - c[0] * x[1] / (sqrtf(second) + c[5]);
}

// One lane's part of a tile of a rule: its first vector is where the one point goes, the others are the last terms, none of which has a coefficient.
ON_DEVICE void ruleTile(const Job& job, int tile, int lane) {
  int segment = segmentOf(job, tile);
  int from = job.word[segment + 1];
  int end = from + job.word[segment + 2];
  int first = (from / 1024 + tile - job.word[segment]) * 1024;
  int vectors = job.word[3] == SIGN ? 1 : job.word[3] == ADAM ? 3 : 4;
  u64 where[4];
#pragma unroll
  for (int v = 0; v < 4; v++) {
    int term = segment + SEGMENT + 4 * (job.word[1] - vectors + v);
    where[v] = v >= vectors ? 0 : address(job, v == 0 ? segment + SEGMENT + 4 * job.word[1] : term);
  }
  for (int group = first + lane / 8 * 32; group < first + 1024; group += 128) {
    if (group + 32 <= from || group >= end) {
      continue;
    }
    Four f = four(group, lane & 7, from, end);
    float g[1][4];
    evaluate<1>(job, segment, group, lane & 7, f, g);
    u32 dither[4];
    if (where[0] & 1) {
      philox((u32)(group / 64 * 8 + (lane & 7)), (u32)job.word[segment + 3], (u32)job.word[7], (u32)job.word[8], (u32)job.word[5],
             (u32)job.word[6], dither);
    }
#pragma unroll
    for (int j = 0; j < 4; j++) {
      if (f.here[j]) {
        float x[4];
#pragma unroll
        for (int v = 0; v < 4; v++) {
          x[v] = v < vectors ? number(where[v], f.element[j]) : 0.f;
        }
        apply(job, g[0][j], x);
        if (where[0] & 1) {
          u32 u = group / 32 % 2 == 0 ? dither[j] & 0xFFFFu : dither[j] >> 16;
          ((unsigned short*)(where[0] - 1))[f.element[j]] = (unsigned short)dithered(x[0], u);
        } else {
          ((float*)where[0])[f.element[j]] = x[0];
        }
#pragma unroll
        for (int v = 1; v < 4; v++) {
          if (v < vectors) {
            ((float*)where[v])[f.element[j]] = x[v];
          }
        }
      }
    }
  }
}

// One lane's products of a tile.
ON_DEVICE void foldTile(const Job& job, int tile, int lane, double* products) {
  int segment = segmentOf(job, tile);
  int end = job.word[segment + 1] + job.word[segment + 2];
  int first = (job.word[segment + 1] / 1024 + tile - job.word[segment]) * 1024;
  for (int group = first + lane / 8 * 32; group < first + 1024 && group < end; group += 128) {
    Four f = four(group, lane & 7, job.word[segment + 1], end);
    float x[2][4];
    evaluate<2>(job, segment, group, lane & 7, f, x);
#pragma unroll
    for (int j = 0; j < 4; j++) {
      double by = job.word[3] == BY_ONE ? 1. : (double)(job.word[3] == BY_ITSELF ? x[0][j] : x[1][j]);
      products[f.element[j] - first] = (double)x[0][j] * by;
    }
  }
}

// Sum j of 16: of every sixteenth product, in their order.
ON_DEVICE double sixteenth(const Job& job, int tile, int j, const double* products) {
  int segment = segmentOf(job, tile);
  int first = (job.word[segment + 1] / 1024 + tile - job.word[segment]) * 1024;
  int n = job.word[segment + 1] + job.word[segment + 2] - first;
  double sum = 0;
  for (int i = j; i < 1024 && i < n; i += 16) {
    sum += products[i];
  }
  return sum;
}

// Of 16 sums, as a balanced tree.
ON_DEVICE double tree(const double* s) {
  double t[8];
#pragma unroll
  for (int i = 0; i < 8; i++) {
    t[i] = s[2 * i] + s[2 * i + 1];
  }
#pragma unroll
  for (int i = 0; i < 4; i++) {
    t[i] = t[2 * i] + t[2 * i + 1];
  }
  return (t[0] + t[1]) + (t[2] + t[3]);
}

// A low-rank product added to a range of a matrix, at each point: W + s * B * A, in the order of the rank. What Merge.java writes:
//
//   points, rank, columns, s, first element, elements, where the matrix lies (2)                                    8 words
//   for each point: where A [rank, columns] and B [rows, rank] lie, in single precision, and where element 0 goes   6 words
template <int P>
ON_DEVICE void mergeTile(const Job& job, int tile, int lane) {
  int rank = job.word[1];
  int columns = job.word[2];
  float s = toFloat((u32)job.word[3]);
  int end = job.word[4] + job.word[5];
  u64 matrix = address(job, 6);
  int first = job.word[4] + tile * 1024 + lane;
  for (int e = first; e < first + 1024 && e < end; e += 32) {
    int row = e / columns;
    int column = e % columns;
    float w = number(matrix, e);
#pragma unroll
    for (int p = 0; p < P; p++) {
      if (p < job.word[0]) {
        const float* a = (const float*)address(job, 8 + 6 * p) + column;
        const float* b = (const float*)address(job, 10 + 6 * p) + (long long)row * rank;
        u64 out = address(job, 12 + 6 * p);
        float x = w;
        for (int k = 0; k < rank; k++) {
          x = fmaf(s * b[k], a[(long long)k * columns], x);
        }
        if (out & 1) {
          ((unsigned short*)(out - 1))[e] = (unsigned short)nearest(x);
        } else {
          ((float*)out)[e] = x;
        }
      }
    }
  }
}

#ifdef __CUDACC__

#define PASS(P)                                                                                             \
  extern "C" __global__ void __launch_bounds__(128) pass##P(const __grid_constant__ Job job, const int tiles) { \
    int tile = blockIdx.x * 4 + threadIdx.x / 32;                                                           \
    if (tile < tiles) {                                                                                     \
      passTile<P>(job, tile, threadIdx.x % 32);                                                             \
    }                                                                                                       \
  }

PASS(1)
PASS(2)
PASS(4)
PASS(8)

extern "C" __global__ void __launch_bounds__(128) merge(const __grid_constant__ Job job, const int tiles) {
  int tile = blockIdx.x * 4 + threadIdx.x / 32;
  if (tile < tiles) {
    mergeTile<8>(job, tile, threadIdx.x % 32);
  }
}

extern "C" __global__ void __launch_bounds__(128) rule(const __grid_constant__ Job job, const int tiles) {
  int tile = blockIdx.x * 4 + threadIdx.x / 32;
  if (tile < tiles) {
    ruleTile(job, tile, threadIdx.x % 32);
  }
}

extern "C" __global__ void __launch_bounds__(128) fold(const __grid_constant__ Job job, const int tiles, double* sums) {
  __shared__ double products[4][1024];
  __shared__ double sixteen[4][16];
  int warp = threadIdx.x / 32;
  int lane = threadIdx.x % 32;
  int tile = blockIdx.x * 4 + warp;
  if (tile < tiles) {
    foldTile(job, tile, lane, products[warp]);
    __syncwarp();
    if (lane < 16) {
      sixteen[warp][lane] = sixteenth(job, tile, lane, products[warp]);
    }
    __syncwarp();
    if (lane == 0) {
      sums[tile] = tree(sixteen[warp]);
    }
  }
}

#else

template <int P>
static void pass(const Job& job, int tiles) {
  for (int tile = 0; tile < tiles; tile++) {
    for (int lane = 0; lane < 32; lane++) {
      passTile<P>(job, tile, lane);
    }
  }
}

static void merge(const Job& job, int tiles) {
  for (int tile = 0; tile < tiles; tile++) {
    for (int lane = 0; lane < 32; lane++) {
      mergeTile<8>(job, tile, lane);
    }
  }
}

static void rule(const Job& job, int tiles) {
  for (int tile = 0; tile < tiles; tile++) {
    for (int lane = 0; lane < 32; lane++) {
      ruleTile(job, tile, lane);
    }
  }
}

static void fold(const Job& job, int tiles, double* sums) {
  for (int tile = 0; tile < tiles; tile++) {
    double products[1024];
    double sixteen[16];
    for (int lane = 0; lane < 32; lane++) {
      foldTile(job, tile, lane, products);
    }
    for (int j = 0; j < 16; j++) {
      sixteen[j] = sixteenth(job, tile, j, products);
    }
    sums[tile] = tree(sixteen);
  }
}

#endif
