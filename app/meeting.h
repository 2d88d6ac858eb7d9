// Where the threads of all routers meet, so that what each does next begins at one instant. The one place
// where one router's thread waits for another's, so it has a bound: who waits in vain goes on.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace app {

class Meeting {
 public:
  explicit Meeting(std::size_t guests) : missing_(guests) {}

  // Waits for the others. False: not all have come in time, and whoever comes later will not wait.
  bool arrive(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    if (missing_ > 0 && --missing_ == 0) all_here_.notify_all();
    if (broken_ || all_here_.wait_for(lock, patience, [this] { return missing_ == 0 || broken_; }))
      return !broken_;
    broken_ = true;
    all_here_.notify_all();
    return false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable all_here_;
  std::size_t missing_;
  bool broken_ = false;
};

}  // namespace app
