// The derivative of a loss with respect to the weight of each edge, from the voltages x and the
// derivative c with respect to the currents. Included once for each set of instructions.

template <typename T>
void pairs(const T* x, const T* c, T* both, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; ++i) {
    both[2 * i] = x[i];
    both[2 * i + 1] = c[i];
  }
}

// Both numbers of a cell come with one read of memory. Vectors of 16 bytes hold two cells of float,
// or one of double.
typedef float Floats __attribute__((vector_size(16)));
typedef double Doubles __attribute__((vector_size(16)));

GAPJUNCTION_INLINE Floats two_cells(const int32_t* cell, const float* both) {
  double first, second;
  std::memcpy(&first, both + 2 * int64_t{cell[0]}, sizeof first);
  std::memcpy(&second, both + 2 * int64_t{cell[1]}, sizeof second);
  const Doubles found = {first, second};
  Floats pairs;
  std::memcpy(&pairs, &found, sizeof pairs);
  return pairs;
}

// The products of some edges; returns how many.
GAPJUNCTION_INLINE int some_edges(const int32_t* pre, const int32_t* post, const float* both,
                                  float* y) {
  const Floats first = two_cells(pre, both) - two_cells(post, both);
  const Floats second = two_cells(pre + 2, both) - two_cells(post + 2, both);
  const Floats x = GAPJUNCTION_SHUFFLE(first, second, int32_t, 0, 2, 4, 6);
  const Floats c = GAPJUNCTION_SHUFFLE(first, second, int32_t, 1, 3, 5, 7);
  const Floats found = -(x * c);
  std::memcpy(y, &found, sizeof found);
  return 4;
}

GAPJUNCTION_INLINE int some_edges(const int32_t* pre, const int32_t* post, const double* both,
                                  double* y) {
  Doubles a[2], b[2];
  for (int k = 0; k < 2; ++k) {
    std::memcpy(&a[k], both + 2 * int64_t{pre[k]}, sizeof a[k]);
    std::memcpy(&b[k], both + 2 * int64_t{post[k]}, sizeof b[k]);
  }
  const Doubles first = a[0] - b[0], second = a[1] - b[1];
  const Doubles x = GAPJUNCTION_SHUFFLE(first, second, int64_t, 0, 2);
  const Doubles c = GAPJUNCTION_SHUFFLE(first, second, int64_t, 1, 3);
  const Doubles found = -(x * c);
  std::memcpy(y, &found, sizeof found);
  return 2;
}

template <typename T>
void edges(const int32_t* pre, const int32_t* post, const T* both, T* y, int64_t begin,
           int64_t end) {
  int64_t e = begin;
  while (e + 4 <= end) e += some_edges(pre + e, post + e, both, y + e);
  for (; e < end; ++e) {
    const T *a = both + 2 * int64_t{pre[e]}, *b = both + 2 * int64_t{post[e]};
    y[e] = -((a[0] - b[0]) * (a[1] - b[1]));
  }
}

template <typename T>
void edges_of_members(const int32_t* pre, const int32_t* post, const T* x, const T* c,
                      int64_t n_cells, int64_t tiles, T* y, int64_t begin, int64_t end) {
  using M = Members<T>;
  constexpr int64_t many = kMembers<T>;
  for (int64_t e = begin; e < end; ++e) {
    const int64_t a = pre[e] * many, b = post[e] * many;
    M sum = {};
    for (int64_t t = 0; t < tiles; ++t) {
      const T *xt = x + t * n_cells * many, *ct = c + t * n_cells * many;
      sum = sum + (M::load(xt + a) - M::load(xt + b)) * (M::load(ct + b) - M::load(ct + a));
    }
    T part[many];
    sum.store(part);
    for (int64_t half = many / 2; half > 0; half /= 2) {
      for (int64_t m = 0; m < half; ++m) part[m] += part[m + half];
    }
    y[e] = part[0];
  }
}
