// Under the thread sanitizer oneTBB does all work on the thread that asks for it: the library is not
// instrumented, so that what it hands over would seem to be a race. What is left are threads of our own.

#ifdef __SANITIZE_THREAD__

#include <tbb/global_control.h>

namespace {
const tbb::global_control kOneWorker(tbb::global_control::max_allowed_parallelism, 1);
}

#endif
