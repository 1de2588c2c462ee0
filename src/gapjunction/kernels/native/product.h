// The current into each cell. Included once for each set of instructions.

template <typename T>
using Row8 = Lanes<T, kRows>;

// The entries from k on of eight rows, or eight of one row: weight times difference of voltages.
template <typename T, bool kOne>
GAPJUNCTION_INLINE Row8<T> eight(const int32_t* col, const T* w, const T* x, const Row8<T>& own) {
  const Row8<T> change = Row8<T>::gather(x, col) - own;
  if constexpr (kOne) {
    return change;
  } else {
    return Row8<T>::load(w) * change;
  }
}

// The sum of the entries of a row that lie behind its slice, one after another.
template <typename T, bool kOne>
T rest_of_row(const int32_t* col, const T* w, int64_t n, const T* x, T own) {
  const Row8<T> mine = Row8<T>::all(own);
  Row8<T> even = {}, odd = {};
  int64_t k = 0;
  for (; k + 2 * kRows <= n; k += 2 * kRows) {
    even = even + eight<T, kOne>(col + k, w + k, x, mine);
    odd = odd + eight<T, kOne>(col + k + kRows, w + k + kRows, x, mine);
  }
  T part[kRows];
  (even + odd).store(part);
  T sum = ((part[0] + part[4]) + (part[2] + part[6])) + ((part[1] + part[5]) + (part[3] + part[7]));
  for (; k < n; ++k) sum += kOne ? x[col[k]] - own : w[k] * (x[col[k]] - own);
  return sum;
}

// The sums of the rows of a slice whose own voltages are given.
template <typename T, bool kOne>
GAPJUNCTION_INLINE Row8<T> sums(const Sliced& net, const T* w, const T* x, const Row8<T>& own,
                                int64_t s) {
  const Slice slice = net.slice[s];
  const int32_t *length = net.length + s * kRows, *col = net.col + slice.begin;
  const T* weight = kOne ? w : w + slice.begin;
  // How far the weight advances when col advances by kRows; a single weight stays where it is.
  constexpr int64_t step = kOne ? 0 : kRows;
  // Each addition waits for the one before, so two sums that alternate are faster than one.
  Row8<T> even = {}, odd = {};
  int32_t k = 0;
  for (; k + 1 < slice.full; k += 2, col += 2 * kRows, weight += 2 * step) {
    even = even + eight<T, kOne>(col, weight, x, own);
    odd = odd + eight<T, kOne>(col + kRows, weight + step, x, own);
  }
  if (k < slice.full) {
    even = even + eight<T, kOne>(col, weight, x, own);
    ++k, col += kRows, weight += step;
  }
  for (; k < slice.depth; ++k, col += kRows, weight += step) {
    odd = odd + eight<T, kOne>(col, weight, x, own).where_more(length, k);
  }
  Row8<T> total = even + odd;
  if (net.slice[s + 1].begin > slice.begin + slice.depth * kRows) {
    T both[kRows], mine[kRows];
    total.store(both);
    own.store(mine);
    for (int l = 0; l < kRows; ++l) {
      const int64_t more = length[l] - slice.depth;
      if (more <= 0) continue;
      both[l] += rest_of_row<T, kOne>(col, weight, more, x, mine[l]);
      col += more;
      if (!kOne) weight += more;
    }
    total = Row8<T>::load(both);
  }
  if (kOne) {
    total = w[0] * total;
    // Rows without an entry have no weight: their sum is 0, also where the weight is NaN.
    if (slice.full == 0) total = total.where_more(length, 0);
  }
  return total;
}

template <typename T, bool kOne, bool kByRow>
void product_of(const Sliced& net, const T* w, const T* x, T* y, int64_t begin, int64_t end) {
  for (int64_t s = begin; s < end; ++s) {
    const int32_t* cell = net.cell + s * kRows;
    const Row8<T> own = kByRow ? Row8<T>::load(x + s * kRows) : Row8<T>::gather(x, cell);
    T found[kRows];
    sums<T, kOne>(net, w, x, own, s).store(found);
    const int64_t rows = net.rows(s);
    if (rows == kRows) {
      for (int l = 0; l < kRows; ++l) y[cell[l]] = found[l];
    } else {
      for (int64_t l = 0; l < rows; ++l) y[cell[l]] = found[l];
    }
  }
}

template <typename T>
void product(const Sliced& net, const T* w, bool one, const T* x, T* y, int64_t begin,
             int64_t end) {
  if (net.by_row) {
    (one ? product_of<T, true, true> : product_of<T, false, true>)(net, w, x, y, begin, end);
  } else {
    (one ? product_of<T, true, false> : product_of<T, false, false>)(net, w, x, y, begin, end);
  }
}

template <typename T>
void by_row(const Sliced& net, const T* x, T* sorted, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; ++i) sorted[i] = x[net.cell[i]];
}
