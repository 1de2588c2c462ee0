// Work that is split over the threads that XLA lends.

#ifndef GAPJUNCTION_PARALLEL_H_
#define GAPJUNCTION_PARALLEL_H_

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>

#include "xla/ffi/api/ffi.h"

namespace gapjunction {

// With fewer multiplications for each thread, waking a thread takes more time than it saves.
constexpr int64_t kWork = 1 << 15;

// State that the threads of one call share. A thread that wakes up late finds no work left, and the
// call does not wait for it.
struct Shared {
  std::atomic<int64_t> next{0};
  std::mutex mutex;
  std::condition_variable done;
  int64_t left = 0;
};

inline int64_t threads_for(xla::ffi::ThreadPool& pool, int64_t work) {
  return std::max<int64_t>(1, std::min<int64_t>(pool.num_threads(), work / kWork));
}

// Calls part(k) for each k from 0 to pieces, by several threads if there is enough work. What a
// piece computes must not depend on the others: they run in any order.
template <typename Part>
void in_parallel(xla::ffi::ThreadPool& pool, int64_t pieces, int64_t work, const Part& part) {
  const int64_t threads = std::min(pieces, threads_for(pool, work));
  if (threads < 2) {
    for (int64_t piece = 0; piece < pieces; ++piece) part(piece);
    return;
  }
  auto shared = std::make_shared<Shared>();
  shared->left = pieces;
  auto work_on = [part, pieces, shared] {
    for (;;) {
      const int64_t piece = shared->next.fetch_add(1);
      if (piece >= pieces) return;
      part(piece);
      std::lock_guard<std::mutex> lock(shared->mutex);
      if (--shared->left == 0) shared->done.notify_all();
    }
  };
  for (int64_t i = 1; i < threads; ++i) pool.Schedule(decltype(work_on)(work_on));
  work_on();
  std::unique_lock<std::mutex> lock(shared->mutex);
  shared->done.wait(lock, [&] { return shared->left == 0; });
}

// How many pieces to make: one piece for one thread, otherwise several for each thread, so that a
// thread that starts late does fewer of them.
inline int64_t pieces_for(xla::ffi::ThreadPool& pool, int64_t work) {
  const int64_t threads = threads_for(pool, work);
  return threads < 2 ? 1 : 4 * threads;
}

}  // namespace gapjunction

#endif  // GAPJUNCTION_PARALLEL_H_
