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

// The sum of the weights of each row of a slice.
template <typename T>
Row8<T> weights_of_rows(const Sliced& net, const T* w, bool one, int64_t s) {
  const Slice slice = net.slice[s];
  const int32_t* length = net.length + s * kRows;
  if (one) return (w[0] * Row8<T>::convert(length)).where_more(length, 0);
  Row8<T> total = {};
  const T* weight = w + slice.begin;
  for (int32_t k = 0; k < slice.depth; ++k, weight += kRows) {
    const Row8<T> each = Row8<T>::load(weight);
    total = total + (k < slice.full ? each : each.where_more(length, k));
  }
  if (net.slice[s + 1].begin > slice.begin + slice.depth * kRows) {
    T sum[kRows];
    total.store(sum);
    for (int l = 0; l < kRows; ++l) {
      for (int32_t k = slice.depth; k < length[l]; ++k) sum[l] += *weight++;
    }
    total = Row8<T>::load(sum);
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
  Sums found = {};
  for (int64_t s = begin; s < end; ++s) {
    const int64_t i = s * kRows;
    T size[kRows], scale[kRows], r[kRows], p[kRows];
    const R rho = R::load(at.answer + i), c = R::load(at.free + i);
    const R flow = sums_of(net, w, one, at.free, s);
    const R diagonal = R::all(1) + rho * weights_of_rows(net, w, one, s);
    for (int l = 0; l < kRows; ++l) scale[l] = std::sqrt(at.answer[i + l]);
    const R root = R::load(scale), first = root * flow, inverse = R::all(1) / diagonal;
    const R direction = first * inverse;
    flow.store(at.flow + i);
    root.store(at.scale + i);
    inverse.store(at.inverse + i);
    first.store(at.residual + i);
    direction.store(at.direction + i);
    (root * direction).store(at.scaled + i);
    R{}.store(at.z + i);
    free.add(c, c);
    residual.add(first, first);
    both.add(first, direction);
    diagonal.store(size);
    first.store(r);
    direction.store(p);
    for (int l = 0; l < kRows; ++l) {
      found.top = std::max<double>(found.top, scale[l]);
      found.size = std::max<double>(found.size, size[l]);
      found.broken = found.broken || !std::isfinite(r[l]) || !std::isfinite(p[l]) ||
                     !std::isfinite(at.free[i + l]);
    }
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
    const R product = sums_of(net, w, one, at.scaled, s), p = R::load(at.direction + i);
    const R image = p - R::load(at.scale + i) * product;
    product.store(at.product + i);
    image.store(at.image + i);
    both.add(p, image);
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
    (R::load(at.z + i) + alpha * R::load(at.direction + i)).store(at.z + i);
    (R::load(at.flow + i) + alpha * R::load(at.product + i)).store(at.flow + i);
    const R r = R::load(at.residual + i) - alpha * R::load(at.image + i);
    r.store(at.residual + i);
    residual.add(r, r);
    both.add(r, r * R::load(at.inverse + i));
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
    const R p = preconditioned + beta * R::load(at.direction + i);
    p.store(at.direction + i);
    (R::load(at.scale + i) * p).store(at.scaled + i);
  }
}

// How far the solution is from its own definition z = S I.
template <typename T>
Sums check_loop(const Iteration<T>& at, int64_t begin, int64_t end) {
  using R = Lanes<double, kRows>;
  Dot<double> off, size;
  for (int64_t i = begin * kRows; i < end * kRows; i += kRows) {
    const R z = R::convert(at.z + i);
    const R left = z - R::convert(at.scale + i) * R::convert(at.flow + i);
    off.add(left, left);
    size.add(z, z);
  }
  Sums found = {};
  found.residual = off.total();
  found.both = size.total();
  return found;
}
