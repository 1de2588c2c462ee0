// What XLA calls: sums over a network of cells.
//
// The current into each cell is y_i = sum_k w_k (x_k - x_i), over its neighbours k. Its derivative
// with respect to the weight of an edge is the product of two differences. In a coupled step,
// currents are those for which y = c + rho I holds at the end of the step.
//
// x and y have shape (members of a batch, cells). If w is a single number, it is the weight of all
// entries; else there is one for each entry, in the order of the slices of sliced.h.

#include "coupled.h"
#include "current.h"

namespace ffi = xla::ffi;
using namespace gapjunction;

namespace {

using Ids = ffi::Buffer<ffi::S32>;
using Numbers = ffi::AnyBuffer;
using Found = ffi::Result<ffi::AnyBuffer>;

Sliced sliced(const Ids& slices, const Ids& cell, const Ids& length, const Ids& col,
              int64_t n_cells, bool by_row) {
  const int64_t n_slices = static_cast<int64_t>(slices.dimensions()[0]) - 1;
  return {reinterpret_cast<const Slice*>(slices.typed_data()), cell.typed_data(),
          length.typed_data(), col.typed_data(), n_cells, n_slices, by_row};
}

// Calls function(T()) with the type of the numbers.
template <typename Function>
ffi::Error of_type(const Numbers& x, const Function& function) {
  if (x.element_type() == ffi::F32) return function(float{});
  if (x.element_type() == ffi::F64) return function(double{});
  return ffi::Error::InvalidArgument("numbers must be of float32 or float64");
}

ffi::Error too_small() {
  return ffi::Error::InvalidArgument("the memory that was given is too small");
}

int64_t size(Found& found) { return found->element_count(); }

ffi::Error rows(ffi::ThreadPool pool, Ids slices, Ids cell, Ids length, Ids col, Numbers w,
                Numbers x, bool by_row, Found y, Found scratch) {
  if (x.element_count() == 0) return ffi::Error::Success();
  return of_type(x, [&](auto zero) {
    using T = decltype(zero);
    const int64_t n_cells = x.dimensions().back(), members = x.element_count() / n_cells;
    const Sliced net = sliced(slices, cell, length, col, n_cells, by_row);
    if (size(scratch) < scratch_of_product<T>(net, members)) return too_small();
    const Product<T> product{net, w.typed_data<T>(), w.dimensions().size() == 0, pool};
    product(x.typed_data<T>(), members, y->typed_data<T>(), scratch->typed_data<T>());
    return ffi::Error::Success();
  });
}

ffi::Error products(ffi::ThreadPool pool, Ids pre, Ids post, Numbers x, Numbers c, Found y,
                    Found scratch) {
  const int64_t n_edges = pre.element_count();
  if (n_edges == 0) return ffi::Error::Success();
  return of_type(x, [&](auto zero) {
    using T = decltype(zero);
    const int64_t n_cells = x.dimensions().back(), members = x.element_count() / n_cells;
    if (size(scratch) < scratch_of_edges<T>(n_cells, members)) return too_small();
    edge_products<T>(pool, pre.typed_data(), post.typed_data(), n_edges, x.typed_data<T>(),
                     c.typed_data<T>(), n_cells, members, y->typed_data<T>(),
                     scratch->typed_data<T>());
    return ffi::Error::Success();
  });
}

// Both derivatives of a symmetric network: by voltages, which is a product with c, and by weights.
ffi::Error both(ffi::ThreadPool pool, Ids slices, Ids cell, Ids length, Ids col, Ids pre, Ids post,
                Numbers w, Numbers x, Numbers c, bool by_row, Found to_w, Found to_x,
                Found scratch) {
  const ffi::Error error = rows(pool, slices, cell, length, col, w, c, by_row, to_x, scratch);
  return error.failure() ? error : products(pool, pre, post, x, c, to_w, scratch);
}

ffi::Error coupled(ffi::ThreadPool pool, Ids slices, Ids cell, Ids length, Ids col, Numbers w,
                   Numbers c, Numbers rho, double rtol, int64_t max_steps, Found flow,
                   Found scratch) {
  if (c.element_count() == 0) return ffi::Error::Success();
  return of_type(c, [&](auto zero) {
    using T = decltype(zero);
    const Sliced net = sliced(slices, cell, length, col, c.element_count(), true);
    if (size(scratch) < Iteration<T>::kVectors * net.n_slices * kRows) return too_small();
    Coupled<T> network(pool, net, w.typed_data<T>(), w.dimensions().size() == 0,
                       scratch->typed_data<T>());
    network.solve(c.typed_data<T>(), rho.typed_data<T>(), rtol, max_steps, flow->typed_data<T>());
    return ffi::Error::Success();
  });
}

}  // namespace

extern "C" const char* gapjunction_instructions() { return kernels<float>().name; }

// The version of XLA's interface that this was compiled for.
extern "C" int gapjunction_interface() { return 1000 * XLA_FFI_API_MAJOR + XLA_FFI_API_MINOR; }

#define GAPJUNCTION_IDS .Arg<Ids>().Arg<Ids>()
#define GAPJUNCTION_NUMBERS .Arg<Numbers>().Arg<Numbers>()
#define GAPJUNCTION_RESULTS .Ret<Numbers>().Ret<Numbers>()
#define GAPJUNCTION_HANDLER(name, ...)               \
  XLA_FFI_DEFINE_HANDLER_SYMBOL(gapjunction_##name, name, \
                                ffi::Ffi::Bind().Ctx<ffi::ThreadPool>() __VA_ARGS__)

GAPJUNCTION_HANDLER(rows, GAPJUNCTION_IDS GAPJUNCTION_IDS GAPJUNCTION_NUMBERS
                              .Attr<bool>("by_row") GAPJUNCTION_RESULTS);
GAPJUNCTION_HANDLER(products, GAPJUNCTION_IDS GAPJUNCTION_NUMBERS GAPJUNCTION_RESULTS);
GAPJUNCTION_HANDLER(both, GAPJUNCTION_IDS GAPJUNCTION_IDS GAPJUNCTION_IDS GAPJUNCTION_NUMBERS
                              .Arg<Numbers>()
                              .Attr<bool>("by_row") GAPJUNCTION_RESULTS.Ret<Numbers>());
GAPJUNCTION_HANDLER(coupled, GAPJUNCTION_IDS GAPJUNCTION_IDS GAPJUNCTION_NUMBERS
                                 .Arg<Numbers>()
                                 .Attr<double>("rtol")
                                 .Attr<int64_t>("max_steps") GAPJUNCTION_RESULTS);
