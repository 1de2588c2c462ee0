// All functions of one set of instructions: see instructions.h, which includes this in a namespace
// for each.

#include "lanes.h"
#include "product.h"
#include "members.h"
#include "edges.h"
#include "solve.h"

template <typename T>
Kernels<T> kernels() {
  return {kName,
          by_row<T>,
          product<T>,
          members<T>,
          gather_tile<T>,
          spread_tile<T>,
          pairs<T>,
          edges<T>,
          edges_of_members<T>,
          start_loop<T>,
          product_loop<T>,
          step_loop<T>,
          turn_loop<T>,
          end_loop<T>};
}
