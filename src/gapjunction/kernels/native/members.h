// The current into each cell, of several members of a batch at once, and their change of order.
// Included once for each set of instructions.

template <typename T>
using Members = Lanes<T, kMembers<T>>;

template <typename T, bool kOne>
GAPJUNCTION_INLINE Members<T> entry(const int32_t* col, const T* w, const T* x,
                                    const Members<T>& own) {
  const Members<T> change = Members<T>::load(x + *col * kMembers<T>) - own;
  if constexpr (kOne) {
    return change;
  } else {
    return *w * change;
  }
}

// Adds entries of a row. kStep is kRows for the entries that lie beside those of other rows, and 1
// for those behind the slice.
template <typename T, bool kOne, int kStep>
GAPJUNCTION_INLINE void add_entries(const int32_t* col, const T* w, int64_t n, const T* x,
                                    const Members<T>& own, Members<T>& even, Members<T>& odd) {
  int64_t k = 0;
  for (; k + 1 < n; k += 2) {
    even = even + entry<T, kOne>(col + k * kStep, w + k * kStep, x, own);
    odd = odd + entry<T, kOne>(col + (k + 1) * kStep, w + (k + 1) * kStep, x, own);
  }
  if (k < n) even = even + entry<T, kOne>(col + k * kStep, w + k * kStep, x, own);
}

template <typename T, bool kOne>
void members_of(const Sliced& net, const T* w, const T* x, T* y, int64_t begin, int64_t end) {
  using M = Members<T>;
  constexpr int64_t many = kMembers<T>;
  for (int64_t s = begin; s < end; ++s) {
    const Slice slice = net.slice[s];
    int64_t rest = slice.begin + slice.depth * kRows;
    const int64_t rows = net.rows(s);
    for (int64_t l = 0; l < rows; ++l) {
      const int64_t row = s * kRows + l, cell = net.cell[row], length = net.length[row];
      const int64_t beside = std::min<int64_t>(length, slice.depth), more = length - beside;
      const M own = M::load(x + (net.by_row ? row : cell) * many);
      M even = {}, odd = {};
      const int64_t first = slice.begin + l;
      add_entries<T, kOne, kRows>(net.col + first, kOne ? w : w + first, beside, x, own, even, odd);
      if (more > 0) {
        add_entries<T, kOne, 1>(net.col + rest, kOne ? w : w + rest, more, x, own, even, odd);
        rest += more;
      }
      const T scale = kOne && length > 0 ? w[0] : T(0);
      (kOne ? scale * (even + odd) : even + odd).store(y + cell * many);
    }
  }
}

template <typename T>
void members(const Sliced& net, const T* w, bool one, const T* x, T* y, int64_t begin,
             int64_t end) {
  (one ? members_of<T, true> : members_of<T, false>)(net, w, x, y, begin, end);
}

// Transposes two numbers of each of two rows; step is the distance between rows. Every machine has
// vectors of 16 bytes.
GAPJUNCTION_INLINE void turn(const double* from, int64_t step, double* to, int64_t step_to) {
  typedef double V __attribute__((vector_size(16)));
  V a, b;
  std::memcpy(&a, from, 16);
  std::memcpy(&b, from + step, 16);
  const V first = GAPJUNCTION_SHUFFLE(a, b, int64_t, 0, 2);
  const V second = GAPJUNCTION_SHUFFLE(a, b, int64_t, 1, 3);
  std::memcpy(to, &first, 16);
  std::memcpy(to + step_to, &second, 16);
}

// The same with four numbers of each of four rows.
GAPJUNCTION_INLINE void turn(const float* from, int64_t step, float* to, int64_t step_to) {
  typedef float V __attribute__((vector_size(16)));
  V a, b, c, d;
  std::memcpy(&a, from, 16);
  std::memcpy(&b, from + step, 16);
  std::memcpy(&c, from + 2 * step, 16);
  std::memcpy(&d, from + 3 * step, 16);
  const V ab = GAPJUNCTION_SHUFFLE(a, b, int32_t, 0, 4, 1, 5);
  const V ab_high = GAPJUNCTION_SHUFFLE(a, b, int32_t, 2, 6, 3, 7);
  const V cd = GAPJUNCTION_SHUFFLE(c, d, int32_t, 0, 4, 1, 5);
  const V cd_high = GAPJUNCTION_SHUFFLE(c, d, int32_t, 2, 6, 3, 7);
  a = GAPJUNCTION_SHUFFLE(ab, cd, int32_t, 0, 1, 4, 5);
  b = GAPJUNCTION_SHUFFLE(ab, cd, int32_t, 2, 3, 6, 7);
  c = GAPJUNCTION_SHUFFLE(ab_high, cd_high, int32_t, 0, 1, 4, 5);
  d = GAPJUNCTION_SHUFFLE(ab_high, cd_high, int32_t, 2, 3, 6, 7);
  std::memcpy(to, &a, 16);
  std::memcpy(to + step_to, &b, 16);
  std::memcpy(to + 2 * step_to, &c, 16);
  std::memcpy(to + 3 * step_to, &d, 16);
}

// Members are turned in groups of as many as fit into 16 bytes. Those that are left over, and cells
// at the end, are copied one number after another.
template <typename T>
void gather_tile(const T* x, int64_t n_cells, int64_t members, const int32_t* order, T* tile,
                 int64_t begin, int64_t end) {
  constexpr int64_t many = kMembers<T>, side = 16 / sizeof(T);
  const int64_t whole = order == nullptr ? begin + (end - begin) / side * side : begin;
  const int64_t groups = members / side * side;
  for (int64_t i = begin; i < whole; i += side) {
    for (int64_t m = 0; m < groups; m += side) {
      turn(x + m * n_cells + i, n_cells, tile + i * many + m, many);
    }
  }
  for (int64_t i = begin; i < end; ++i) {
    const int64_t cell = order == nullptr ? i : order[i];
    T* to = tile + i * many;
    for (int64_t m = i < whole ? groups : 0; m < members; ++m) to[m] = x[m * n_cells + cell];
    for (int64_t m = members; m < many; ++m) to[m] = 0;
  }
}

template <typename T>
void spread_tile(const T* tile, int64_t n_cells, int64_t members, T* y, int64_t begin,
                 int64_t end) {
  constexpr int64_t many = kMembers<T>, side = 16 / sizeof(T);
  const int64_t whole = begin + (end - begin) / side * side, groups = members / side * side;
  for (int64_t i = begin; i < whole; i += side) {
    for (int64_t m = 0; m < groups; m += side) {
      turn(tile + i * many + m, many, y + m * n_cells + i, n_cells);
    }
  }
  for (int64_t i = begin; i < end; ++i) {
    for (int64_t m = i < whole ? groups : 0; m < members; ++m) {
      y[m * n_cells + i] = tile[i * many + m];
    }
  }
}
