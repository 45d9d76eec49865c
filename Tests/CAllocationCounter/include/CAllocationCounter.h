#pragma once

/// Heap allocations made so far by the calling thread, or -1 where they cannot be counted.
///
/// With glibc the allocation functions of the process are replaced by counting ones.
long allocation_count(void);
