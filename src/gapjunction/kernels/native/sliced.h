// A network in slices, and the functions that work on it.
//
// Eight rows of about equal length form a slice. The first entries of its rows lie side by side,
// then the second ones, and so on, so that one vector holds one entry of each row. Rows are sorted
// by length within windows of some thousand, which leaves few places empty. Rows that are much
// longer than the others of their slice, such as those of hubs, have the rest of their entries
// behind it, one row after another.

#ifndef GAPJUNCTION_SLICED_H_
#define GAPJUNCTION_SLICED_H_

#include <algorithm>
#include <cstdint>

namespace gapjunction {

constexpr int kRows = 8;

struct Slice {
  int32_t begin;  // where its entries begin
  int32_t full;   // the number of entries that every row has at least
  int32_t depth;  // the number of places of each row that lie side by side, empty in shorter rows
};

// Each entry is an edge of the row's cell: col holds the place in x of the voltage at its other
// end.
struct Sliced {
  const Slice* slice;     // n_slices + 1; the last one says where entries end
  const int32_t* cell;    // the cell of each row, n_slices * kRows; rows at the end have some cell
  const int32_t* length;  // the number of entries of each row, 0 for rows without a cell
  const int32_t* col;
  int64_t n_cells;
  int64_t n_slices;
  // Whether col counts rows, and not cells: voltages are then first put into the order of the rows.
  bool by_row;

  int64_t n_entries() const { return slice[n_slices].begin; }

  // The number of rows of a slice that belong to a cell.
  int64_t rows(int64_t s) const { return std::min<int64_t>(kRows, n_cells - s * kRows); }

  // The first slice of a piece, when they are cut into pieces of about equal work.
  int64_t bound(int64_t piece, int64_t pieces) const {
    if (piece == pieces) return n_slices;
    const int64_t target = n_entries() * piece / pieces;
    auto before = [](const Slice& one, int64_t begin) { return one.begin < begin; };
    return std::lower_bound(slice, slice + n_slices, target, before) - slice;
  }
};

// How many members of a batch are summed together.
template <typename T>
constexpr int64_t kMembers = 64 / sizeof(T);

// The vectors of an iteration, with one number for each row: see solve.h.
template <typename T>
struct Iteration {
  static constexpr int kVectors = 9;

  T *free, *answer, *inverse, *z, *residual, *direction, *scaled, *product, *flow;

  Iteration(T* memory, int64_t n)
      : free(memory),
        answer(free + n),
        inverse(answer + n),
        z(inverse + n),
        residual(z + n),
        direction(residual + n),
        scaled(direction + n),
        product(scaled + n),
        flow(product + n) {}
};

// What a loop over rows finds: squares of norms, a product of two vectors, largest numbers.
struct Sums {
  double free = 0, residual = 0, both = 0, top = 0, size = 0;
  bool broken = false;    // whether something is not finite
  bool negative = false;  // whether a conductance is

  void add(const Sums& other) {
    free += other.free;
    residual += other.residual;
    both += other.both;
    top = std::max(top, other.top);
    size = std::max(size, other.size);
    broken = broken || other.broken;
    negative = negative || other.negative;
  }
};

// The functions that are compiled for each set of instructions. Each works on a range of slices,
// edges, cells or blocks, which may be those of one thread.
template <typename T>
struct Kernels {
  const char* name;  // of the set of instructions
  // The voltages of rows begin to end in the order of the rows.
  void (*by_row)(const Sliced&, const T* x, T* sorted, int64_t begin, int64_t end);
  // y_i = sum_k w_k (x_k - x_i) for the rows of slices begin to end; w_k is w[0] if one.
  void (*product)(const Sliced&, const T* w, bool one, const T* x, T* y, int64_t begin,
                  int64_t end);
  // The same for kMembers members of a batch, whose numbers for a cell lie side by side.
  void (*members)(const Sliced&, const T* w, bool one, const T* x, T* y, int64_t begin,
                  int64_t end);
  // From (members, cells) to (cells, kMembers) and back, for cells begin to end. Members beyond the
  // last are 0. If order is given, cell i of the tile is cell order[i].
  void (*gather_tile)(const T* x, int64_t n_cells, int64_t members, const int32_t* order, T* tile,
                      int64_t begin, int64_t end);
  void (*spread_tile)(const T* tile, int64_t n_cells, int64_t members, T* y, int64_t begin,
                      int64_t end);
  // Pairs (x_i, c_i) for each cell.
  void (*pairs)(const T* x, const T* c, T* both, int64_t begin, int64_t end);
  // (x_pre - x_post) (c_post - c_pre) for edges begin to end, from pairs.
  void (*edges)(const int32_t* pre, const int32_t* post, const T* both, T* y, int64_t begin,
                int64_t end);
  // The same, summed over tiles of members, which are n_cells * kMembers numbers each.
  void (*edges_of_members)(const int32_t* pre, const int32_t* post, const T* x, const T* c,
                           int64_t n_cells, int64_t tiles, T* y, int64_t begin, int64_t end);
  // The loops of conjugate gradients over the rows of slices begin to end.
  Sums (*start_loop)(const Sliced&, const T* w, bool one, const Iteration<T>&, int64_t begin,
                     int64_t end);
  Sums (*product_loop)(const Sliced&, const T* w, bool one, const Iteration<T>&, int64_t begin,
                       int64_t end);
  Sums (*step_loop)(const Iteration<T>&, T alpha, int64_t begin, int64_t end);
  void (*turn_loop)(const Iteration<T>&, T beta, int64_t begin, int64_t end);
  Sums (*end_loop)(const Iteration<T>&, bool correct, int64_t begin, int64_t end);
};

}  // namespace gapjunction

#endif  // GAPJUNCTION_SLICED_H_
