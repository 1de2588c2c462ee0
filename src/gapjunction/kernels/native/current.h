// The current into each cell, and the derivative by weights, of single members and of batches.

#ifndef GAPJUNCTION_CURRENT_H_
#define GAPJUNCTION_CURRENT_H_

#include "instructions.h"
#include "parallel.h"

namespace gapjunction {

// Up to this many members are computed one after another: a tile would be mostly empty.
constexpr int64_t kFew = 2;

// Members of a batch as tiles of kMembers, and the rest one by one.
template <typename T>
struct Tiles {
  int64_t full, single;

  explicit Tiles(int64_t members) : full(members / kMembers<T>), single(members % kMembers<T>) {
    if (single > kFew) ++full, single = 0;
  }
};

// How many numbers of memory the product of a batch needs.
template <typename T>
int64_t scratch_of_product(const Sliced& net, int64_t members) {
  const int64_t n_rows = net.n_slices * kRows;
  return 2 * Tiles<T>(members).full * n_rows * kMembers<T> + (net.by_row ? n_rows : 0);
}

// How many numbers the derivative by weights needs.
template <typename T>
int64_t scratch_of_edges(int64_t n_cells, int64_t members) {
  if (members == 1) return 2 * n_cells;
  return 2 * ((members + kMembers<T> - 1) / kMembers<T>) * kMembers<T> * n_cells;
}

template <typename T>
struct Product {
  const Sliced& net;
  const T* w;
  bool one;
  xla::ffi::ThreadPool& pool;

  void single(const T* x, T* y, T* scratch) const {
    const Kernels<T>& call = kernels<T>();
    if (net.by_row) {
      call.by_row(net, x, scratch, 0, net.n_slices * kRows);
      x = scratch;
    }
    const int64_t pieces = pieces_for(pool, net.n_entries());
    in_parallel(pool, pieces, net.n_entries(), [=, *this, &call](int64_t k) {
      call.product(net, w, one, x, y, net.bound(k, pieces), net.bound(k + 1, pieces));
    });
  }

  // Members first to last, which are at most kMembers, in memory for two tiles. Cells are split into
  // pieces if the tile is not the work of one thread alone.
  void tile(const T* x, int64_t count, T* y, T* scratch, bool alone) const {
    const Kernels<T>& call = kernels<T>();
    const int64_t n = net.n_cells, n_rows = net.n_slices * kRows;
    const int64_t n_tile = net.by_row ? n_rows : n, work = net.n_entries() * kMembers<T>;
    const int32_t* order = net.by_row ? net.cell : nullptr;
    T *in = scratch, *out = scratch + n_rows * kMembers<T>;
    const int64_t pieces = alone ? 1 : pieces_for(pool, work);
    // Pieces are whole cache lines, so that no two threads write into the same line.
    auto cut = [pieces](int64_t all, int64_t k) {
      return k == pieces ? all : all / 16 * k / pieces * 16;
    };
    auto each = [this, pieces, work](auto part) {
      if (pieces == 1) {
        part(0);
      } else {
        in_parallel(pool, pieces, work, part);
      }
    };
    each([=, &call](int64_t k) {
      call.gather_tile(x, n, count, order, in, cut(n_tile, k), cut(n_tile, k + 1));
    });
    each([=, *this, &call](int64_t k) {
      call.members(net, w, one, in, out, net.bound(k, pieces), net.bound(k + 1, pieces));
    });
    each([=, &call](int64_t k) {
      call.spread_tile(out, n, count, y, cut(n, k), cut(n, k + 1));
    });
  }

  void operator()(const T* x, int64_t members, T* y, T* scratch) const {
    const int64_t n = net.n_cells, n_rows = net.n_slices * kRows;
    const Tiles<T> tiles(members);
    const int64_t space = 2 * n_rows * kMembers<T>;
    const int64_t work = net.n_entries() * tiles.full * kMembers<T>;
    const int64_t threads = threads_for(pool, work);
    auto one_tile = [=, *this](int64_t t, bool alone) {
      const int64_t first = t * kMembers<T>;
      tile(x + first * n, std::min(members - first, kMembers<T>), y + first * n,
           scratch + t * space, alone);
    };
    if (threads > 1 && tiles.full % threads == 0) {
      in_parallel(pool, tiles.full, work, [one_tile](int64_t t) { one_tile(t, true); });
    } else {
      for (int64_t t = 0; t < tiles.full; ++t) one_tile(t, false);
    }
    for (int64_t m = members - tiles.single; m < members; ++m) {
      single(x + m * n, y + m * n, scratch + tiles.full * space);
    }
  }
};

// (x_pre - x_post) (c_post - c_pre) of each edge, summed over the members of a batch.
template <typename T>
void edge_products(xla::ffi::ThreadPool& pool, const int32_t* pre, const int32_t* post,
                   int64_t n_edges, const T* x, const T* c, int64_t n_cells, int64_t members, T* y,
                   T* scratch) {
  const Kernels<T>& call = kernels<T>();
  // An edge takes twice as many reads of memory as an entry of a row.
  const int64_t work = 2 * n_edges * members, pieces = pieces_for(pool, work);
  auto cut = [=](int64_t k) { return n_edges * k / pieces; };
  if (members == 1) {
    call.pairs(x, c, scratch, 0, n_cells);
    in_parallel(pool, pieces, work, [=, &call](int64_t k) {
      call.edges(pre, post, scratch, y, cut(k), cut(k + 1));
    });
    return;
  }
  const int64_t many = kMembers<T>, tiles = (members + many - 1) / many;
  T *x_tiles = scratch, *c_tiles = scratch + tiles * many * n_cells;
  in_parallel(pool, tiles, work, [=, &call](int64_t t) {
    const int64_t first = t * many, count = std::min(members - first, many), at = first * n_cells;
    call.gather_tile(x + at, n_cells, count, nullptr, x_tiles + at, 0, n_cells);
    call.gather_tile(c + at, n_cells, count, nullptr, c_tiles + at, 0, n_cells);
  });
  in_parallel(pool, pieces, work, [=, &call](int64_t k) {
    call.edges_of_members(pre, post, x_tiles, c_tiles, n_cells, tiles, y, cut(k), cut(k + 1));
  });
}

}  // namespace gapjunction

#endif  // GAPJUNCTION_CURRENT_H_
