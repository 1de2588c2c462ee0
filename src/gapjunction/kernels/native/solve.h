// The loops of the conjugate gradients of a coupled step: see coupled.h. Included once for each set
// of instructions. Each loop is over the rows of some slices, and returns sums over these in double
// precision.

// The sum of the products of two vectors.
template <typename T>
struct Dot {
  Lanes<double, kRows> sum = {};

  GAPJUNCTION_INLINE void add(const Row8<T>& a, const Row8<T>& b) {
    T one[kRows], other[kRows];
    a.store(one);
    b.store(other);
    using Wide = Lanes<double, kRows>;
    sum = sum + Wide::convert(one) * Wide::convert(other);
  }
  double total() const {
    double s[kRows];
    sum.store(s);
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
  }
};

// The sum of the weights of each row of a slice. Where a weight is negative, below is raised to its
// absolute value, if that is larger.
template <typename T>
Row8<T> weights_of_rows(const Sliced& net, const T* w, bool one, int64_t s, Row8<T>& below) {
  using R = Row8<T>;
  const Slice slice = net.slice[s];
  const int32_t* length = net.length + s * kRows;
  if (one) {
    below = larger(R{} - R::all(w[0]), below);
    return (w[0] * R::convert(length)).where_more(length, 0);
  }
  R total = {};
  const T* weight = w + slice.begin;
  for (int32_t k = 0; k < slice.depth; ++k, weight += kRows) {
    const R loaded = R::load(weight);
    const R each = k < slice.full ? loaded : loaded.where_more(length, k);
    below = larger(R{} - each, below);
    total = total + each;
  }
  if (net.slice[s + 1].begin > slice.begin + slice.depth * kRows) {
    T sum[kRows];
    total.store(sum);
    for (int l = 0; l < kRows; ++l) {
      for (int32_t k = slice.depth; k < length[l]; ++k, ++weight) {
        sum[l] += *weight;
        if (*weight < 0) below = larger(R::all(-*weight), below);
      }
    }
    total = R::load(sum);
  }
  return total;
}

template <typename T>
GAPJUNCTION_INLINE Row8<T> sums_of(const Sliced& net, const T* w, bool one, const T* x, int64_t s) {
  const Row8<T> own = Row8<T>::load(x + s * kRows);
  return one ? sums<T, true>(net, w, x, own, s) : sums<T, false>(net, w, x, own, s);
}

// From c and rho in the order of the rows: the current without its own effect, the residual, and
// the first direction.
template <typename T>
Sums start_loop(const Sliced& net, const T* w, bool one, const Iteration<T>& at, int64_t begin,
                int64_t end) {
  using R = Row8<T>;
  Dot<T> free, residual, both;
  R top = {}, size = {}, lost = {}, below = {};
  for (int64_t s = begin; s < end; ++s) {
    const int64_t i = s * kRows;
    const R c = R::load(at.free + i), rho = R::load(at.answer + i);
    const R flow = sums_of(net, w, one, at.free, s);
    const R diagonal = R::all(1) + rho * weights_of_rows(net, w, one, s, below);
    const R inverse = R::all(1) / diagonal, q = flow * inverse, weighted = rho * flow;
    inverse.store(at.inverse + i);
    flow.store(at.flow + i);
    flow.store(at.residual + i);
    q.store(at.direction + i);
    (rho * q).store(at.scaled + i);
    R{}.store(at.z + i);
    free.add(c, c);
    residual.add(weighted, flow);
    both.add(weighted, q);
    top = larger(rho, top);
    size = larger(diagonal, size);
    // A number that is not finite minus itself is NaN, and not 0.
    lost = lost + (weighted - weighted) + (q - q) + (c - c);
  }
  Sums found = {};
  T tops[kRows], sizes[kRows], losses[kRows], belows[kRows];
  top.store(tops);
  size.store(sizes);
  lost.store(losses);
  below.store(belows);
  for (int l = 0; l < kRows; ++l) {
    found.top = std::max<double>(found.top, tops[l]);
    found.size = std::max<double>(found.size, sizes[l]);
    found.broken = found.broken || losses[l] != 0;
    found.negative = found.negative || belows[l] > 0;
  }
  found.free = free.total();
  found.residual = residual.total();
  found.both = both.total();
  return found;
}

// The matrix times the direction.
template <typename T>
Sums product_loop(const Sliced& net, const T* w, bool one, const Iteration<T>& at, int64_t begin,
                  int64_t end) {
  using R = Row8<T>;
  Dot<T> both;
  for (int64_t s = begin; s < end; ++s) {
    const int64_t i = s * kRows;
    const R product = sums_of(net, w, one, at.scaled, s);
    product.store(at.product + i);
    both.add(R::load(at.scaled + i), R::load(at.direction + i) - product);
  }
  Sums found = {};
  found.both = both.total();
  return found;
}

// A step along the direction.
template <typename T>
Sums step_loop(const Iteration<T>& at, T alpha, int64_t begin, int64_t end) {
  using R = Row8<T>;
  Dot<T> residual, both;
  for (int64_t i = begin * kRows; i < end * kRows; i += kRows) {
    const R q = R::load(at.direction + i), f = R::load(at.product + i);
    (R::load(at.z + i) + alpha * q).store(at.z + i);
    (R::load(at.flow + i) + alpha * f).store(at.flow + i);
    const R g = R::load(at.residual + i) - alpha * (q - f), weighted = R::load(at.answer + i) * g;
    g.store(at.residual + i);
    residual.add(weighted, g);
    both.add(weighted, g * R::load(at.inverse + i));
  }
  Sums found = {};
  found.residual = residual.total();
  found.both = both.total();
  return found;
}

// The next direction.
template <typename T>
void turn_loop(const Iteration<T>& at, T beta, int64_t begin, int64_t end) {
  using R = Row8<T>;
  for (int64_t i = begin * kRows; i < end * kRows; i += kRows) {
    const R preconditioned = R::load(at.residual + i) * R::load(at.inverse + i);
    const R q = preconditioned + beta * R::load(at.direction + i);
    q.store(at.direction + i);
    (R::load(at.answer + i) * q).store(at.scaled + i);
  }
}

// How far the unknown z is from the current that it gives. If asked to correct, the current is
// corrected by the diagonal alone.
template <typename T>
Sums end_loop(const Iteration<T>& at, bool correct, int64_t begin, int64_t end) {
  using R = Row8<T>;
  Dot<T> off, size;
  for (int64_t i = begin * kRows; i < end * kRows; i += kRows) {
    const R rho = R::load(at.answer + i), z = R::load(at.z + i), flow = R::load(at.flow + i);
    const R left = flow - z, all = R::all(1);
    off.add(rho * left, left);
    size.add(rho * z, z);
    if (!correct) continue;
    (flow - (all - R::load(at.inverse + i)) * R::load(at.residual + i)).store(at.flow + i);
  }
  Sums found = {};
  found.residual = off.total();
  found.both = size.total();
  return found;
}
