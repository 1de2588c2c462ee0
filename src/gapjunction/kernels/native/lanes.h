// Several numbers that are computed with at once. Included once for each set of instructions, with
// GAPJUNCTION_BYTES the size of its vectors: compilers split a larger vector into single numbers.

#define GAPJUNCTION_INLINE inline __attribute__((always_inline))

constexpr int kBytes = GAPJUNCTION_BYTES;

// N numbers: one vector if they fit, else two halves.
template <typename T, int N, bool kFits = N * sizeof(T) <= kBytes>
struct Lanes {
  using Half = Lanes<T, N / 2>;
  Half low, high;

  static GAPJUNCTION_INLINE Lanes load(const T* from) {
    return {Half::load(from), Half::load(from + N / 2)};
  }
  static GAPJUNCTION_INLINE Lanes gather(const T* from, const int32_t* at) {
    return {Half::gather(from, at), Half::gather(from, at + N / 2)};
  }
  // Numbers of another kind, such as the lengths of rows.
  template <typename From>
  static GAPJUNCTION_INLINE Lanes convert(const From* from) {
    return {Half::convert(from), Half::convert(from + N / 2)};
  }
  static GAPJUNCTION_INLINE Lanes all(T value) { return {Half::all(value), Half::all(value)}; }
  GAPJUNCTION_INLINE void store(T* to) const {
    low.store(to);
    high.store(to + N / 2);
  }
  // The same numbers, with 0 wherever length <= k, even if the number there is NaN.
  GAPJUNCTION_INLINE Lanes where_more(const int32_t* length, int32_t k) const {
    return {low.where_more(length, k), high.where_more(length + N / 2, k)};
  }
  friend GAPJUNCTION_INLINE Lanes operator+(const Lanes& a, const Lanes& b) {
    return {a.low + b.low, a.high + b.high};
  }
  friend GAPJUNCTION_INLINE Lanes operator-(const Lanes& a, const Lanes& b) {
    return {a.low - b.low, a.high - b.high};
  }
  friend GAPJUNCTION_INLINE Lanes operator*(const Lanes& a, const Lanes& b) {
    return {a.low * b.low, a.high * b.high};
  }
  friend GAPJUNCTION_INLINE Lanes operator*(T a, const Lanes& b) { return {a * b.low, a * b.high}; }
  friend GAPJUNCTION_INLINE Lanes operator/(const Lanes& a, const Lanes& b) {
    return {a.low / b.low, a.high / b.high};
  }
  // The larger of each two numbers; b where they are equal, or one of them is NaN.
  friend GAPJUNCTION_INLINE Lanes larger(const Lanes& a, const Lanes& b) {
    return {larger(a.low, b.low), larger(a.high, b.high)};
  }
};

template <int kSize>
struct Integer;
template <>
struct Integer<4> {
  using type = int32_t;
};
template <>
struct Integer<8> {
  using type = int64_t;
};

template <typename T, int N>
struct Lanes<T, N, true> {
  using Bits = typename Integer<sizeof(T)>::type;
  typedef T Vector __attribute__((vector_size(N * sizeof(T))));
  typedef Bits Mask __attribute__((vector_size(N * sizeof(T))));
  using Places = std::make_integer_sequence<int, N>;
  Vector v;

  static GAPJUNCTION_INLINE Lanes load(const T* from) {
    Lanes found;
    std::memcpy(&found.v, from, sizeof found.v);
    return found;
  }
  static GAPJUNCTION_INLINE Lanes gather(const T* from, const int32_t* at) {
    return gather(from, at, Places{});
  }
  template <typename From>
  static GAPJUNCTION_INLINE Lanes convert(const From* from) {
    typedef From Other __attribute__((vector_size(N * sizeof(From))));
    Other other;
    std::memcpy(&other, from, sizeof other);
    return {__builtin_convertvector(other, Vector)};
  }
  static GAPJUNCTION_INLINE Lanes all(T value) { return {value - Vector{}}; }
  GAPJUNCTION_INLINE void store(T* to) const { std::memcpy(to, &v, sizeof v); }
  GAPJUNCTION_INLINE Lanes where_more(const int32_t* length, int32_t k) const {
    Mask bits;
    std::memcpy(&bits, &v, sizeof v);
    bits &= mask(length, Places{}) > Bits{k};
    Lanes found;
    std::memcpy(&found.v, &bits, sizeof bits);
    return found;
  }
  friend GAPJUNCTION_INLINE Lanes operator+(const Lanes& a, const Lanes& b) { return {a.v + b.v}; }
  friend GAPJUNCTION_INLINE Lanes operator-(const Lanes& a, const Lanes& b) { return {a.v - b.v}; }
  friend GAPJUNCTION_INLINE Lanes operator*(const Lanes& a, const Lanes& b) { return {a.v * b.v}; }
  friend GAPJUNCTION_INLINE Lanes operator*(T a, const Lanes& b) { return {a * b.v}; }
  friend GAPJUNCTION_INLINE Lanes operator/(const Lanes& a, const Lanes& b) { return {a.v / b.v}; }
  friend GAPJUNCTION_INLINE Lanes larger(const Lanes& a, const Lanes& b) {
    return {a.v > b.v ? a.v : b.v};
  }

 private:
  template <int... k>
  static GAPJUNCTION_INLINE Lanes gather(const T* from, const int32_t* at,
                                         std::integer_sequence<int, k...>) {
    return {Vector{from[at[k]]...}};
  }
  template <int... k>
  static GAPJUNCTION_INLINE Mask mask(const int32_t* length, std::integer_sequence<int, k...>) {
    return Mask{length[k]...};
  }
};
