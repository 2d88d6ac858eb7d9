// For what moves its thread from namespace to namespace: a thread that does not mind.
#pragma once

#include <functional>

namespace netns {

// Runs `work` on a thread of its own and waits for it; what it throws is thrown here.
void on_a_thread(const std::function<void()>& work);

}  // namespace netns
