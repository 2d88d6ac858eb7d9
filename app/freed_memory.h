// Memory that only the start of many routers wants, and what is done so that it is not kept after it.
#pragma once

#include <chrono>

namespace app {

// For each thread up to seven pieces of each of 64 sizes: after a start a hundred routers' threads hold 2 MiB
// that none of them wants again. It can be limited only from outside, by the environment that a program
// begins with (GLIBC_TUNABLES). So a program that is about to have many threads begins once more, with that;
// the second time this returns at once, as it does where it cannot be. Before anything has been done that
// would be done twice.
void keep_little_freed_memory(char** arguments, std::chrono::steady_clock::time_point process_start);

// Gives back what is free in the allocator's arenas, and the pages of the program's code that a lab at rest
// does not execute, where it is linked so that they stand together (bench/text_order.py). These are the
// file's: the first of them to be executed again is there again.
void give_back_memory();

// When the program began: now, or before it began once more. The first thing to be asked.
std::chrono::steady_clock::time_point when_process_began();

}  // namespace app
