// The current I = -L (c + rho I) into each cell, by conjugate gradients for the scaled unknown z of
// (1 + S L S) z = -S L c with S = sqrt(rho), preconditioned by the diagonal. Sums over cells are in
// double precision. Where the iteration has not converged, all currents are NaN.

#ifndef GAPJUNCTION_COUPLED_H_
#define GAPJUNCTION_COUPLED_H_

#include <vector>

#include "instructions.h"
#include "parallel.h"

namespace gapjunction {

// Sums are taken block by block, and then over the blocks: always in the same order, whichever
// thread has done a block.
constexpr int64_t kBlock = 64;

template <typename T>
class Coupled {
 public:
  Coupled(xla::ffi::ThreadPool& pool, const Sliced& net, const T* w, bool one, T* memory)
      : pool_(pool), net_(net), w_(w), one_(one), at_(memory, net.n_slices * kRows) {
    n_blocks_ = (net.n_slices + kBlock - 1) / kBlock;
    found_.resize(n_blocks_);
  }

  void solve(const T* free, const T* answer, double rtol, int64_t max_steps, T* flow) {
    const int64_t n_rows = net_.n_slices * kRows;
    call_.by_row(net_, free, at_.free, 0, n_rows);
    call_.by_row(net_, answer, at_.answer, 0, n_rows);
    for (int64_t i = net_.n_cells; i < n_rows; ++i) at_.free[i] = at_.answer[i] = 0;
    const bool converged = iterate(rtol, max_steps);
    for (int64_t i = 0; i < net_.n_cells; ++i) {
      flow[net_.cell[i]] = converged ? at_.flow[i] : std::numeric_limits<T>::quiet_NaN();
    }
  }

 private:
  bool iterate(double rtol, int64_t max_steps) {
    const int64_t entries = net_.n_entries(), n_rows = net_.n_slices * kRows;
    const Sums start = over_blocks(entries, [this](int64_t begin, int64_t end) {
      return call_.start_loop(net_, w_, one_, at_, begin, end);
    });
    const double size_b = std::sqrt(start.residual);
    // A residual that changes voltages by less than their rounding errors is small enough.
    const double floor = std::numeric_limits<T>::epsilon() * std::sqrt(start.free) /
                         (start.top > 0 ? start.top : 1);
    const double limit = std::max(rtol * size_b, floor);
    double rest = size_b, rz = start.both;
    for (int64_t step = 0; !start.broken && step < max_steps && rest > limit; ++step) {
      const double curved = over_blocks(entries, [this](int64_t begin, int64_t end) {
        return call_.product_loop(net_, w_, one_, at_, begin, end);
      }).both;
      const T alpha = curved != 0 ? T(rz / curved) : T(0);
      const Sums after = over_blocks(n_rows, [this, alpha](int64_t begin, int64_t end) {
        return call_.step_loop(at_, alpha, begin, end);
      });
      rest = std::sqrt(after.residual);
      if (rest <= limit) break;
      const T beta = rz != 0 ? T(after.both / rz) : T(0);
      over_blocks(n_rows, [this, beta](int64_t begin, int64_t end) {
        call_.turn_loop(at_, beta, begin, end);
        return Sums{};
      });
      rz = after.both;
    }
    // Judged by the backward error: the residual, relative to the sizes of matrix and solution. A
    // Laplacian is diagonally dominant, so its norm is at most twice its largest diagonal entry.
    const Sums end = over_blocks(n_rows, [this](int64_t first, int64_t last) {
      return call_.check_loop(at_, first, last);
    });
    const double allowed =
        rtol * (2 * start.size * std::sqrt(end.both) + size_b) + 2 * start.size * floor;
    return !start.broken && std::sqrt(end.residual) <= 10 * allowed;
  }

  template <typename Loop>
  Sums over_blocks(int64_t work, const Loop& loop) {
    const int64_t pieces = std::min(n_blocks_, pieces_for(pool_, work));
    in_parallel(pool_, pieces, work, [this, pieces, loop](int64_t k) {
      for (int64_t b = n_blocks_ * k / pieces; b < n_blocks_ * (k + 1) / pieces; ++b) {
        found_[b] = loop(b * kBlock, std::min((b + 1) * kBlock, net_.n_slices));
      }
    });
    Sums total = {};
    for (const Sums& each : found_) total.add(each);
    return total;
  }

  xla::ffi::ThreadPool& pool_;
  const Sliced& net_;
  const T* w_;
  bool one_;
  Iteration<T> at_;
  const Kernels<T>& call_ = kernels<T>();
  int64_t n_blocks_ = 0;
  std::vector<Sums> found_;
};

}  // namespace gapjunction

#endif  // GAPJUNCTION_COUPLED_H_
