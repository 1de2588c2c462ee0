// The current I = -L (c + rho I) into each cell, by conjugate gradients for the scaled unknown S z
// of (1 + S L S) S z = -S L c with S = sqrt(rho), preconditioned by the diagonal. All vectors are
// kept without their factor S, which leaves rho as a weight in sums over cells. These are in double
// precision. Where the iteration has not converged, all currents are NaN.
//
// The last residual may be corrected by the diagonal D alone, without another product. The currents
// of the iteration conserve charge, as sums over edges do, and this correction does not: it is made
// only where it changes voltages by less than their rounding errors. What remains of the residual
// is at most 1 - 1 / D times as large, for the largest D: with W the conductances between cells,
// S W S lies between plus and minus D - 1, because neither the Laplacian nor the sum of its
// diagonal and W has a negative eigenvalue as long as no conductance is negative. This bound holds in the
// norm that divides squares by D; in the usual norm it is larger by a factor of at most sqrt(D).

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
    const double size_b = std::sqrt(start.residual), top = std::sqrt(start.top);
    // A residual that changes voltages by less than their rounding errors is small enough.
    const double floor = std::numeric_limits<T>::epsilon() * std::sqrt(start.free) /
                         (top > 0 ? top : 1);
    const double limit = std::max(rtol * size_b, floor);
    const double shrinks =
        start.negative ? 1 : std::min(1.0, (1 - 1 / start.size) * std::sqrt(start.size));
    const double tiny = std::max(std::numeric_limits<T>::epsilon() * size_b, floor);
    double rest = size_b, rz = start.both, next = 0;
    auto is_enough = [=](double rest) { return rest <= limit || rest * shrinks <= tiny; };
    for (int64_t step = 0; !start.broken && step < max_steps && !is_enough(rest); ++step) {
      if (step > 0) {
        const T beta = rz != 0 ? T(next / rz) : T(0);
        over_blocks(n_rows, [this, beta](int64_t begin, int64_t end) {
          call_.turn_loop(at_, beta, begin, end);
          return Sums{};
        });
        rz = next;
      }
      const double curved = over_blocks(entries, [this](int64_t begin, int64_t end) {
        return call_.product_loop(net_, w_, one_, at_, begin, end);
      }).both;
      const T alpha = curved != 0 ? T(rz / curved) : T(0);
      const Sums after = over_blocks(n_rows, [this, alpha](int64_t begin, int64_t end) {
        return call_.step_loop(at_, alpha, begin, end);
      });
      rest = std::sqrt(after.residual);
      next = after.both;
    }
    const bool corrected = rest > limit && rest * shrinks <= tiny;
    const Sums end = over_blocks(n_rows, [this, corrected](int64_t first, int64_t last) {
      return call_.end_loop(at_, corrected, first, last);
    });
    // Judged by the backward error: the residual, relative to the sizes of matrix and solution. A
    // Laplacian is diagonally dominant, so its norm is at most twice its largest diagonal entry.
    const double allowed =
        rtol * (2 * start.size * std::sqrt(end.both) + size_b) + 2 * start.size * floor;
    return !start.broken && std::sqrt(end.residual) * (corrected ? shrinks : 1) <= 10 * allowed;
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
