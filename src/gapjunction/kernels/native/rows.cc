// Sums over a network, which XLA calls: the current into each cell from its neighbours,
// y_i = sum_k w_k (x_col(k) - x_i); for the derivative of the current with respect to the weights,
// the product of two differences on each edge; and the currents for which y = c + rho I holds at
// the end of a step.
//
// Successive rows have about the same number of entries, so that the processor predicts correctly
// where each row ends. Row i has the entries start[i] to start[i + 1] and belongs to cell row[i]. If
// w is a single number, it is the weight of all entries. x and y have shape (cells, batch).

#include <algorithm>
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <mutex>
#include <vector>

#include "xla/ffi/api/ffi.h"

namespace ffi = xla::ffi;

namespace {

// With fewer multiplications for each thread, waking a thread takes more time than it saves.
constexpr int64_t kWork = 1 << 15;
// How many members of a batch are summed together in registers, as one vector.
constexpr int64_t kLanes = 16;

template <typename T>
struct Lanes {
  typedef T type __attribute__((vector_size(kLanes * sizeof(T))));

  static type load(const T* from) {
    type v;
    std::memcpy(&v, from, sizeof v);
    return v;
  }
};

template <typename T>
struct Rows {
  const int32_t* start;
  const int32_t* row;
  const int32_t* col;
  const T* w;
  const T* x;
  T* y;
  int64_t batch;
  bool one_weight;

  // The one weight of all entries. A row without an entry has none: its sum is 0, also where the
  // weight is NaN.
  T weight_of_all(int64_t i) const { return start[i] < start[i + 1] ? w[0] : T(0); }

  template <bool kOne>
  void single(int64_t begin, int64_t end) const {
    for (int64_t i = begin; i < end; ++i) {
      const int32_t cell = row[i], stop = start[i + 1];
      const T own = x[cell];
      // Each addition waits for the one before, so two sums that alternate are faster than one.
      T even = 0, odd = 0;
      int32_t k = start[i];
      for (; k + 1 < stop; k += 2) {
        const T first = x[col[k]] - own, second = x[col[k + 1]] - own;
        even += kOne ? first : w[k] * first;
        odd += kOne ? second : w[k + 1] * second;
      }
      if (k < stop) {
        const T last = x[col[k]] - own;
        even += kOne ? last : w[k] * last;
      }
      y[cell] = kOne ? weight_of_all(i) * (even + odd) : even + odd;
    }
  }

  template <bool kOne>
  void lanes(int64_t begin, int64_t end) const {
    using V = Lanes<T>;
    for (int64_t i = begin; i < end; ++i) {
      const int64_t cell = row[i], first = start[i], stop = start[i + 1];
      const T* own = x + cell * batch;
      T* out = y + cell * batch;
      int64_t b = 0;
      for (; b + kLanes <= batch; b += kLanes) {
        const typename V::type mine = V::load(own + b);
        typename V::type sum = {};
        for (int64_t k = first; k < stop; ++k) {
          const typename V::type change = V::load(x + col[k] * batch + b) - mine;
          sum += kOne ? change : w[k] * change;
        }
        if (kOne) sum *= weight_of_all(i);
        std::memcpy(out + b, &sum, sizeof sum);
      }
      for (; b < batch; ++b) {
        T sum = 0;
        for (int64_t k = first; k < stop; ++k) {
          const T change = x[col[k] * batch + b] - own[b];
          sum += kOne ? change : w[k] * change;
        }
        out[b] = kOne ? weight_of_all(i) * sum : sum;
      }
    }
  }

  void operator()(int64_t begin, int64_t end) const {
    if (batch == 1) {
      one_weight ? single<true>(begin, end) : single<false>(begin, end);
    } else {
      one_weight ? lanes<true>(begin, end) : lanes<false>(begin, end);
    }
  }
};

// (x_pre - x_post) (c_post - c_pre), summed over the members of a batch.
template <typename T>
struct Products {
  const int32_t* pre;
  const int32_t* post;
  const T* x;
  const T* c;
  T* y;
  int64_t batch;

  void operator()(int64_t begin, int64_t end) const {
    if (batch == 1) {
      for (int64_t e = begin; e < end; ++e) {
        y[e] = (x[pre[e]] - x[post[e]]) * (c[post[e]] - c[pre[e]]);
      }
      return;
    }
    for (int64_t e = begin; e < end; ++e) {
      const int64_t i = pre[e] * batch, j = post[e] * batch;
      T sum = 0;
      for (int64_t b = 0; b < batch; ++b) sum += (x[i + b] - x[j + b]) * (c[j + b] - c[i + b]);
      y[e] = sum;
    }
  }
};

// State that the threads of one call share. A thread that wakes up late finds no work left, and the
// call does not wait for it.
struct Shared {
  std::atomic<int64_t> next{0};
  std::mutex mutex;
  std::condition_variable done;
  int64_t left = 0;
};

// Calls part(begin, end) for each piece of the range 0 to n, by several threads if there is enough
// work. Piece k is from bound(k) to bound(k + 1).
template <typename Part, typename Bound>
void in_parallel(ffi::ThreadPool& pool, int64_t n, int64_t work, const Part& part, Bound bound) {
  const int64_t threads = std::min<int64_t>(pool.num_threads(), work / kWork);
  if (threads < 2) {
    part(0, n);
    return;
  }
  // More pieces than threads, of equal work, so that threads that start late do fewer of them.
  const int64_t pieces = 4 * threads;
  auto shared = std::make_shared<Shared>();
  shared->left = pieces;
  auto work_on = [part, bound, pieces, shared] {
    for (;;) {
      const int64_t piece = shared->next.fetch_add(1);
      if (piece >= pieces) return;
      part(bound(piece, pieces), bound(piece + 1, pieces));
      std::lock_guard<std::mutex> lock(shared->mutex);
      if (--shared->left == 0) shared->done.notify_all();
    }
  };
  for (int64_t i = 1; i < threads; ++i) pool.Schedule(decltype(work_on)(work_on));
  work_on();
  std::unique_lock<std::mutex> lock(shared->mutex);
  shared->done.wait(lock, [&] { return shared->left == 0; });
}

template <ffi::DataType D>
ffi::Error rows_of(ffi::ThreadPool pool, ffi::Buffer<ffi::S32> start, ffi::Buffer<ffi::S32> row,
                   ffi::Buffer<ffi::S32> col, ffi::Buffer<D> w, ffi::Buffer<D> x,
                   ffi::ResultBuffer<D> y) {
  const int64_t n = row.element_count();
  if (n == 0 || x.element_count() == 0) return ffi::Error::Success();
  Rows<ffi::NativeType<D>> rows{start.typed_data(), row.typed_data(), col.typed_data(),
                                w.typed_data(),     x.typed_data(),   y->typed_data(),
                                static_cast<int64_t>(x.element_count()) / n,
                                w.dimensions().size() == 0};
  auto bound = [rows, n](int64_t piece, int64_t pieces) -> int64_t {
    if (piece == pieces) return n;
    const int64_t target = rows.start[n] * piece / pieces;
    return std::lower_bound(rows.start, rows.start + n, target) - rows.start;
  };
  in_parallel(pool, n, rows.start[n] * rows.batch, rows, bound);
  return ffi::Error::Success();
}

template <ffi::DataType D>
ffi::Error products_of(ffi::ThreadPool pool, ffi::Buffer<ffi::S32> pre, ffi::Buffer<ffi::S32> post,
                       ffi::Buffer<D> x, ffi::Buffer<D> c, ffi::ResultBuffer<D> y) {
  const int64_t n = pre.element_count();
  const int64_t batch = x.dimensions().size() == 1 ? 1 : x.dimensions()[1];
  Products<ffi::NativeType<D>> products{pre.typed_data(), post.typed_data(), x.typed_data(),
                                        c.typed_data(),   y->typed_data(),   batch};
  auto bound = [n](int64_t piece, int64_t pieces) { return n * piece / pieces; };
  // An edge takes twice as many memory reads as an entry of a row.
  in_parallel(pool, n, 2 * n * batch, products, bound);
  return ffi::Error::Success();
}

// The current I = -L (c + rho I) into each cell, by conjugate gradients for the scaled unknown z of
// (1 + S L S) z = -S L c with S = sqrt(rho), preconditioned by the diagonal. Sums over cells are in
// double precision. Where the iteration has not converged, all currents are NaN.
template <ffi::DataType D>
ffi::Error coupled_of(ffi::ThreadPool pool, ffi::Buffer<ffi::S32> start, ffi::Buffer<ffi::S32> row,
                      ffi::Buffer<ffi::S32> col, ffi::Buffer<D> w, ffi::Buffer<D> c,
                      ffi::Buffer<D> rho, double rtol, int64_t max_steps,
                      ffi::ResultBuffer<D> flow) {
  using T = ffi::NativeType<D>;
  const int64_t n = row.element_count();
  if (n == 0) return ffi::Error::Success();
  const bool one_weight = w.dimensions().size() == 0;
  const int32_t *first = start.typed_data(), *cell = row.typed_data();
  const T *weight = w.typed_data(), *free = c.typed_data(), *answer = rho.typed_data();
  T* I = flow->typed_data();
  auto bound = [first, n](int64_t piece, int64_t pieces) -> int64_t {
    if (piece == pieces) return n;
    const int64_t target = first[n] * piece / pieces;
    return std::lower_bound(first, first + n, target) - first;
  };
  auto product = [&](const T* x, T* y) {
    Rows<T> rows{first, cell, col.typed_data(), weight, x, y, 1, one_weight};
    in_parallel(pool, n, first[n], rows, bound);
  };
  std::vector<T> memory(7 * n);
  T *S = memory.data(), *diagonal = S + n, *z = diagonal + n, *r = z + n, *p = r + n, *t = p + n,
    *f = t + n;
  product(free, I);
  for (int64_t k = 0; k < n; ++k) {
    T sum = 0;
    if (one_weight) {
      sum = first[k] < first[k + 1] ? T(first[k + 1] - first[k]) * weight[0] : T(0);
    } else {
      for (int32_t e = first[k]; e < first[k + 1]; ++e) sum += weight[e];
    }
    diagonal[cell[k]] = 1 + answer[cell[k]] * sum;
  }
  double top = 0, size = 0, norm_c = 0, norm_b = 0, rz = 0;
  bool finite = true;
  for (int64_t i = 0; i < n; ++i) {
    S[i] = std::sqrt(answer[i]);
    z[i] = 0;
    r[i] = S[i] * I[i];
    p[i] = r[i] / diagonal[i];
    finite = finite && std::isfinite(r[i]) && std::isfinite(p[i]) && std::isfinite(free[i]);
    top = std::max<double>(top, S[i]);
    size = std::max<double>(size, diagonal[i]);
    norm_c += double(free[i]) * free[i];
    norm_b += double(r[i]) * r[i];
    rz += double(r[i]) * p[i];
  }
  norm_b = std::sqrt(norm_b);
  // A residual that changes voltages by less than their rounding errors is small enough.
  const double floor = std::numeric_limits<T>::epsilon() * std::sqrt(norm_c) / (top > 0 ? top : 1);
  const double limit = std::max(rtol * norm_b, floor);
  double rr = norm_b;
  for (int64_t step = 0; finite && step < max_steps && rr > limit; ++step) {
    for (int64_t i = 0; i < n; ++i) t[i] = S[i] * p[i];
    product(t, f);
    double pAp = 0;
    for (int64_t i = 0; i < n; ++i) {
      t[i] = p[i] - S[i] * f[i];
      pAp += double(p[i]) * t[i];
    }
    const T alpha = pAp != 0 ? T(rz / pAp) : T(0);
    double next = 0;
    rr = 0;
    for (int64_t i = 0; i < n; ++i) {
      z[i] += alpha * p[i];
      I[i] += alpha * f[i];
      r[i] -= alpha * t[i];
      t[i] = r[i] / diagonal[i];
      next += double(r[i]) * t[i];
      rr += double(r[i]) * r[i];
    }
    rr = std::sqrt(rr);
    const T beta = rz != 0 ? T(next / rz) : T(0);
    for (int64_t i = 0; i < n; ++i) p[i] = t[i] + beta * p[i];
    rz = next;
  }
  // Judged by the backward error: the residual, relative to the sizes of matrix and solution. A
  // Laplacian is diagonally dominant, so its norm is at most twice its largest diagonal entry.
  double left = 0, norm_z = 0;
  for (int64_t i = 0; i < n; ++i) {
    const double off = double(z[i]) - double(S[i]) * I[i];
    left += off * off;
    norm_z += double(z[i]) * z[i];
  }
  const double allowed = rtol * (2 * size * std::sqrt(norm_z) + norm_b) + 2 * size * floor;
  if (!finite || !(std::sqrt(left) <= 10 * allowed)) {
    std::fill(I, I + n, std::numeric_limits<T>::quiet_NaN());
  }
  return ffi::Error::Success();
}

}  // namespace

#define GAPJUNCTION_IDS \
  ffi::Ffi::Bind().Ctx<ffi::ThreadPool>().Arg<ffi::Buffer<ffi::S32>>().Arg<ffi::Buffer<ffi::S32>>()
#define GAPJUNCTION_ROWS(name, type)                                                        \
  XLA_FFI_DEFINE_HANDLER_SYMBOL(name, rows_of<type>,                                        \
                                GAPJUNCTION_IDS.Arg<ffi::Buffer<ffi::S32>>()                \
                                    .Arg<ffi::Buffer<type>>()                               \
                                    .Arg<ffi::Buffer<type>>()                               \
                                    .Ret<ffi::Buffer<type>>())
#define GAPJUNCTION_PRODUCTS(name, type)                                                    \
  XLA_FFI_DEFINE_HANDLER_SYMBOL(                                                            \
      name, products_of<type>,                                                              \
      GAPJUNCTION_IDS.Arg<ffi::Buffer<type>>().Arg<ffi::Buffer<type>>().Ret<ffi::Buffer<type>>())

#define GAPJUNCTION_COUPLED(name, type)                          \
  XLA_FFI_DEFINE_HANDLER_SYMBOL(name, coupled_of<type>,          \
                                GAPJUNCTION_IDS                  \
                                    .Arg<ffi::Buffer<ffi::S32>>() \
                                    .Arg<ffi::Buffer<type>>()    \
                                    .Arg<ffi::Buffer<type>>()    \
                                    .Arg<ffi::Buffer<type>>()    \
                                    .Attr<double>("rtol")        \
                                    .Attr<int64_t>("max_steps")  \
                                    .Ret<ffi::Buffer<type>>())

GAPJUNCTION_ROWS(gapjunction_rows_f32, ffi::F32);
GAPJUNCTION_ROWS(gapjunction_rows_f64, ffi::F64);
GAPJUNCTION_PRODUCTS(gapjunction_products_f32, ffi::F32);
GAPJUNCTION_PRODUCTS(gapjunction_products_f64, ffi::F64);
GAPJUNCTION_COUPLED(gapjunction_coupled_f32, ffi::F32);
GAPJUNCTION_COUPLED(gapjunction_coupled_f64, ffi::F64);
